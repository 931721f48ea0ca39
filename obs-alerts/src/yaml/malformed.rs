//! What is no YAML, said so that it can be mended.

use granit_parser::{ErrorKind, ScanError};

/// Why a text is no YAML.
#[derive(Debug)]
pub(crate) struct Malformed {
    pub(crate) message: String,
    /// Where, in bytes.
    pub(crate) at: usize,
    pub(crate) help: Option<&'static str>,
}

impl Malformed {
    pub(super) fn new(error: &ScanError, text: &str) -> Self {
        let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
        let at = match error.kind() {
            // The scalar before the tab is where the parser stood.
            ErrorKind::TabInPlainScalar => text.get(at..).and_then(first_tab).map(|tab| at + tab),
            _ => None,
        }
        .unwrap_or(at);
        Self { message: error.kind().to_string(), at, help: advice(error.kind()) }
    }

    pub(super) fn unknown_anchor(name: &str, at: usize) -> Self {
        let message = format!("unknown anchor '{name}' referenced");
        Self { message, at, help: Some("put `&` and the name before a node further up") }
    }

    pub(super) fn without_key(at: usize) -> Self {
        let message = "did not find expected key".to_owned();
        Self { message, at, help: Some("write a key before the `:`") }
    }
}

/// The first tab that a line begins with.
fn first_tab(text: &str) -> Option<usize> {
    let mut indents = false;
    text.char_indices().find_map(|(at, c)| {
        indents = matches!(c, '\n' | '\r') || (indents && c == ' ') || (indents && c == '\t');
        (indents && c == '\t').then_some(at)
    })
}

fn advice(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => "indent with spaces",
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            "a text with `: ` in it stands in quotes or on lines of its own behind `|`"
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            "write `\\\\` for a backslash, or put the text in single quotes or behind `|`"
        }
        ErrorKind::UnclosedQuotedScalar => "the quote that opens here is not closed",
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::InvalidIndentation => "indent the fields of a map alike",
        ErrorKind::RecursionLimitExceeded => "a rule file is not nested so deeply",
        _ => return None,
    })
}
