//! From text to words.

use super::advice;
use super::ast::{BinaryOp, Span};
use super::token::{Keyword, Token, TokenKind, find_word, quote_char};
use crate::error::line_and_column;
use crate::text::Text;

/// Reads one word after the other.
///
/// What a character means depends on the brackets around it: in braces all words are names, in square
/// brackets none is.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// What is read next.
    at: usize,
    /// Where the word begins that is read.
    start: usize,
    /// Where parentheses are open.
    parens: Vec<usize>,
    in_braces: bool,
    brackets: Brackets,
    /// Whether a number has been seen in square brackets. As in Prometheus, also in earlier ones.
    seen_number: bool,
}

/// Where in square brackets the lexer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Brackets {
    Outside,
    /// No number yet: no white space but blanks, no comment.
    Fresh {
        colon: bool,
    },
    Inside {
        colon: bool,
    },
}

/// What is wrong with a word. It begins where the word begins, and lasts to the end of the text.
#[derive(Debug)]
pub(super) struct LexError {
    pub(super) message: String,
    pub(super) start: usize,
    pub(super) help: Option<String>,
}

pub(super) type Lexed<T> = Result<T, LexError>;

/// What may help, with an error.
pub(super) trait Advised {
    fn advised<'h>(self, help: impl Into<Option<&'h str>>) -> Self;
}

impl<T> Advised for Lexed<T> {
    fn advised<'h>(self, help: impl Into<Option<&'h str>>) -> Self {
        self.map_err(|error| LexError { help: help.into().map(str::to_owned), ..error })
    }
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            start: 0,
            parens: Vec::new(),
            in_braces: false,
            brackets: Brackets::Outside,
            seen_number: false,
        }
    }

    /// The next word; the end again and again once it is reached.
    pub(super) fn next(&mut self) -> Lexed<Token> {
        self.skip();
        let kind = if self.in_braces {
            self.in_braces()?
        } else if let Brackets::Fresh { colon } = self.brackets {
            self.fresh_in_brackets(colon)?
        } else {
            self.statement()?
        };
        Ok(Token { kind, span: Span { start: self.start, end: self.at } })
    }

    /// White space and comments.
    fn skip(&mut self) {
        while let Some(c) = self.peek() {
            if is_space(c) {
                self.bump();
            } else if c == '#' && !matches!(self.brackets, Brackets::Fresh { .. }) {
                while self.peek().is_some_and(|c| c != '\n' && c != '\r') {
                    self.bump();
                }
            } else {
                break;
            }
        }
        self.start = self.at;
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Takes the next character if `is` says so.
    pub(super) fn accept(&mut self, is: impl Fn(char) -> bool) -> bool {
        let yes = self.peek().is_some_and(is);
        if yes {
            self.bump();
        }
        yes
    }

    fn written(&self) -> &'a str {
        self.text.get(self.start..self.at).unwrap_or_default()
    }

    pub(super) fn fail<T>(&self, message: impl Into<String>) -> Lexed<T> {
        Err(LexError { message: message.into(), start: self.start, help: None })
    }

    /// Something is wrong with what follows the word.
    fn fail_after<T>(&self, message: impl Into<String>) -> Lexed<T> {
        Err(LexError { message: message.into(), start: self.at, help: None })
    }

    fn unclosed_paren<T>(&self) -> Lexed<T> {
        let (line, column) = line_and_column(self.text, self.parens.last().copied().unwrap_or(0));
        let help = format!("the `(` at {line}:{column} has no `)`");
        self.fail("unclosed left parenthesis").advised(help.as_str())
    }

    fn statement(&mut self) -> Lexed<TokenKind> {
        let Some(c) = self.bump() else {
            return match self.brackets {
                _ if !self.parens.is_empty() => self.unclosed_paren(),
                Brackets::Outside => Ok(TokenKind::End),
                _ => self.fail("unclosed left bracket").advised("a `]` is missing"),
            };
        };
        let next = self.peek();
        let operator = |op| Ok(TokenKind::Operator(op));
        match c {
            ',' => Ok(TokenKind::Comma),
            '=' => match next {
                Some('=') => {
                    self.bump();
                    operator(BinaryOp::Eq)
                }
                Some('~') => {
                    self.fail("unexpected character after '=': '~'").advised(advice::REGEX)
                }
                _ => Ok(TokenKind::Equal),
            },
            '!' => match next {
                Some('=') => {
                    self.bump();
                    operator(BinaryOp::Ne)
                }
                _ => {
                    let help = if next == Some('~') { advice::REGEX } else { "`!=` is not equal" };
                    let next = quote_char(next);
                    self.fail(format!("unexpected character after '!': {next}")).advised(help)
                }
            },
            '<' => self.longer(BinaryOp::Lt, BinaryOp::Le, BinaryOp::TrimUpper),
            '>' => self.longer(BinaryOp::Gt, BinaryOp::Ge, BinaryOp::TrimLower),
            '"' | '\'' => self.string(c),
            '`' => self.raw_string(),
            '{' => {
                self.in_braces = true;
                Ok(TokenKind::LeftBrace)
            }
            '[' => {
                if self.brackets != Brackets::Outside {
                    return self.fail("unexpected left bracket '['");
                }
                self.brackets = Brackets::Fresh { colon: false };
                Ok(TokenKind::LeftBracket)
            }
            ']' => {
                if self.brackets == Brackets::Outside {
                    return self.fail("unexpected right bracket ']'");
                }
                self.brackets = Brackets::Outside;
                Ok(TokenKind::RightBracket)
            }
            '@' => Ok(TokenKind::At),
            c if starts_number(c, next) => self.number(c),
            c if is_alpha(c) || c == ':' => match self.brackets {
                Brackets::Outside => Ok(self.word()),
                Brackets::Fresh { colon } | Brackets::Inside { colon } => {
                    self.word_in_brackets(c, colon)
                }
            },
            c => match self.common(c)? {
                Some(kind) => Ok(kind),
                None => self
                    .fail(format!("unexpected character: {}", quote_char(Some(c))))
                    .advised(advice::of_char(c)),
            },
        }
    }

    /// What means the same inside and outside of square brackets.
    fn common(&mut self, c: char) -> Lexed<Option<TokenKind>> {
        Ok(Some(match c {
            '*' => TokenKind::Operator(BinaryOp::Mul),
            '/' => TokenKind::Operator(BinaryOp::Div),
            '%' => TokenKind::Operator(BinaryOp::Mod),
            '+' => TokenKind::Operator(BinaryOp::Add),
            '-' => TokenKind::Operator(BinaryOp::Sub),
            '^' => TokenKind::Operator(BinaryOp::Pow),
            '(' => {
                self.parens.push(self.start);
                TokenKind::LeftParen
            }
            ')' => {
                if self.parens.pop().is_none() {
                    return self
                        .fail_after("unexpected right parenthesis ')'")
                        .advised("no `(` is open here");
                }
                TokenKind::RightParen
            }
            _ => return Ok(None),
        }))
    }

    /// `<` or `>` and what may follow.
    fn longer(&mut self, alone: BinaryOp, equal: BinaryOp, trim: BinaryOp) -> Lexed<TokenKind> {
        let op = match self.peek() {
            Some('=') => equal,
            Some('/') => trim,
            _ => return Ok(TokenKind::Operator(alone)),
        };
        self.bump();
        Ok(TokenKind::Operator(op))
    }

    fn in_braces(&mut self) -> Lexed<TokenKind> {
        let Some(c) = self.bump() else {
            return self.fail("unexpected end of input inside braces").advised("a `}` is missing");
        };
        match c {
            ',' => Ok(TokenKind::Comma),
            '"' | '\'' => self.string(c),
            '`' => self.raw_string(),
            '=' if self.accept(|c| c == '~') => Ok(TokenKind::EqualRegex),
            '=' => Ok(TokenKind::Equal),
            '!' if self.accept(|c| c == '~') => Ok(TokenKind::NotEqualRegex),
            '!' if self.accept(|c| c == '=') => Ok(TokenKind::Operator(BinaryOp::Ne)),
            '!' => {
                let next = quote_char(self.peek());
                self.fail(format!("unexpected character after '!' inside braces: {next}"))
            }
            '{' => self.fail("unexpected left brace '{'"),
            '}' => {
                self.in_braces = false;
                Ok(TokenKind::RightBrace)
            }
            c if is_alpha(c) => {
                while self.accept(is_alphanumeric) {}
                Ok(TokenKind::Identifier)
            }
            c => self
                .fail(format!("unexpected character inside braces: {}", quote_char(Some(c))))
                .advised(advice::of_char_in_braces(c)),
        }
    }

    /// In square brackets where no number has been read.
    fn fresh_in_brackets(&mut self, colon: bool) -> Lexed<TokenKind> {
        let Some(c) = self.bump() else {
            return self.fail("unexpected end of input in duration expression");
        };
        match c {
            ']' => {
                self.brackets = Brackets::Outside;
                Ok(TokenKind::RightBracket)
            }
            ':' if !self.seen_number => {
                self.fail_after("unexpected colon before duration in duration expression")
            }
            ':' if colon => self.fail_after("unexpected repeated colon in duration expression"),
            ':' => {
                self.brackets = Brackets::Fresh { colon: true };
                Ok(TokenKind::Colon)
            }
            ',' => Ok(TokenKind::Comma),
            c if starts_number(c, self.peek()) => {
                self.seen_number = true;
                self.brackets = Brackets::Inside { colon };
                self.number(c)
            }
            c => {
                if let Some(kind) = self.common(c)? {
                    return Ok(kind);
                }
                if let Some(kind) = self.duration_keyword(c) {
                    return Ok(kind);
                }
                let quoted = quote_char(Some(c));
                self.fail(format!("unexpected character in duration expression: {quoted}"))
                    .advised(advice::of_char(c))
            }
        }
    }

    /// A word in square brackets, or the colon. `c` is its first character.
    fn word_in_brackets(&mut self, c: char, colon: bool) -> Lexed<TokenKind> {
        if c == ':' {
            if colon {
                return self.fail("unexpected colon ':'");
            }
            self.brackets = Brackets::Inside { colon: true };
            return Ok(TokenKind::Colon);
        }
        let keyword = self.duration_keyword(c);
        keyword.map_or_else(
            || self.fail(format!("unexpected character: {}, expected ':'", quote_char(Some(c)))),
            Ok,
        )
    }

    /// One of the words that durations are computed with.
    fn duration_keyword(&mut self, c: char) -> Option<TokenKind> {
        if !is_alpha(c) {
            return None;
        }
        while self.accept(is_alpha) {}
        let kind = find_word(self.written())?;
        let TokenKind::Keyword(keyword) = kind else { return None };
        let known = [Keyword::Step, Keyword::Range, Keyword::MaxOf, Keyword::MinOf];
        known.contains(&keyword).then_some(kind)
    }

    /// A name or keyword, whose first character has been read.
    fn word(&mut self) -> TokenKind {
        while self.accept(|c| is_alphanumeric(c) || c == ':') {}
        let written = self.written();
        match find_word(written) {
            // Queries are older than these keywords: alone they are names.
            Some(TokenKind::Keyword(Keyword::Fill | Keyword::FillLeft | Keyword::FillRight))
                if !self.before_paren() =>
            {
                TokenKind::Identifier
            }
            Some(kind) => kind,
            None if written.contains(':') => TokenKind::MetricIdentifier,
            None => TokenKind::Identifier,
        }
    }

    fn before_paren(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.trim_start_matches(is_space).starts_with('(')
    }

    /// A number or duration, whose first character has been read.
    fn number(&mut self, first: char) -> Lexed<TokenKind> {
        self.at -= first.len_utf8();
        if self.scan_number() {
            return Ok(TokenKind::Number);
        }
        if self.scan_duration() {
            return Ok(TokenKind::Duration);
        }
        self.fail(format!("bad number or duration syntax: {}", Text::from(self.written())))
            .advised(advice::UNITS)
    }
}

fn starts_number(c: char, next: Option<char>) -> bool {
    c.is_ascii_digit() || (c == '.' && next.is_some_and(|next| next.is_ascii_digit()))
}

pub(super) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

const fn is_alpha(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

pub(super) const fn is_alphanumeric(c: char) -> bool {
    is_alpha(c) || c.is_ascii_digit()
}
