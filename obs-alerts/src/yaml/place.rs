//! From a place in a scalar's value back to the place in the file.

use std::ops::Range;

use granit_parser::ScalarStyle;

use super::tree::{Kind, Node};

/// Line and column of a byte, both from 1, and the line itself.
#[derive(Debug)]
pub(crate) struct Position<'t> {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) text: &'t str,
    /// The byte of [`text`](Self::text).
    pub(crate) at: usize,
}

impl<'t> Position<'t> {
    /// Where the byte `at` of `file` stands.
    pub(crate) fn new(file: &'t str, at: usize) -> Self {
        let at = (0..=at).rev().find(|at| file.is_char_boundary(*at)).unwrap_or_default();
        let (before, after) = file.split_at(at);
        let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let end = after.find(['\n', '\r']).map_or(file.len(), |length| at + length);
        let breaks = before.matches(['\n', '\r']).count() - before.matches("\r\n").count();
        Self {
            line: breaks + 1,
            column: before[start..].chars().count() + 1,
            text: &file[start..end],
            at: at - start,
        }
    }
}

impl Node {
    /// Which bytes of `file` the bytes `part` of this scalar's value were written with.
    ///
    /// The value differs from what was written in its white space, which is folded and indented,
    /// and in its escapes: the two are walked side by side.
    pub(crate) fn written(&self, file: &str, part: &Range<usize>) -> Range<usize> {
        let whole = self.span.clone();
        let Kind::Scalar { text: value, style, .. } = &self.kind else { return whole };
        let Some(mut raw) = Raw::new(file, whole.clone(), *style) else { return whole };
        // What is missing is missing after the last word, not in the line after it.
        let part = part.start.min(value.trim_end().len())..part.end;
        let mut start = None;
        let mut end = raw.at;
        for (at, c) in value.char_indices() {
            if at >= part.end && start.is_some() {
                break;
            }
            let written = raw.take(c);
            if at >= part.start && start.is_none() {
                start = Some(written.start);
            }
            end = written.end;
        }
        // Past the end stands what was expected and did not come.
        start.map_or(end..end, |start| start..end.max(start))
    }
}

/// What is left of a scalar as it was written.
struct Raw<'t> {
    file: &'t str,
    at: usize,
    end: usize,
    style: ScalarStyle,
}

impl<'t> Raw<'t> {
    fn new(file: &'t str, span: Range<usize>, style: ScalarStyle) -> Option<Self> {
        let text = file.get(span.clone())?;
        let skipped = match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => 1,
            // The indicator's line, if the span begins with it.
            ScalarStyle::Literal | ScalarStyle::Folded if text.starts_with(['|', '>']) => {
                text.find('\n').map_or(text.len(), |at| at + 1)
            }
            _ => 0,
        };
        Some(Self { file, at: (span.start + skipped).min(span.end), end: span.end, style })
    }

    fn rest(&self) -> &'t str {
        &self.file[self.at..self.end]
    }

    /// What the value's next character, `c`, was written with.
    fn take(&mut self, c: char) -> Range<usize> {
        loop {
            let start = self.at;
            let length = match self.rest().chars().next() {
                Some('\\') if self.style == ScalarStyle::DoubleQuoted => match self.escape() {
                    Some(length) => length,
                    // The line goes on in the next.
                    None => {
                        self.at += 1;
                        continue;
                    }
                },
                Some('\'') if c == '\'' && self.style == ScalarStyle::SingleQuoted => 2,
                Some(found) if found == c => found.len_utf8(),
                Some(found) if found.is_whitespace() => {
                    // A line break may be read as a space.
                    if c == ' ' && matches!(found, '\n' | '\r') {
                        self.at += found.len_utf8();
                        return start..self.at;
                    }
                    self.at += found.len_utf8();
                    continue;
                }
                _ => 0,
            };
            self.at = (start + length).min(self.end);
            return start..self.at;
        }
    }

    /// How long the escape is that stands here; `None` if it is that of a line break.
    fn escape(&self) -> Option<usize> {
        let escaped = self.rest()[1..].chars().next()?;
        match escaped {
            '\n' | '\r' => None,
            'x' => Some(4),
            'u' => Some(6),
            'U' => Some(10),
            _ => Some(1 + escaped.len_utf8()),
        }
    }
}
