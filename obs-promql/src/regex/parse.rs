//! Go's syntax of regular expressions, and its errors.

use std::fmt::Write as _;

use super::class;
use super::plain::Item;
use crate::matcher::RegexError;
use crate::text::Text;

/// Groups within groups. Go takes a thousand, nobody writes ten.
pub(super) const MAX_DEPTH: u32 = 200;

/// Go's bound of repetitions, and of repetitions of repetitions.
const MAX_REPEAT: u32 = 1000;

/// A pattern that was read.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) text: String,
    /// The same in the syntax of the `regex` crate. It sets no flags but within its own groups.
    pub(super) translated: String,
    /// The names of the groups that capture.
    pub(super) names: Vec<String>,
    pub(super) alternatives: Vec<Vec<Item>>,
}

/// As Go says it: ``error parsing regexp: missing closing ]: `[a` ``.
pub(super) fn error(what: &str, part: &str) -> RegexError {
    RegexError(format!("error parsing regexp: {what}: `{part}`"))
}

/// `dot_all` is whether `.` is any character to begin with.
pub(super) fn parse(text: &Text, dot_all: bool) -> Result<Parsed, RegexError> {
    let Some(valid) = text.as_str() else {
        return Err(error("invalid UTF-8", &text.to_str_lossy()));
    };
    let mut parser = Parser {
        text: valid,
        at: 0,
        flags: Flags { fold: false, multi_line: false, dot_all, swap_greed: false },
        translated: String::with_capacity(valid.len() + 16),
        names: Vec::new(),
        outer: Vec::new(),
        group: Group::default(),
    };
    parser.run()?;
    let Parser { translated, names, group, .. } = parser;
    Ok(Parsed { text: valid.to_owned(), translated, names, alternatives: group.alternatives })
}

#[derive(Clone, Copy)]
pub(super) struct Flags {
    /// `i`
    pub(super) fold: bool,
    /// `m`
    multi_line: bool,
    /// `s`
    dot_all: bool,
    /// `U`
    swap_greed: bool,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    flags: Flags,
    translated: String,
    names: Vec<String>,
    /// The groups around this one, and the flags that hold again after it.
    outer: Vec<(Group, Flags)>,
    group: Group,
}

/// A group that is read.
struct Group {
    alternatives: Vec<Vec<Item>>,
    /// How often the most repeated part of the last item is repeated; none where nothing is before.
    last: Option<u32>,
    /// The same of all items.
    most: u32,
    /// Where the repetition begins that ends here.
    repeated: Option<usize>,
}

impl Default for Group {
    fn default() -> Self {
        Self { alternatives: vec![Vec::new()], last: None, most: 1, repeated: None }
    }
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn run(&mut self) -> Result<(), RegexError> {
        while let Some(c) = self.rest().chars().next() {
            let repeated = self.group.repeated.take();
            match c {
                '(' => self.open()?,
                '|' => {
                    self.at += 1;
                    self.translated.push('|');
                    self.group.alternatives.push(Vec::new());
                    self.group.last = None;
                }
                ')' => self.close()?,
                '^' => {
                    self.at += 1;
                    let multi_line = self.flags.multi_line;
                    let item = if multi_line { Item::Other } else { Item::Start };
                    self.push(if multi_line { "(?m:^)" } else { "\\A" }, item);
                }
                '$' => {
                    self.at += 1;
                    let multi_line = self.flags.multi_line;
                    let item = if multi_line { Item::Other } else { Item::End };
                    self.push(if multi_line { "(?m:$)" } else { "\\z" }, item);
                }
                '.' => {
                    self.at += 1;
                    if self.flags.dot_all {
                        self.push("(?s:.)", Item::Any { min: 1, open: false });
                    } else {
                        self.push("(?-s:.)", Item::Other);
                    }
                }
                '[' => {
                    let (class, length) = class::parse(self.rest())?;
                    self.at += length;
                    self.push_class(&class);
                }
                '*' => self.repeat((0, None), 1, repeated)?,
                '+' => self.repeat((1, None), 1, repeated)?,
                '?' => self.repeat((0, Some(1)), 1, repeated)?,
                '{' => match counts(self.rest()) {
                    Some((counts, length)) => self.repeat_counted(counts, length, repeated)?,
                    None => self.literal(),
                },
                '\\' => self.escape()?,
                _ => self.literal(),
            }
        }
        if self.outer.is_empty() { Ok(()) } else { Err(error("missing closing )", self.text)) }
    }

    /// Appends an item.
    fn push(&mut self, translated: &str, item: Item) {
        self.translated.push_str(translated);
        self.group.last = Some(1);
        if let Some(items) = self.group.alternatives.last_mut() {
            items.push(item);
        }
    }

    /// The next character is itself.
    fn literal(&mut self) {
        if let Some(c) = self.rest().chars().next() {
            self.at += c.len_utf8();
            self.push_char(u32::from(c));
        }
    }

    fn push_char(&mut self, c: u32) {
        let Some(c) = char::from_u32(c) else {
            // Half of a pair is in no text.
            return self.push(class::NOTHING, Item::Other);
        };
        let fold = self.flags.fold && (c.is_ascii_alphabetic() || !c.is_ascii());
        let item = if fold { Item::Other } else { Item::Char(c) };
        let translated = if fold {
            format!("(?i:\\x{{{:x}}})", u32::from(c))
        } else if c.is_ascii_alphanumeric() || !c.is_ascii() {
            c.to_string()
        } else {
            format!("\\x{:02x}", u32::from(c))
        };
        self.push(&translated, item);
    }

    fn push_class(&mut self, class: &str) {
        let translated = if self.flags.fold { format!("(?i:{class})") } else { class.to_owned() };
        self.push(&translated, Item::Other);
    }

    fn open(&mut self) -> Result<(), RegexError> {
        let rest = self.rest();
        let outer = self.flags;
        if let Some(named) = rest.strip_prefix("(?P<").or_else(|| rest.strip_prefix("(?<")) {
            let start = rest.len() - named.len();
            let Some(length) = named.find('>') else {
                return Err(error("invalid named capture", rest));
            };
            let name = &named[..length];
            if name.is_empty() || !name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) {
                return Err(error("invalid named capture", &rest[..=start + length]));
            }
            self.at += start + length + 1;
            self.names.push(name.to_owned());
            self.translated.push('(');
        } else if rest.starts_with("(?") {
            if !self.flags()? {
                return Ok(());
            }
            self.translated.push_str("(?:");
        } else {
            self.at += 1;
            self.names.push(String::new());
            self.translated.push('(');
        }
        if self.outer.len() >= MAX_DEPTH as usize {
            return Err(error("expression nests too deeply", self.text));
        }
        self.outer.push((std::mem::take(&mut self.group), outer));
        Ok(())
    }

    /// Reads `(?flags-flags:` or `(?flags-flags)`, and tells whether a group begins.
    fn flags(&mut self) -> Result<bool, RegexError> {
        let rest = self.rest();
        let mut flags = self.flags;
        let (mut on, mut seen) = (true, false);
        for (at, c) in rest.char_indices().skip(2) {
            let flag = match c {
                'i' => &mut flags.fold,
                'm' => &mut flags.multi_line,
                's' => &mut flags.dot_all,
                'U' => &mut flags.swap_greed,
                '-' if on => {
                    (on, seen) = (false, false);
                    continue;
                }
                ':' | ')' if on || seen => {
                    self.at += at + 1;
                    self.flags = flags;
                    return Ok(c == ':');
                }
                _ => {
                    let end = at + c.len_utf8();
                    return Err(error("invalid or unsupported Perl syntax", &rest[..end]));
                }
            };
            *flag = on;
            seen = true;
        }
        Err(error("invalid or unsupported Perl syntax", rest))
    }

    fn close(&mut self) -> Result<(), RegexError> {
        let Some((outer, flags)) = self.outer.pop() else {
            return Err(error("unexpected )", self.text));
        };
        self.at += 1;
        let inner = std::mem::replace(&mut self.group, outer);
        self.flags = flags;
        self.push(")", Item::Group(inner.alternatives));
        self.group.last = Some(inner.most);
        self.group.most = self.group.most.max(inner.most);
        Ok(())
    }

    fn repeat_counted(
        &mut self,
        counts: Counts,
        length: usize,
        repeated: Option<usize>,
    ) -> Result<(), RegexError> {
        let within = |count: u32| count <= MAX_REPEAT;
        let counts = match counts {
            (Some(min), None) if within(min) => (min, None),
            (Some(min), Some(Some(max))) if within(max) && min <= max => (min, Some(max)),
            _ => return Err(error("invalid repeat count", &self.rest()[..length])),
        };
        self.repeat(counts, length, repeated)
    }

    /// Repeats the last item; the operator is `length` bytes long.
    fn repeat(
        &mut self,
        (min, max): (u32, Option<u32>),
        length: usize,
        repeated: Option<usize>,
    ) -> Result<(), RegexError> {
        let start = self.at;
        let operator = &self.text[start..start + length];
        self.at += length;
        let lazy = self.rest().starts_with('?');
        self.at += usize::from(lazy);
        let written = &self.text[start..self.at];
        if let Some(before) = repeated {
            let both = &self.text[before..self.at];
            return Err(error("invalid nested repetition operator", both));
        }
        let Some(last) = self.group.last else {
            return Err(error("missing argument to repetition operator", written));
        };
        let counted = min >= 2 || max.is_some_and(|max| max >= 2);
        let times = if counted { max.unwrap_or(min) } else { 1 };
        let last = last.saturating_mul(times);
        if last > MAX_REPEAT {
            return Err(error("invalid repeat count", written));
        }
        self.group.last = Some(last);
        self.group.most = self.group.most.max(last);
        self.group.repeated = Some(start);
        self.translated.push_str(operator);
        if lazy != self.flags.swap_greed {
            self.translated.push('?');
        }
        if let Some(item) = self.group.alternatives.last_mut().and_then(|items| items.last_mut()) {
            *item = match (&*item, max) {
                (Item::Any { min: 1, open: false }, None) if min <= 1 => {
                    Item::Any { min: min as usize, open: true }
                }
                _ => Item::Other,
            };
        }
        Ok(())
    }

    /// What begins with `\`.
    fn escape(&mut self) -> Result<(), RegexError> {
        let rest = self.rest();
        let Some(kind) = rest.chars().nth(1) else {
            return Err(error("trailing backslash at end of expression", ""));
        };
        match kind {
            'A' | 'z' | 'b' | 'B' => {
                self.at += 2;
                match kind {
                    'A' => self.push("\\A", Item::Start),
                    'z' => self.push("\\z", Item::End),
                    'b' => self.push("(?-u:\\b)", Item::Other),
                    _ => self.push("(?-u:\\B)", Item::Other),
                }
            }
            'C' => return Err(error("invalid escape sequence", "\\C")),
            'Q' => {
                let quoted = &rest[2..];
                let length = quoted.find("\\E").unwrap_or(quoted.len());
                self.at += 2;
                let end = self.at + length;
                while self.at < end {
                    self.literal();
                }
                self.at = (end + 2).min(self.text.len());
            }
            _ => {
                if let Some((class, length)) = class::escape(rest)? {
                    self.at += length;
                    self.push_class(&format!("[{class}]"));
                } else {
                    let (c, length) = class::character(rest)?;
                    self.at += length;
                    self.push_char(c);
                }
            }
        }
        Ok(())
    }
}

/// How often at least, and at most if there is such a bound. A number that is too large is none.
type Counts = (Option<u32>, Option<Option<u32>>);

/// Reads `{n}`, `{n,}` and `{n,m}`, and the length of it; none if the brace is but a brace.
fn counts(text: &str) -> Option<(Counts, usize)> {
    let inner = text.strip_prefix('{')?;
    let inner = &inner[..inner.find('}')?];
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let plain = text == "0" || !text.starts_with('0');
        (digits && plain).then(|| text.parse::<u32>().ok())
    };
    let counts = match inner.split_once(',') {
        None => {
            let count = number(inner)?;
            (count, Some(count))
        }
        Some((min, "")) => (number(min)?, None),
        Some((min, max)) => (number(min)?, Some(number(max)?)),
    };
    Some((counts, inner.len() + 2))
}

/// `\x{41}`, for use in a class.
pub(super) fn write_escaped(into: &mut String, c: u32) {
    // Writing to a text does not fail.
    let _ = write!(into, "\\x{{{c:x}}}");
}
