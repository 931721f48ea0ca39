//! From words to an expression.

mod aggregate;
mod bracket;
mod call;
mod duration;
mod expr;
mod matching;
mod modifier;
#[cfg(test)]
mod properties;
mod selector;
#[cfg(test)]
mod tests;

use super::Syntax;
use expr::Waiting;

use super::advice::Unexpected;
use super::ast::{Kind, Node, NodeId, Query, Span};
use super::lexer::Lexer;
use super::scan::unquoted;
use super::token::{Keyword, Token, TokenKind};
use crate::check;
use crate::error::ParseError;
use crate::labels::Labels;
use crate::matcher::Matcher;
use crate::text::Text;
use crate::value::Type;

/// How deep an expression may be: brackets, signs and right operands in each other. Chains of operators
/// are as long as they like, but for those of `^`, which go to the right.
///
/// Reading takes no stack for it. Evaluating what is this deep takes 1 MiB of stack at most, without
/// optimisation; threads have 2.
pub(crate) const MAX_DEPTH: usize = 128;

type Parsed<T> = Result<T, ParseError>;

/// Builds an expression.
struct Parser<'a> {
    text: &'a str,
    syntax: Syntax,
    lexer: Lexer<'a>,
    /// The word that is next, once it has been looked at.
    next: Option<Token>,
    /// The last word that was taken, and its end.
    previous: Option<TokenKind>,
    end: usize,
    nodes: Vec<Node>,
    /// How deep each node is.
    depths: Vec<usize>,
    /// Where the operators stand, with what follows them, in the order of the nodes.
    operators: Vec<Span>,
    /// What waits for the expression that is read.
    waiting: Vec<Waiting>,
    /// Brackets that are open.
    open: usize,
    /// The same within a computed duration.
    open_in_duration: usize,
    /// Aggregations that are open: errors name them.
    aggregations: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, syntax: Syntax) -> Self {
        Self {
            text,
            syntax,
            lexer: Lexer::new(text),
            next: None,
            previous: None,
            end: 0,
            nodes: Vec::new(),
            depths: Vec::new(),
            operators: Vec::new(),
            waiting: Vec::new(),
            open: 0,
            open_in_duration: 0,
            aggregations: 0,
        }
    }

    fn error(&self, span: Span, message: impl Into<String>) -> ParseError {
        ParseError { message: message.into(), span, help: None, text: self.text.to_owned() }
    }

    fn fail<T>(&self, span: Span, message: impl Into<String>) -> Parsed<T> {
        Err(self.error(span, message))
    }

    /// The next word, which stays the next.
    ///
    /// Words are read as late as can be: what is wrong with one comes after what is wrong before it.
    fn peek(&mut self) -> Parsed<Token> {
        if let Some(token) = self.next {
            return Ok(token);
        }
        let token = self.lexer.next().map_err(|error| {
            let span = Span { start: error.start, end: self.text.len() };
            self.error(span, error.message).helped(error.help)
        })?;
        self.next = Some(token);
        Ok(token)
    }

    fn peek_kind(&mut self) -> Parsed<TokenKind> {
        Ok(self.peek()?.kind)
    }

    fn bump(&mut self) -> Parsed<Token> {
        let token = self.peek()?;
        self.next = None;
        self.end = token.span.end;
        self.previous = Some(token.kind);
        Ok(token)
    }

    /// Takes the next word if it is `kind`.
    fn accept(&mut self, kind: TokenKind) -> Parsed<bool> {
        let yes = self.peek_kind()? == kind;
        if yes {
            self.bump()?;
        }
        Ok(yes)
    }

    fn accept_keyword(&mut self, keyword: Keyword) -> Parsed<bool> {
        self.accept(TokenKind::Keyword(keyword))
    }

    /// Takes the next word, which has to be `kind`; else it is unexpected.
    fn expect(&mut self, kind: TokenKind) -> Parsed<Token> {
        if self.peek_kind()? == kind { self.bump() } else { self.unexpected() }
    }

    /// The same inside of what errors call `context`.
    fn expect_in(&mut self, kind: TokenKind, context: &str, expected: &str) -> Parsed<Token> {
        if self.peek_kind()? == kind { self.bump() } else { self.unexpected_in(context, expected) }
    }

    /// The next word has no place here.
    fn unexpected<T>(&mut self) -> Parsed<T> {
        let context = if self.aggregations > 0 { "aggregation" } else { "" };
        self.unexpected_in(context, "")
    }

    fn unexpected_in<T>(&mut self, context: &str, expected: &str) -> Parsed<T> {
        let token = self.peek()?;
        let mut message = format!("unexpected {}", token.describe(self.text));
        for (word, text) in [(" in ", context), (", expected ", expected)] {
            if !text.is_empty() {
                message.push_str(word);
                message.push_str(text);
            }
        }
        let unexpected = Unexpected {
            kind: token.kind,
            written: self.written(token),
            previous: self.previous,
            context,
            expected,
        };
        Err(self.error(token.span, message).helped(unexpected.advice()))
    }

    fn written(&self, token: Token) -> &'a str {
        self.text.get(token.span.start..token.span.end).unwrap_or_default()
    }

    /// What the string means.
    fn unquoted(&self, token: Token) -> Text {
        unquoted(self.written(token)).into()
    }

    /// Adds a node that is made of `children`.
    fn push(&mut self, kind: Kind, ty: Type, span: Span, children: &[NodeId]) -> Parsed<NodeId> {
        self.push_at(kind, ty, span, self.depth_of(children))
    }

    /// How deep what is made of `children` is.
    fn depth_of(&self, children: &[NodeId]) -> usize {
        children.iter().map(|id| self.depth(*id)).max().unwrap_or(0) + 1
    }

    fn push_at(&mut self, kind: Kind, ty: Type, span: Span, depth: usize) -> Parsed<NodeId> {
        self.check_depth(depth, span)?;
        let Ok(id) = u32::try_from(self.nodes.len()) else {
            return self.fail(span, "the expression is too long");
        };
        self.nodes.push(Node { kind, ty, span });
        self.depths.push(depth);
        Ok(NodeId(id))
    }

    fn check_depth(&self, depth: usize, span: Span) -> Parsed<()> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        self.fail(span, format!("the expression is nested more than {MAX_DEPTH} levels deep"))
    }

    fn depth(&self, id: NodeId) -> usize {
        self.depths.get(id.0 as usize).copied().unwrap_or_default()
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    fn span(&self, id: NodeId) -> Span {
        self.node(id).span
    }

    /// Opens a bracket, which is at `span`.
    fn go_deeper(&mut self, span: Span) -> Parsed<()> {
        self.check_depth(self.open + 1, span)?;
        self.open += 1;
        Ok(())
    }
}

/// See [`Syntax::parse`].
pub(super) fn expression(text: &str, syntax: Syntax) -> Parsed<Query> {
    let mut parser = Parser::new(text, syntax);
    if parser.peek_kind()? == TokenKind::End {
        return parser.fail(Span::default(), "no expression found in input");
    }
    parser.expr()?;
    parser.expect(TokenKind::End)?;
    let Parser { nodes, operators, .. } = parser;
    let mut query = Query { text: text.into(), nodes };
    check::check(&mut query, &operators)?;
    Ok(query)
}

/// See [`crate::parse_selector`].
pub(super) fn selector(text: &str) -> Parsed<Vec<Matcher>> {
    let mut parser = Parser::new(text, Syntax::default());
    let selector = parser.whole_selector()?;
    parser.expect(TokenKind::End)?;
    Ok(selector.matchers)
}

/// See [`crate::parse_metric`].
pub(super) fn metric(text: &str) -> Parsed<Labels> {
    let mut parser = Parser::new(text, Syntax::default());
    let labels = parser.metric()?;
    parser.expect(TokenKind::End)?;
    Ok(labels)
}

/// The labels at the start of `text`, and where they end. No space stands before the braces.
pub(crate) fn metric_prefix(text: &str) -> Parsed<(Labels, usize)> {
    let mut parser = Parser::new(text, Syntax::everything());
    let labels = parser.metric_before_values()?;
    Ok((labels, parser.end))
}
