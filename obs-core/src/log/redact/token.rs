//! Secrets that are known by how they begin.

use std::ops::Range;

use super::bytes::{is_escaped, is_start};

/// A secret of one issuer.
struct Shape {
    begins: &'static [u8],
    /// The first three of them.
    first: [u8; 3],
    /// Of which bytes the rest is, and of how many at least.
    rest: fn(u8) -> bool,
    least: usize,
    /// Whether it is only one where a word begins: its beginning is that of other words, too.
    alone: bool,
}

const fn shape(begins: &'static str, rest: fn(u8) -> bool, least: usize) -> Shape {
    let begins = begins.as_bytes();
    Shape { begins, first: [begins[0], begins[1], begins[2]], rest, least, alone: false }
}

const fn alone(begins: &'static str, rest: fn(u8) -> bool, least: usize) -> Shape {
    Shape { alone: true, ..shape(begins, rest, least) }
}

const fn letters(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Of base64url, without padding.
const fn base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

const fn dotted(byte: u8) -> bool {
    base64(byte) || byte == b'.'
}

const fn capitals(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// The rest of a path.
const fn path(byte: u8) -> bool {
    base64(byte) || matches!(byte, b'/' | b'@' | b'.' | b'%')
}

/// Shapes that need no more than this.
const SHAPES: &[Shape] = &[
    // GitHub
    shape("ghp_", letters, 20),
    shape("gho_", letters, 20),
    shape("ghu_", letters, 20),
    shape("ghs_", letters, 20),
    shape("ghr_", letters, 20),
    shape("github_pat_", base64, 20),
    // GitLab
    shape("glpat-", dotted, 16),
    shape("gldt-", dotted, 16),
    shape("glrt-", dotted, 16),
    // Slack
    shape("xoxa-", base64, 10),
    shape("xoxb-", base64, 10),
    shape("xoxe-", base64, 10),
    shape("xoxe.", dotted, 10),
    shape("xoxo-", base64, 10),
    shape("xoxp-", base64, 10),
    shape("xoxr-", base64, 10),
    shape("xoxs-", base64, 10),
    shape("xapp-", base64, 10),
    shape("hooks.slack.com/", path, 16),
    // Microsoft Teams
    shape("webhook.office.com/", path, 16),
    // AWS: ids of keys
    alone("AKIA", capitals, 16),
    alone("ASIA", capitals, 16),
    // Stripe
    shape("sk_live_", letters, 10),
    shape("sk_test_", letters, 10),
    shape("rk_live_", letters, 10),
    shape("rk_test_", letters, 10),
    shape("whsec_", letters, 16),
    // Google
    alone("AIza", base64, 30),
    alone("ya29.", dotted, 20),
    // Discord: `interaction:`
    shape("aW50ZXJhY3Rpb246", base64, 16),
    // Packages and images
    shape("npm_", letters, 30),
    shape("pypi-", base64, 40),
    shape("dckr_pat_", base64, 16),
    // SendGrid, Shopify, DigitalOcean, Hugging Face, Sentry
    alone("SG.", dotted, 40),
    shape("shpat_", letters, 30),
    shape("dop_v1_", letters, 40),
    alone("hf_", letters, 30),
    shape("sntrys_", base64, 30),
];

/// Beginnings of what is no [`Shape`]: JSON web tokens, OpenAI and Anthropic, webhooks and
/// interactions.
const OTHERS: &[&[u8]] = &[b"eyJ", b"sk-", b"web", b"int"];

/// The first three letters of a bot token, one of each.
const BOT: [&[u8]; 3] = [b"MNO", b"DTjz", b"AEIMQUYcgk"];

/// A Bloom filter of the first three bytes of all secrets.
static BEGINS: [u64; 128] = {
    let mut begins = [0; 128];
    let mut i = 0;
    while i < SHAPES.len() {
        add(&mut begins, SHAPES[i].begins);
        i += 1;
    }
    i = 0;
    while i < OTHERS.len() {
        add(&mut begins, OTHERS[i]);
        i += 1;
    }
    i = 0;
    while i < BOT[0].len() * BOT[1].len() * BOT[2].len() {
        let (a, rest) = (i % BOT[0].len(), i / BOT[0].len());
        let (b, c) = (rest % BOT[1].len(), rest / BOT[1].len());
        add(&mut begins, &[BOT[0][a], BOT[1][b], BOT[2][c]]);
        i += 1;
    }
    begins
};

const fn add(begins: &mut [u64; 128], secret: &[u8]) {
    let bit = bit([secret[0], secret[1], secret[2], 0]);
    begins[bit / 64] |= 1 << (bit % 64);
}

/// The bit of the first three of four bytes.
const fn bit(bytes: [u8; 4]) -> usize {
    let three = u32::from_le_bytes(bytes) << 8;
    (three.wrapping_mul(0x9e37_79b1) >> 19) as usize
}

/// The secrets in one word.
pub(super) fn find(text: &[u8], word: Range<usize>, mut found: impl FnMut(Range<usize>)) {
    let mut done = word.start;
    // A word has few runs of letters: that one of them is no JSON web token is kept.
    let mut no_jwt_before = 0;
    for (at, bytes) in text[word.clone()].windows(4).enumerate() {
        let bit = bit([bytes[0], bytes[1], bytes[2], bytes[3]]);
        if BEGINS[bit / 64] & (1 << (bit % 64)) == 0 || word.start + at < done {
            continue;
        }
        if let Some(secret) = at_start(text, word.start + at, &mut no_jwt_before) {
            done = secret.end;
            found(secret);
        }
    }
}

fn at_start(text: &[u8], at: usize, no_jwt_before: &mut usize) -> Option<Range<usize>> {
    let rest = &text[at..];
    let first = rest.first_chunk::<3>()?;
    for shape in SHAPES {
        if shape.first == *first && rest.starts_with(shape.begins) {
            if shape.alone && !is_start(text, at) {
                return None;
            }
            let rest = at + shape.begins.len();
            let end = rest + run(&text[rest..], shape.rest, shape.least)?;
            // The `n` may be of a line break.
            return Some(at + usize::from(is_escaped(text, at))..end);
        }
    }
    if rest.starts_with(b"eyJ") && at >= *no_jwt_before && is_start(text, at) {
        let header = run(rest, base64, 0)?;
        let is_jwt = header >= 12 && rest.get(header) == Some(&b'.');
        if is_jwt && run(&rest[header + 1..], dotted, 10).is_some() {
            return Some(at..at + run(rest, dotted, 0)?);
        }
        *no_jwt_before = at + header;
    }
    if rest.starts_with(b"sk-") && is_start(text, at) {
        // `sk-…` may begin a name of words, too.
        let random = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        rest.iter().take(48).take_while(|byte| base64(**byte)).find(|byte| random(byte))?;
        return Some(at..at + run(rest, base64, 23)?);
    }
    if rest.starts_with(b"webhooks/") {
        return after_id(text, at + b"webhooks/".len(), 8);
    }
    if rest.starts_with(b"interactions/") {
        return after_id(text, at + b"interactions/".len(), 8);
    }
    bot(rest).filter(|_| is_start(text, at)).map(|len| at..at + len)
}

/// How many bytes of `text` are of a kind, if at least so many are.
fn run(text: &[u8], kind: fn(u8) -> bool, least: usize) -> Option<usize> {
    let enough = text.get(..least)?.iter().all(|byte| kind(*byte));
    enough.then(|| text.iter().take_while(|byte| kind(**byte)).count())
}

/// The token in `<id>/<token>`, of Discord's addresses.
fn after_id(text: &[u8], at: usize, least: usize) -> Option<Range<usize>> {
    let digits = text[at..].iter().take(21).take_while(|byte| byte.is_ascii_digit()).count();
    let token = at + digits + 1;
    if digits < 5 || text.get(token - 1) != Some(&b'/') {
        return None;
    }
    let len = run(&text[token..], base64, least)?;
    Some(token..token + len)
}

/// The length of a bot token of Discord: the id of the bot, a time and a signature, each in
/// base64url. Of the id, which is digits, each group of four letters is one of few.
fn bot(text: &[u8]) -> Option<usize> {
    let groups = text.first_chunk::<16>()?.as_chunks::<4>().0;
    let of_digits = |[a, b, c, d]: [u8; 4]| {
        BOT[0].contains(&a)
            && BOT[1].contains(&b)
            && BOT[2].contains(&c)
            && matches!(d, b'w'..=b'z' | b'0'..=b'5')
    };
    if !groups.iter().all(|group| of_digits(*group)) {
        return None;
    }
    let part = |at: usize, most: usize| {
        text[at..].iter().take(most).take_while(|byte| base64(**byte)).count()
    };
    let id = part(0, 40);
    let time = (text.get(id) == Some(&b'.')).then(|| part(id + 1, 12)).filter(|len| *len >= 5)?;
    let signature = id + 1 + time + 1;
    (text.get(signature - 1) == Some(&b'.') && part(signature, 20) >= 20).then_some(())?;
    Some(signature + run(&text[signature..], base64, 20)?)
}
