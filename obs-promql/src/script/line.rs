//! A script as lines.

/// A line. Of a comment, and of a blank line, the text is empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: usize,
    /// As it stands in the file.
    pub(super) whole: &'a str,
    /// Without white space around it.
    pub(super) text: &'a str,
    indent: usize,
}

impl Line<'_> {
    /// The column, in characters from 1, of a byte of the trimmed text.
    pub(super) fn column(&self, at: usize) -> usize {
        let end = (self.indent + at).min(self.whole.len());
        1 + self.whole.char_indices().take_while(|(start, _)| *start < end).count()
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty()
    }
}

pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let numbered = text.split('\n').enumerate();
    numbered
        .map(|(index, whole)| {
            let trimmed = whole.trim_end();
            let text = trimmed.trim_start();
            let indent = trimmed.len() - text.len();
            let text = if text.starts_with('#') { "" } else { text };
            Line { number: index + 1, whole: trimmed, text, indent }
        })
        .collect()
}
