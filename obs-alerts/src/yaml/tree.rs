//! From text to a tree.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle, Tag};

use super::malformed::Malformed;

/// The nodes of a text's first document. Aliases stay what they are, so that the tree is never
/// larger than the text.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// The outermost node; a text without content has none.
    pub(crate) root: Option<NodeId>,
    /// Where another document begins, or something that is none.
    pub(crate) more: Option<Mark>,
}

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(u32);

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) mark: Mark,
    /// The bytes of a scalar, its quotes included; of other nodes the first byte alone.
    pub(crate) span: Range<usize>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Scalar {
        text: String,
        style: ScalarStyle,
        tag: Option<String>,
    },
    List(Vec<NodeId>),
    /// Pairs as they are written, `<<` among them.
    Map(Vec<(NodeId, NodeId)>),
    Alias(NodeId),
}

/// A place in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    /// In bytes.
    pub(crate) at: usize,
}

/// A collection that has begun.
struct Open {
    id: NodeId,
    /// The key of a mapping whose value is still to come.
    key: Option<NodeId>,
    /// Whether it is a mapping without braces.
    is_block_map: bool,
}

impl Tree {
    /// The tree of the first document in `text`.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        // As Go's parser, which descends from libyaml, reads them.
        let options = granit_parser::options! {
            bom_inside_document_as_content: true,
            block_scalar_eof_without_line_feed: true,
            emit_comments: false,
            emit_unresolved_aliases: true,
        };
        let mut events = Parser::new_from_str_with_options(text, options);
        let mut tree = Self { nodes: Vec::new(), root: None, more: None };
        let mut anchors = HashMap::new();
        let mut open: Vec<Open> = Vec::new();
        for event in events.by_ref() {
            let (event, span) = event.map_err(|error| Malformed::new(&error, text))?;
            let is_block_map = matches!(event, Event::MappingStart(StructureStyle::Block, ..));
            let (kind, anchor) = match event {
                Event::DocumentEnd => break,
                Event::SequenceEnd | Event::MappingEnd => {
                    open.pop();
                    continue;
                }
                Event::Alias(anchor) => {
                    let Some(&target) = anchors.get(&anchor) else { continue };
                    (Kind::Alias(target), 0)
                }
                Event::UnresolvedAlias(name) => {
                    return Err(Malformed::unknown_anchor(&name, Mark::of(&span).at));
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let tag = tag.as_deref().map(short);
                    // Where nothing is written the parser says `~`.
                    let is_written = span.start.index() < span.end.index();
                    let text = if is_written { text.into_owned() } else { String::new() };
                    (Kind::Scalar { text, style, tag }, anchor)
                }
                Event::SequenceStart(_, anchor, _) => (Kind::List(Vec::new()), anchor),
                Event::MappingStart(_, anchor, _) => (Kind::Map(Vec::new()), anchor),
                _ => continue,
            };
            let begins = matches!(kind, Kind::List(_) | Kind::Map(_));
            let parent = open.last_mut();
            if anchor == 0
                && kind.is_nothing()
                && parent.as_ref().is_some_and(|map| map.needs_key())
            {
                return Err(Malformed::without_key(Mark::of(&span).at));
            }
            let id = tree.push(kind, &span, text.len());
            if anchor != 0 {
                anchors.insert(anchor, id);
            }
            tree.attach(parent, id);
            if begins {
                open.push(Open { id, key: None, is_block_map });
            }
        }
        // Prometheus reads the first document alone, whatever follows.
        tree.more = match events.next() {
            None | Some(Ok((Event::StreamEnd, _))) => None,
            Some(Ok((_, span))) => Some(Mark::of(&span)),
            Some(Err(error)) => Some(Mark::at(error.marker())),
        };
        Ok(tree)
    }

    fn push(&mut self, kind: Kind, span: &Span, length: usize) -> NodeId {
        let mark = Mark::of(span);
        let end = span.end.byte_offset().unwrap_or(mark.at).clamp(mark.at, length);
        let end = if matches!(kind, Kind::List(_) | Kind::Map(_)) { mark.at } else { end };
        // A node takes a byte of text at least: four billion do not fit.
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node { kind, mark, span: mark.at..end });
        id
    }

    fn attach(&mut self, parent: Option<&mut Open>, id: NodeId) {
        let Some(parent) = parent else {
            self.root = Some(id);
            return;
        };
        match &mut self.nodes[parent.id.0 as usize].kind {
            Kind::List(items) => items.push(id),
            Kind::Map(pairs) => match parent.key.take() {
                Some(key) => pairs.push((key, id)),
                None => parent.key = Some(id),
            },
            Kind::Scalar { .. } | Kind::Alias(_) => {}
        }
    }
}

impl Open {
    /// Whether a key is next that libyaml, and so Go, would not take if there were none.
    fn needs_key(&self) -> bool {
        self.is_block_map && self.key.is_none()
    }
}

impl Kind {
    fn is_nothing(&self) -> bool {
        match self {
            Self::Scalar { text, style, tag } => {
                text.is_empty() && *style == ScalarStyle::Plain && tag.is_none()
            }
            _ => false,
        }
    }
}

impl std::ops::Index<NodeId> for Tree {
    type Output = Node;

    fn index(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}

impl Mark {
    fn of(span: &Span) -> Self {
        Self::at(&span.start)
    }

    fn at(marker: &granit_parser::Marker) -> Self {
        let at = marker.byte_offset().unwrap_or_default();
        Self { line: marker.line(), column: marker.col() + 1, at }
    }
}

/// A tag as it is mostly written: `!!str`.
fn short(tag: &Tag) -> String {
    let tag = tag.to_string();
    match tag.strip_prefix("tag:yaml.org,2002:") {
        Some(name) => format!("!!{name}"),
        None => tag,
    }
}
