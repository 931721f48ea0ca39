//! Reads a template.

mod pipeline;

use std::collections::HashMap;
use std::rc::Rc;

use super::ast::{Branch, Invocation, List, Node};
use super::error::TemplateError;
use super::lexer;
use super::quote::{quoted, unquoted};
use super::token::{Kind, Token, Word};

/// How deep actions and parentheses may stand within each other. Go takes ten thousand parentheses.
const MAX_DEPTH: usize = 100;

/// The templates that a text defines, the text itself among them under its name.
pub(super) type Templates = HashMap<String, Rc<List>>;

/// Reads `text`, the template called `name`.
pub(super) fn parse(name: &str, text: &str) -> Result<Templates, TemplateError> {
    let mut parser = Parser {
        name,
        tokens: lexer::tokens(text),
        at: 0,
        furthest: 0,
        scope: Scope::new(),
        depth: 0,
        templates: Templates::new(),
    };
    let root = parser.root()?;
    parser.define(name.to_owned(), root)?;
    Ok(parser.templates)
}

struct Parser<'t> {
    name: &'t str,
    tokens: Vec<Token<'t>>,
    at: usize,
    /// How many words were looked at: the line of the last is the line of an error.
    furthest: usize,
    scope: Scope,
    depth: usize,
    templates: Templates,
}

/// What a template has for itself.
struct Scope {
    variables: Vec<String>,
    /// Ranges around.
    ranges: usize,
    /// The line where the action began.
    action_line: Option<usize>,
}

impl Scope {
    fn new() -> Self {
        Self { variables: vec!["$".to_owned()], ranges: 0, action_line: None }
    }
}

/// What ends a list.
#[derive(PartialEq)]
enum End {
    End,
    Else,
}

impl End {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

enum Item {
    Node(Node),
    End(End),
}

impl<'t> Parser<'t> {
    fn root(&mut self) -> Result<List, TemplateError> {
        let mut list = List::new();
        while self.peek().kind != Kind::Eof {
            let start = self.at;
            if self.next().kind == Kind::LeftDelim
                && self.next_word().kind == Kind::Word(Word::Define)
            {
                self.definition()?;
                continue;
            }
            self.at = start;
            match self.text_or_action()? {
                Item::Node(node) => list.push(node),
                Item::End(end) => return Err(self.error(format!("unexpected {}", end.as_str()))),
            }
        }
        Ok(list)
    }

    fn definition(&mut self) -> Result<(), TemplateError> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let token = self.next_word();
        let name = self.template_name(&token, CONTEXT)?;
        self.expect(&Kind::RightDelim, CONTEXT)?;
        let (list, end) = self.list()?;
        if end != End::End {
            return Err(self.error(format!("unexpected {} in {CONTEXT}", end.as_str())));
        }
        self.define(name, list)?;
        self.scope = outer;
        Ok(())
    }

    /// A template may be defined again while one of the two is empty.
    fn define(&mut self, name: String, list: List) -> Result<(), TemplateError> {
        let is_empty = |list: &List| {
            list.iter().all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
        };
        match self.templates.get(&name) {
            Some(known) if !is_empty(known) && is_empty(&list) => {}
            Some(known) if !is_empty(known) => {
                let name = quoted(&name);
                let message = format!("template: multiple definition of template {name}");
                return Err(self.error(message));
            }
            _ => {
                self.templates.insert(name, Rc::new(list));
            }
        }
        Ok(())
    }

    fn list(&mut self) -> Result<(List, End), TemplateError> {
        self.enter()?;
        let mut list = List::new();
        while self.peek_word().kind != Kind::Eof {
            match self.text_or_action()? {
                Item::Node(node) => list.push(node),
                Item::End(end) => {
                    self.depth -= 1;
                    return Ok((list, end));
                }
            }
        }
        Err(self.error("unexpected EOF"))
    }

    fn text_or_action(&mut self) -> Result<Item, TemplateError> {
        let token = self.next_word();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text(token.text.to_owned()))),
            Kind::LeftDelim => {
                self.scope.action_line = Some(token.line);
                let item = self.action();
                self.scope.action_line = None;
                item
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Result<Item, TemplateError> {
        let start = self.at;
        let token = self.next_word();
        let node = match token.kind {
            Kind::Word(Word::Block) => self.block()?,
            Kind::Word(Word::Break) => self.leave("{{break}}", Node::Break)?,
            Kind::Word(Word::Continue) => self.leave("{{continue}}", Node::Continue)?,
            Kind::Word(Word::Else) => {
                // `else if` is an `else` with an `if` inside, which the `if` before reads.
                if !matches!(self.peek_word().kind, Kind::Word(Word::If | Word::With)) {
                    self.expect(&Kind::RightDelim, "else")?;
                }
                return Ok(Item::End(End::Else));
            }
            Kind::Word(Word::End) => {
                self.expect(&Kind::RightDelim, "end")?;
                return Ok(Item::End(End::End));
            }
            Kind::Word(Word::If) => Node::If(self.branch("if", Some(Word::If))?),
            Kind::Word(Word::With) => Node::With(self.branch("with", Some(Word::With))?),
            Kind::Word(Word::Range) => Node::Range(self.branch("range", None)?),
            Kind::Word(Word::Template) => self.invocation()?,
            _ => {
                self.at = start;
                Node::Action(self.pipeline("command", &Kind::RightDelim)?)
            }
        };
        Ok(Item::Node(node))
    }

    fn leave(&mut self, what: &str, node: Node) -> Result<Node, TemplateError> {
        let token = self.next_word();
        if token.kind != Kind::RightDelim {
            return Err(self.unexpected(&token, what));
        }
        if self.scope.ranges == 0 {
            return Err(self.error(format!("{what} outside {{{{range}}}}")));
        }
        Ok(node)
    }

    /// An `if`, `with` or `range` from its pipeline to its end; `chained` is the word that may follow
    /// `else` directly.
    fn branch(&mut self, context: &str, chained: Option<Word>) -> Result<Branch, TemplateError> {
        let variables = self.scope.variables.len();
        let ranges = usize::from(context == "range");
        let pipe = self.pipeline(context, &Kind::RightDelim)?;
        self.scope.ranges += ranges;
        let (list, end) = self.list()?;
        self.scope.ranges -= ranges;
        let mut otherwise = None;
        if end == End::Else {
            let word = chained.filter(|word| self.peek().kind == Kind::Word(*word));
            otherwise = Some(match word {
                Some(word) => {
                    self.next();
                    self.enter()?;
                    let branch = self.branch(context, chained)?;
                    self.depth -= 1;
                    vec![if word == Word::If { Node::If(branch) } else { Node::With(branch) }]
                }
                None => {
                    let (list, end) = self.list()?;
                    if end != End::End {
                        let found = end.as_str();
                        return Err(self.error(format!("expected end; found {found}")));
                    }
                    list
                }
            });
        }
        self.scope.variables.truncate(variables);
        Ok(Branch { pipe, list, otherwise })
    }

    /// A template that is defined where it is used.
    fn block(&mut self) -> Result<Node, TemplateError> {
        const CONTEXT: &str = "block clause";
        let token = self.next_word();
        let name = self.template_name(&token, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, &Kind::RightDelim)?;
        let outer = std::mem::replace(&mut self.scope, Scope::new());
        let (list, end) = self.list()?;
        self.scope = outer;
        if end != End::End {
            return Err(self.error(format!("unexpected {} in {CONTEXT}", end.as_str())));
        }
        self.define(name.clone(), list)?;
        Ok(Node::Template(Invocation { at: token.at, name, pipe: Some(pipe) }))
    }

    fn invocation(&mut self) -> Result<Node, TemplateError> {
        const CONTEXT: &str = "template clause";
        let token = self.next_word();
        let name = self.template_name(&token, CONTEXT)?;
        let start = self.at;
        let mut pipe = None;
        if self.next_word().kind != Kind::RightDelim {
            self.at = start;
            pipe = Some(self.pipeline(CONTEXT, &Kind::RightDelim)?);
        }
        Ok(Node::Template(Invocation { at: token.at, name, pipe }))
    }

    fn template_name(&mut self, token: &Token<'t>, context: &str) -> Result<String, TemplateError> {
        if !matches!(token.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(token, context));
        }
        unquoted(token.text).ok_or_else(|| self.error("invalid syntax"))
    }

    fn enter(&mut self) -> Result<(), TemplateError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("max expression depth exceeded"));
        }
        Ok(())
    }

    /// The next word, a space too.
    fn next(&mut self) -> Token<'t> {
        let token = self.peek();
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    fn peek(&mut self) -> Token<'t> {
        // The last word is the end, however often it is asked for.
        let at = self.at.min(self.tokens.len() - 1);
        self.furthest = self.furthest.max(at + 1);
        self.tokens[at].clone()
    }

    /// The next word that is no space.
    fn next_word(&mut self) -> Token<'t> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    /// The same, passing the space before it only.
    fn peek_word(&mut self) -> Token<'t> {
        while self.peek().kind == Kind::Space {
            self.next();
        }
        self.peek()
    }

    fn expect(&mut self, kind: &Kind, context: &str) -> Result<Token<'t>, TemplateError> {
        let token = self.next_word();
        if token.kind == *kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    fn unexpected(&self, token: &Token<'t>, context: &str) -> TemplateError {
        let Kind::Error(message) = &token.kind else {
            return self.error(format!("unexpected {token} in {context}"));
        };
        let began = self.scope.action_line.filter(|line| *line != token.line);
        let Some(line) = began else { return self.error(message) };
        let action = if message.ends_with(" action") { "" } else { " in action" };
        self.error(format!("{message}{action} started at {}:{line}", self.name))
    }

    fn error(&self, message: impl Into<String>) -> TemplateError {
        let line = self.tokens[self.furthest.saturating_sub(1)].line;
        let context = format!("template: {}:{line}: ", self.name);
        TemplateError { context, message: message.into(), line }
    }
}
