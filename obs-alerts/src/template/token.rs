//! The words of a template.

use std::fmt;

use super::quote::quoted;

/// A word, where it begins, and on which line.
#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) at: usize,
    pub(super) line: usize,
    pub(super) text: &'t str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What cannot be a word, and why.
    Error(String),
    Eof,
    /// What stands outside of actions.
    Text,
    LeftDelim,
    RightDelim,
    Space,
    LeftParen,
    RightParen,
    Pipe,
    Assign,
    Declare,
    /// Another character, of which only the comma means something.
    Char,
    Bool,
    CharConstant,
    Complex,
    Number,
    String,
    RawString,
    Field,
    Identifier,
    Variable,
    Dot,
    Nil,
    Word(Word),
}

/// Words with a meaning at the start of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

impl Word {
    pub(super) fn of(text: &str) -> Option<Self> {
        Some(match text {
            "block" => Self::Block,
            "break" => Self::Break,
            "continue" => Self::Continue,
            "define" => Self::Define,
            "else" => Self::Else,
            "end" => Self::End,
            "if" => Self::If,
            "range" => Self::Range,
            "template" => Self::Template,
            "with" => Self::With,
            _ => return None,
        })
    }
}

/// As messages of Go have it.
impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Eof => f.write_str("EOF"),
            Kind::Error(message) => f.write_str(message),
            Kind::Dot | Kind::Nil | Kind::Word(_) => write!(f, "<{}>", self.text),
            _ if self.text.len() > 10 => {
                let start: String = self.text.chars().take(10).collect();
                write!(f, "{}...", quoted(&start))
            }
            _ => f.write_str(&quoted(self.text)),
        }
    }
}
