//! The words of the language.

use super::ast::{Aggregator, BinaryOp, Span};
use crate::text::Text;

/// A word and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    End,
    Identifier,
    /// An identifier with a colon in it.
    MetricIdentifier,
    Number,
    Duration,
    /// With its quotes.
    String,
    Comma,
    Colon,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    At,
    /// `=`
    Equal,
    /// `=~`
    EqualRegex,
    /// `!~`
    NotEqualRegex,
    Operator(BinaryOp),
    Aggregator(Aggregator),
    Keyword(Keyword),
}

/// Words that mean something of their own in some places, and are names in most others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Anchored,
    Bool,
    By,
    Fill,
    FillLeft,
    FillRight,
    GroupLeft,
    GroupRight,
    Ignoring,
    Offset,
    On,
    Smoothed,
    Without,
    End,
    MaxOf,
    MinOf,
    Range,
    Start,
    Step,
}

impl Keyword {
    /// Whether functions are called so too.
    pub(super) const fn is_function(self) -> bool {
        matches!(
            self,
            Self::End | Self::MaxOf | Self::MinOf | Self::Range | Self::Start | Self::Step
        )
    }
}

/// All words that are more than names, in lower case.
pub(super) const WORDS: &[(&str, TokenKind)] = &[
    ("and", TokenKind::Operator(BinaryOp::And)),
    ("or", TokenKind::Operator(BinaryOp::Or)),
    ("unless", TokenKind::Operator(BinaryOp::Unless)),
    ("atan2", TokenKind::Operator(BinaryOp::Atan2)),
    ("sum", TokenKind::Aggregator(Aggregator::Sum)),
    ("avg", TokenKind::Aggregator(Aggregator::Avg)),
    ("count", TokenKind::Aggregator(Aggregator::Count)),
    ("min", TokenKind::Aggregator(Aggregator::Min)),
    ("max", TokenKind::Aggregator(Aggregator::Max)),
    ("group", TokenKind::Aggregator(Aggregator::Group)),
    ("stddev", TokenKind::Aggregator(Aggregator::Stddev)),
    ("stdvar", TokenKind::Aggregator(Aggregator::Stdvar)),
    ("topk", TokenKind::Aggregator(Aggregator::Topk)),
    ("bottomk", TokenKind::Aggregator(Aggregator::Bottomk)),
    ("count_values", TokenKind::Aggregator(Aggregator::CountValues)),
    ("quantile", TokenKind::Aggregator(Aggregator::Quantile)),
    ("limitk", TokenKind::Aggregator(Aggregator::Limitk)),
    ("limit_ratio", TokenKind::Aggregator(Aggregator::LimitRatio)),
    ("anchored", TokenKind::Keyword(Keyword::Anchored)),
    ("bool", TokenKind::Keyword(Keyword::Bool)),
    ("by", TokenKind::Keyword(Keyword::By)),
    ("fill", TokenKind::Keyword(Keyword::Fill)),
    ("fill_left", TokenKind::Keyword(Keyword::FillLeft)),
    ("fill_right", TokenKind::Keyword(Keyword::FillRight)),
    ("group_left", TokenKind::Keyword(Keyword::GroupLeft)),
    ("group_right", TokenKind::Keyword(Keyword::GroupRight)),
    ("ignoring", TokenKind::Keyword(Keyword::Ignoring)),
    ("offset", TokenKind::Keyword(Keyword::Offset)),
    ("on", TokenKind::Keyword(Keyword::On)),
    ("smoothed", TokenKind::Keyword(Keyword::Smoothed)),
    ("without", TokenKind::Keyword(Keyword::Without)),
    ("end", TokenKind::Keyword(Keyword::End)),
    ("max_of", TokenKind::Keyword(Keyword::MaxOf)),
    ("min_of", TokenKind::Keyword(Keyword::MinOf)),
    ("range", TokenKind::Keyword(Keyword::Range)),
    ("start", TokenKind::Keyword(Keyword::Start)),
    ("step", TokenKind::Keyword(Keyword::Step)),
    ("inf", TokenKind::Number),
    ("nan", TokenKind::Number),
];

/// What `word` is, whatever its case; `None` for a name.
pub(super) fn find_word(word: &str) -> Option<TokenKind> {
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, kind)| *kind)
}

impl TokenKind {
    /// Whether a metric can be called so without quotes.
    pub(super) const fn is_metric_name(self) -> bool {
        match self {
            Self::Identifier | Self::MetricIdentifier | Self::Aggregator(_) => true,
            Self::Operator(op) => matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless),
            Self::Keyword(keyword) => !matches!(
                keyword,
                Keyword::Bool
                    | Keyword::GroupLeft
                    | Keyword::GroupRight
                    | Keyword::Ignoring
                    | Keyword::On
            ),
            _ => false,
        }
    }

    /// Whether a label can be called so in a list, without quotes.
    pub(super) const fn is_label(self) -> bool {
        matches!(self, Self::Keyword(_) | Self::Operator(BinaryOp::Atan2)) || self.is_metric_name()
    }
}

impl Token {
    /// As messages of Prometheus call it.
    pub(super) fn describe(self, text: &str) -> String {
        let written = text.get(self.span.start..self.span.end).unwrap_or_default();
        match self.kind {
            TokenKind::End => "end of input".to_owned(),
            TokenKind::Identifier => format!("identifier {}", Text::from(written)),
            TokenKind::MetricIdentifier => format!("metric identifier {}", Text::from(written)),
            TokenKind::Number => format!("number {}", shortened(written)),
            TokenKind::Duration => format!("duration {}", shortened(written)),
            TokenKind::String => format!("string {}", shortened(written)),
            TokenKind::Operator(_)
            | TokenKind::At
            | TokenKind::EqualRegex
            | TokenKind::NotEqualRegex => format!("<op:{written}>"),
            TokenKind::Aggregator(_) => format!("<aggr:{written}>"),
            // These alone of all keywords are shown like names.
            TokenKind::Keyword(keyword) if keyword.is_function() => shortened(written),
            TokenKind::Keyword(_) => format!("<{written}>"),
            _ => shortened(written),
        }
    }
}

/// In quotes, with no more than ten characters.
fn shortened(written: &str) -> String {
    if written.len() <= 10 {
        return Text::from(written).to_string();
    }
    let start: String = written.chars().take(10).collect();
    format!("{}...", Text::from(start))
}

/// A character as Go's `%q` shows it; U+FFFD for the end of the text.
pub(super) fn quote_char(c: Option<char>) -> String {
    match c.unwrap_or(char::REPLACEMENT_CHARACTER) {
        '\'' => r"'\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => {
            let quoted = Text::from(c.to_string()).to_string();
            format!("'{}'", quoted.trim_matches('"'))
        }
    }
}
