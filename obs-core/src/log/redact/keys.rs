//! Which names are hidden.

use super::config::Redaction;
use super::name::{self, Name};

/// Hidden wherever these words stand in a name, unless its last word is of [`DESCRIBING`].
const ANYWHERE: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "dbpass",
    "userpass",
    "secret",
    "secrets",
    "credential",
    "credentials",
    "authorization",
    "cookie",
    "cookies",
    "setcookie",
    "bearer",
    "apikey",
    "apikeys",
    "accesskey",
    "accesskeys",
    "secretkey",
    "privatekey",
    "privatekeys",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "accountkey",
    "sharedkey",
    "routingkey",
    "integrationkey",
    "licensekey",
    "sessionid",
    "sessid",
    "creditcard",
    "cardnumber",
    "ccnumber",
    "cvv",
    "cvc",
    "cvv2",
    "cvc2",
    "ssn",
    "socialsecurity",
    "otp",
    "totp",
    "pincode",
    "dsn",
    "connectionstring",
    "connstr",
    "webhookurl",
    "sharedaccesssignature",
    "clientassertion",
];

/// Hidden at the end of a name: before another word these are ordinary ones.
const AT_THE_END: &[&str] = &["token", "jwt", "auth", "csrf", "xsrf", "accesstokens", "apitokens"];

/// Hidden at the end of a word too: `PGPASSWORD`, `authtoken`.
const WITHIN_A_WORD: &[&str] = &["password", "passwd", "secret", "apikey", "token"];

/// Words that make a name the description or measure of a secret.
const DESCRIBING: &[&str] = &[
    "count", "len", "length", "size", "bytes", "type", "kind", "name", "names", "version",
    "policy", "status", "enabled", "required", "present", "valid", "invalid", "missing", "changed",
    "expired", "expires", "expiry", "ttl", "age", "at", "in", "on", "used", "limit", "attempts",
    "failures", "retries", "total", "seconds", "ms",
];

/// Words that say no more of a secret than that it is a text.
const NEUTRAL: &[&str] =
    &["value", "raw", "plain", "plaintext", "text", "str", "string", "header", "hex", "encoded"];

/// Headers whose value has spaces in it.
const WHOLE_LINES: &[&str] = &["authorization", "cookie", "setcookie"];

/// How a name was found to be hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hit {
    /// For a word that is also an ordinary one.
    Weak,
    Strong,
    /// A header whose value runs to the end of the line.
    Line,
}

/// The rule: which names are hidden.
#[derive(Debug)]
pub(super) struct Keys {
    /// Words of one's own, hidden anywhere in a name.
    own: Vec<Vec<u8>>,
    own_globs: Vec<Glob>,
    allowed: Vec<Vec<u8>>,
    allowed_globs: Vec<Glob>,
    ends: Ends,
}

impl Keys {
    pub(super) fn new(config: &Redaction) -> Self {
        let (own_globs, own) = parse(&config.keys);
        let (allowed_globs, allowed) = parse(&config.allowed);
        let mut ends = Ends([0; 64]);
        for word in ANYWHERE.iter().chain(AT_THE_END).chain(WITHIN_A_WORD) {
            ends.add(word.as_bytes());
        }
        own.iter().for_each(|word| ends.add(word));
        own_globs.iter().for_each(|glob| ends.add(glob.pieces.last().map_or(&[], |last| last)));
        Self { own, own_globs, allowed, allowed_globs, ends }
    }

    /// Whether a name that ends like this may be hidden: what [`Self::hides`] says yes to, this
    /// does, at the end of a word.
    pub(super) fn may_end(&self, last: [u8; 4]) -> bool {
        self.ends.has(last)
    }

    pub(super) fn hides(&self, name: &Name) -> Option<Hit> {
        let hit = self.hit(name)?;
        let letters = name.letters();
        let allowed = self.allowed.iter().any(|words| ends_in(name, letters.len(), words, false))
            || self.allowed_globs.iter().any(|glob| glob.matches(name));
        (!allowed).then_some(hit)
    }

    /// Whether a name is hidden that no exception is made for.
    pub(super) fn hit(&self, name: &Name) -> Option<Hit> {
        let letters = name.letters();
        if self.own_globs.iter().any(|glob| glob.matches(name)) {
            return Some(Hit::Strong);
        }
        let describing = is_of(DESCRIBING, name.word(letters.len()));
        let mut at_the_end = true;
        for end in name.ends() {
            if self.own.iter().any(|words| ends_in(name, end, words, false)) {
                return Some(Hit::Strong);
            }
            let word = name.word(end);
            let ends_in_one_of = |list: &[&str], within| {
                list.iter().any(|w| ends_in(name, end, w.as_bytes(), within))
            };
            if ends_in_one_of(WHOLE_LINES, false) && at_the_end {
                return Some(Hit::Line);
            }
            if !describing {
                if ends_in_one_of(ANYWHERE, false) {
                    return Some(Hit::Strong);
                }
                if at_the_end && ends_in_one_of(AT_THE_END, false) {
                    return Some(Hit::Weak);
                }
                let within = WITHIN_A_WORD.iter().find(|w| ends_in(name, end, w.as_bytes(), true));
                match within {
                    Some(&"token") if at_the_end => return Some(Hit::Weak),
                    Some(&"token") | None => {}
                    Some(_) => return Some(Hit::Strong),
                }
            }
            at_the_end &= is_of(NEUTRAL, word) || word.iter().all(u8::is_ascii_digit);
        }
        None
    }
}

fn is_of(list: &[&str], word: &[u8]) -> bool {
    list.iter().any(|known| known.as_bytes() == word)
}

/// Whether the letters before `end` are `words`, from the beginning of a word or `within` one.
fn ends_in(name: &Name, end: usize, words: &[u8], within: bool) -> bool {
    let before = &name.letters()[..end];
    // Most are told apart by the last letter.
    before.last() == words.last()
        && before.ends_with(words)
        && (within || name.is_border(end - words.len()))
}

fn parse(names: &[String]) -> (Vec<Glob>, Vec<Vec<u8>>) {
    let (globs, plain): (Vec<&String>, _) = names.iter().partition(|name| name.contains('*'));
    let letters = |name: &String| Name::new(name.as_bytes()).letters().to_vec();
    (
        globs.into_iter().map(|glob| Glob::new(glob)).collect(),
        // Without a letter it would be found in every name.
        plain.into_iter().map(letters).filter(|letters| !letters.is_empty()).collect(),
    )
}

/// A name with `*` in it, each of which stands for any words or none.
#[derive(Debug)]
struct Glob {
    pieces: Vec<Vec<u8>>,
    open_start: bool,
    open_end: bool,
}

impl Glob {
    fn new(text: &str) -> Self {
        let letters = |piece: &str| Name::new(piece.as_bytes()).letters().to_vec();
        Self {
            pieces: text.split('*').map(letters).filter(|piece| !piece.is_empty()).collect(),
            open_start: text.starts_with('*'),
            open_end: text.ends_with('*'),
        }
    }

    fn matches(&self, name: &Name) -> bool {
        let mut letters = name.letters();
        let mut pieces = &self.pieces[..];
        let mut at = 0;
        if !self.open_start
            && let [first, rest @ ..] = pieces
        {
            if !letters.starts_with(first) || !name.is_border(first.len()) {
                return false;
            }
            (at, pieces) = (first.len(), rest);
        }
        if !self.open_end
            && let [rest @ .., last] = pieces
        {
            if !ends_in(name, letters.len(), last, false) || letters.len() - last.len() < at {
                return false;
            }
            letters = &letters[..letters.len() - last.len()];
            pieces = rest;
        }
        // Leftmost is best: it leaves the most for the next piece.
        pieces.iter().all(|piece| {
            let found = (at..=letters.len()).find(|&start| {
                name.is_border(start)
                    && letters[start..].starts_with(piece)
                    && name.is_border(start + piece.len())
            });
            at = found.map_or(at, |start| start + piece.len());
            found.is_some()
        })
    }
}

/// A Bloom filter of how hidden names end: their last four letters, or three.
struct Ends([u64; 64]);

impl std::fmt::Debug for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ends")
    }
}

impl Ends {
    fn add(&mut self, words: &[u8]) {
        match *words {
            [.., a, b, c, d] => self.set([a, b, c, d]),
            [b, c, d] => self.set([0, b, c, d]),
            [c, d] => (0..=u8::MAX).for_each(|b| self.set([0, b, c, d])),
            _ => self.0 = [u64::MAX; 64],
        }
    }

    fn set(&mut self, last: [u8; 4]) {
        let at = Self::at(last);
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn has(&self, [a, b, c, d]: [u8; 4]) -> bool {
        [[a, b, c, d], [0, b, c, d]].into_iter().any(|last| {
            let at = Self::at(last);
            self.0[at / 64] & (1 << (at % 64)) != 0
        })
    }

    /// Without the bit that is the case of a letter.
    fn at(last: [u8; 4]) -> usize {
        let last = u32::from_le_bytes(last.map(|byte| byte | 0x20));
        (last.wrapping_mul(0x9e37_79b1) >> 20) as usize
    }
}

/// The last four letters before `end`, for [`Keys::may_end`]; zero where there is none. The letters
/// of a text before the name count as well, as in `session id: …`.
pub(super) fn last_letters(text: &[u8], end: usize) -> [u8; 4] {
    if let Some(last) = text[..end].last_chunk()
        && last.iter().all(|byte| name::is_letter(*byte))
    {
        return *last;
    }
    let mut last = [0; 4];
    let near = &text[end.saturating_sub(10)..end];
    let mut letters = near.iter().rev().filter(|byte| name::is_letter(**byte));
    for slot in last.iter_mut().rev() {
        *slot = letters.next().copied().unwrap_or_default();
    }
    last
}
