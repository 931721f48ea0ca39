//! Splits a template into words.

use super::quote::{code_point, quoted};
use super::token::{Kind, Token, Word};

/// The words of `text`. The last is the end, or an error and the end.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, at: 0, counted: 0, line: 1, tokens: Vec::new() };
    if let Err((start, message)) = lexer.run() {
        lexer.push(Kind::Error(message), start, start);
    }
    lexer.push(Kind::Eof, lexer.at, lexer.at);
    lexer.tokens
}

/// Where the word began that is none, and why it is none.
type Failure = (usize, String);

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// Up to where lines were counted, and the line there.
    counted: usize,
    line: usize,
    tokens: Vec<Token<'t>>,
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl<'t> Lexer<'t> {
    fn run(&mut self) -> Result<(), Failure> {
        while let Some(length) = self.rest().find("{{") {
            let start = self.at;
            self.at += length;
            let mut end = self.at;
            self.at += 2;
            let trims = self.rest().starts_with('-') && self.peek_at(1).is_some_and(is_space);
            if trims {
                end = start + self.text[start..end].trim_end_matches(is_space).len();
            }
            self.push(Kind::Text, start, end);
            let delimiter = self.at - 2;
            if trims {
                self.at += 2;
            }
            if self.rest().starts_with("/*") {
                self.comment()?;
            } else {
                self.push(Kind::LeftDelim, delimiter, delimiter + 2);
                self.action()?;
            }
        }
        self.push(Kind::Text, self.at, self.text.len());
        self.at = self.text.len();
        Ok(())
    }

    fn comment(&mut self) -> Result<(), Failure> {
        let start = self.at;
        let Some(length) = self.rest()[2..].find("*/") else {
            return Err((start, "unclosed comment".to_owned()));
        };
        self.at += 2 + length + 2;
        if self.right_delim().is_none() {
            return Err((start, "comment ends before closing delimiter".to_owned()));
        }
        Ok(())
    }

    /// Passes `}}` or ` -}}` and the space that the latter trims: where the braces are.
    fn right_delim(&mut self) -> Option<usize> {
        let trimmed = self.rest().strip_prefix(is_space).and_then(|rest| rest.strip_prefix("-}}"));
        if let Some(rest) = trimmed {
            let braces = self.at + 2;
            self.at = self.text.len() - rest.trim_start_matches(is_space).len();
            return Some(braces);
        }
        let braces = self.at;
        self.rest().starts_with("}}").then(|| {
            self.at += 2;
            braces
        })
    }

    fn action(&mut self) -> Result<(), Failure> {
        let mut parens = 0_usize;
        loop {
            let start = self.at;
            if let Some(braces) = self.right_delim() {
                if parens > 0 {
                    return Err((start, "unclosed left paren".to_owned()));
                }
                self.push(Kind::RightDelim, braces, braces + 2);
                return Ok(());
            }
            let Some(c) = self.bump() else {
                return Err((start, "unclosed action".to_owned()));
            };
            let kind = match c {
                c if is_space(c) => self.space(),
                '=' => Kind::Assign,
                ':' if self.bump() == Some('=') => Kind::Declare,
                ':' => return Err((start, "expected :=".to_owned())),
                '|' => Kind::Pipe,
                '"' => self.until_quote('"', Kind::String, "unterminated quoted string"),
                '\'' => {
                    self.until_quote('\'', Kind::CharConstant, "unterminated character constant")
                }
                '`' => match self.rest().find('`') {
                    Some(length) => {
                        self.at += length + 1;
                        Kind::RawString
                    }
                    None => Kind::Error("unterminated raw quoted string".to_owned()),
                },
                '$' => self.name(Kind::Variable, Kind::Variable),
                '.' if !self.peek().is_some_and(|c| c.is_ascii_digit())
                    && self.peek().is_some() =>
                {
                    self.name(Kind::Field, Kind::Dot)
                }
                '.' | '+' | '-' | '0'..='9' => {
                    self.at = start;
                    self.number()
                }
                c if is_alphanumeric(c) => self.identifier(start),
                '(' => {
                    parens += 1;
                    Kind::LeftParen
                }
                ')' => match parens.checked_sub(1) {
                    Some(less) => {
                        parens = less;
                        Kind::RightParen
                    }
                    None => Kind::Error("unexpected right paren".to_owned()),
                },
                ' '..='~' => Kind::Char,
                c => Kind::Error(format!("unrecognized character in action: {}", code_point(c))),
            };
            if let Kind::Error(message) = kind {
                return Err((start, message));
            }
            self.push(kind, start, self.at);
        }
    }

    /// The space of which one character is passed, but for that of ` -}}`.
    fn space(&mut self) -> Kind {
        while self.peek().is_some_and(is_space) {
            let before = self.at;
            if self.rest()[1..].starts_with("-}}") {
                break;
            }
            self.at = before + 1;
        }
        Kind::Space
    }

    fn until_quote(&mut self, quote: char, kind: Kind, unterminated: &str) -> Kind {
        loop {
            match self.bump() {
                Some('\\') if self.bump().is_some_and(|c| c != '\n') => {}
                Some('\\' | '\n') | None => return Kind::Error(unterminated.to_owned()),
                Some(c) if c == quote => return kind,
                Some(_) => {}
            }
        }
    }

    /// A name after `.` or `$`, which may be all there is.
    fn name(&mut self, kind: Kind, alone: Kind) -> Kind {
        if self.at_terminator() {
            return alone;
        }
        self.pass(is_alphanumeric);
        self.terminated(kind)
    }

    fn identifier(&mut self, start: usize) -> Kind {
        self.pass(is_alphanumeric);
        let word = &self.text[start..self.at];
        self.terminated(match word {
            "true" | "false" => Kind::Bool,
            "nil" => Kind::Nil,
            word => Word::of(word).map_or(Kind::Identifier, Kind::Word),
        })
    }

    fn terminated(&self, kind: Kind) -> Kind {
        match self.peek() {
            Some(c) if !self.at_terminator() => {
                Kind::Error(format!("bad character {}", code_point(c)))
            }
            _ => kind,
        }
    }

    fn at_terminator(&self) -> bool {
        self.rest().starts_with("}}")
            || self
                .peek()
                .is_none_or(|c| is_space(c) || matches!(c, '.' | ',' | '|' | ':' | ')' | '('))
    }

    fn number(&mut self) -> Kind {
        let start = self.at;
        let bad = |lexer: &Self| {
            Kind::Error(format!("bad number syntax: {}", quoted(&lexer.text[start..lexer.at])))
        };
        if !self.digits() {
            return bad(self);
        }
        if !self.peek().is_some_and(|c| matches!(c, '+' | '-')) {
            return Kind::Number;
        }
        if self.digits() && self.text[..self.at].ends_with('i') { Kind::Complex } else { bad(self) }
    }

    /// Passes what looks like a number: whether nothing else follows that belongs to it.
    fn digits(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.pass(|c| digits.contains(c));
        if self.accept(".") {
            self.pass(|c| digits.contains(c));
        }
        let exponent = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if self.accept(exponent) {
            self.accept("+-");
            self.pass(|c| c.is_ascii_digit() || c == '_');
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.bump();
            return false;
        }
        true
    }

    fn accept(&mut self, any: &str) -> bool {
        let found = self.peek().is_some_and(|c| any.contains(c));
        if found {
            self.at += 1;
        }
        found
    }

    fn pass(&mut self, is: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !is(c)).unwrap_or(rest.len());
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn peek_at(&self, distance: usize) -> Option<char> {
        self.rest().chars().nth(distance)
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn push(&mut self, kind: Kind, at: usize, end: usize) {
        if kind == Kind::Text && at == end {
            return;
        }
        // What an error is about may begin before the word that was pushed last.
        let passed = self.text.get(self.counted..at).unwrap_or_default();
        self.line += passed.bytes().filter(|byte| *byte == b'\n').count();
        self.counted = self.counted.max(at);
        self.tokens.push(Token { kind, at, line: self.line, text: &self.text[at..end] });
    }
}
