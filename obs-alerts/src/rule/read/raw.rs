//! From YAML to groups and rules as they are written: the right fields, each of the right kind.

use std::collections::HashMap;

use super::problem::Problems;
use super::{duration, field};
use crate::rule::Place;
use crate::yaml::{self, Entry, Excess, Kind, Node, Ref, Scalar, Walk};

/// A group as it is written.
pub(super) struct RawGroup<'t> {
    pub(super) node: &'t Node,
    pub(super) name: Option<Text<'t>>,
    pub(super) interval: i64,
    pub(super) query_offset: Option<i64>,
    pub(super) limit: i64,
    pub(super) labels: Vec<Pair<'t>>,
    pub(super) rules: Vec<RawRule<'t>>,
}

/// A rule as it is written.
pub(super) struct RawRule<'t> {
    pub(super) node: &'t Node,
    pub(super) record: Option<Text<'t>>,
    pub(super) alert: Option<Text<'t>>,
    pub(super) expr: Option<Text<'t>>,
    pub(super) hold: Option<Span<'t>>,
    pub(super) keep_firing_for: Option<Span<'t>>,
    pub(super) labels: Vec<Pair<'t>>,
    pub(super) annotations: Vec<Pair<'t>>,
    /// The key `annotations`.
    pub(super) annotated: Option<&'t Node>,
}

/// A scalar, and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Text<'t> {
    pub(crate) text: &'t str,
    pub(crate) node: &'t Node,
}

/// A duration, and the key that it stands behind.
#[derive(Clone, Copy)]
pub(crate) struct Span<'t> {
    pub(crate) millis: i64,
    pub(crate) key: &'t Node,
}

pub(crate) type Pair<'t> = (Text<'t>, Text<'t>);

/// Reads the nodes on the way through a tree.
pub(crate) struct Reader<'p, 't> {
    walk: Walk<'t>,
    problems: &'p mut Problems<'t>,
    ignore_unknown_fields: bool,
}

pub(crate) type Read<T> = Result<T, Excess>;

impl<'p, 't> Reader<'p, 't> {
    pub(crate) fn new(
        walk: Walk<'t>,
        problems: &'p mut Problems<'t>,
        ignore_unknown_fields: bool,
    ) -> Self {
        Self { walk, problems, ignore_unknown_fields }
    }

    pub(crate) fn root(&self) -> Option<Ref> {
        self.walk.root()
    }

    /// The node that `at` is or stands for.
    pub(crate) fn visit(&mut self, at: Ref) -> Read<&'t Node> {
        Ok(self.walk.visit(at)?.1)
    }

    pub(crate) fn place(&self, node: &Node) -> Place {
        Place { file: self.problems.name(), line: node.mark.line, column: node.mark.column }
    }

    pub(crate) fn problem(&mut self, node: &Node, message: String, help: &str) {
        self.problems.node(node, message, Some(help.to_owned()));
    }

    /// The groups of the file; none where something is wrong.
    pub(super) fn file(mut self) -> Vec<RawGroup<'t>> {
        match self.groups() {
            Ok(groups) => groups,
            Err(excess) => {
                self.excess(excess);
                Vec::new()
            }
        }
    }

    fn groups(&mut self) -> Read<Vec<RawGroup<'t>>> {
        let mut groups = Vec::new();
        let Some(root) = self.walk.root() else { return Ok(groups) };
        for (key, entry) in self.fields(root, "the file", field::FILE)? {
            if key.text == "groups" {
                for item in self.list(entry.value, "groups")? {
                    groups.push(self.group(item)?);
                }
            }
        }
        Ok(groups)
    }

    fn group(&mut self, at: Ref) -> Read<RawGroup<'t>> {
        let mut group = RawGroup {
            node: &self.walk.tree()[at.id],
            name: None,
            interval: 0,
            query_offset: None,
            limit: 0,
            labels: Vec::new(),
            rules: Vec::new(),
        };
        for (key, Entry { value, .. }) in self.fields(at, "a group", field::GROUP)? {
            match key.text {
                "name" => group.name = self.text(value, "name")?,
                "interval" => group.interval = self.span(key, value)?.map_or(0, |span| span.millis),
                "query_offset" => {
                    group.query_offset = self.span(key, value)?.map(|span| span.millis);
                }
                "limit" => group.limit = self.whole(value)?,
                "labels" => group.labels = self.pairs(value, "labels")?,
                "rules" => {
                    for item in self.list(value, "rules")? {
                        group.rules.push(self.rule(item)?);
                    }
                }
                _ => {}
            }
        }
        Ok(group)
    }

    fn rule(&mut self, at: Ref) -> Read<RawRule<'t>> {
        let mut rule = RawRule {
            node: &self.walk.tree()[at.id],
            record: None,
            alert: None,
            expr: None,
            hold: None,
            keep_firing_for: None,
            labels: Vec::new(),
            annotations: Vec::new(),
            annotated: None,
        };
        for (key, Entry { value, .. }) in self.fields(at, "a rule", field::RULE)? {
            match key.text {
                "record" => rule.record = self.text(value, "record")?,
                "alert" => rule.alert = self.text(value, "alert")?,
                "expr" => rule.expr = self.text(value, "expr")?,
                "for" => rule.hold = self.span(key, value)?,
                "keep_firing_for" => rule.keep_firing_for = self.span(key, value)?,
                "labels" => rule.labels = self.pairs(value, "labels")?,
                "annotations" => {
                    rule.annotations = self.pairs(value, "annotations")?;
                    rule.annotated = Some(key.node);
                }
                _ => {}
            }
        }
        Ok(rule)
    }

    /// The fields of the map at `at`, all of them known.
    pub(crate) fn fields(
        &mut self,
        at: Ref,
        of: &str,
        known: &'static [&'static str],
    ) -> Read<Vec<(Text<'t>, Entry)>> {
        let entries = self.map(at, of)?;
        let mut fields = Vec::with_capacity(entries.len());
        for (key, entry) in entries {
            if known.contains(&key.text) {
                fields.push((key, entry));
            } else if !self.ignore_unknown_fields {
                let message = format!("field {} not found in {of}", shown(key.text));
                let help = (!self.problems.is_full()).then(|| field::advice(key.text, known));
                self.problems.node(key.node, message, help);
            }
        }
        Ok(fields)
    }

    /// The pairs of the map at `at`, with each key once. What is null has none.
    fn map(&mut self, at: Ref, what: &str) -> Read<Vec<(Text<'t>, Entry)>> {
        let (at, node) = self.walk.visit(at)?;
        if !matches!(node.kind, Kind::Map(_)) {
            if !is_null(node) {
                self.expected(node, what, "a map of fields, `key: value`");
            }
            return Ok(Vec::new());
        }
        let mut pairs = Vec::new();
        let mut lines: HashMap<&str, usize> = HashMap::new();
        for entry in self.walk.entries(at)? {
            let Some(key) = self.text(entry.key, "a key")? else { continue };
            let line = key.node.mark.line;
            match lines.get(key.text) {
                Some(first) => {
                    let message =
                        format!("mapping key {} already defined at line {first}", quoted(key.text));
                    self.problems.node(key.node, message, Some("keep one of the two".to_owned()));
                }
                None => {
                    lines.insert(key.text, line);
                    pairs.push((key, entry));
                }
            }
        }
        Ok(pairs)
    }

    /// The items of the list at `at`, without those that are null, which Go passes over. What is null
    /// has none.
    fn list(&mut self, at: Ref, name: &str) -> Read<Vec<Ref>> {
        let mut given = self.items(at, name)?;
        let mut outcome = Ok(());
        given.retain(|item| match self.walk.visit(*item) {
            Ok((_, node)) => !is_null(node),
            Err(excess) => {
                outcome = Err(excess);
                false
            }
        });
        outcome.map(|()| given)
    }

    /// The items of the list at `at`, with those that are null.
    pub(crate) fn items(&mut self, at: Ref, name: &str) -> Read<Vec<Ref>> {
        let (at, node) = self.walk.visit(at)?;
        match &node.kind {
            Kind::List(items) => {
                Ok(items.iter().map(|&id| Ref { id, aliased: at.aliased }).collect())
            }
            _ if is_null(node) => Ok(Vec::new()),
            _ => {
                self.expected(node, &format!("`{name}`"), "a list, with `- ` before each item");
                Ok(Vec::new())
            }
        }
    }

    /// Labels or annotations, sorted by name. A value that is null is empty.
    pub(crate) fn pairs(&mut self, at: Ref, name: &str) -> Read<Vec<Pair<'t>>> {
        let mut pairs = Vec::new();
        for (key, entry) in self.map(at, &format!("`{name}`"))? {
            let (_, node) = self.walk.visit(entry.value)?;
            let value = self.scalar(node, key.text);
            pairs.push((key, value.unwrap_or(Text { text: "", node })));
        }
        pairs.sort_by_key(|(key, _)| key.text);
        Ok(pairs)
    }

    pub(crate) fn span(&mut self, key: Text<'t>, at: Ref) -> Read<Option<Span<'t>>> {
        let Some(text) = self.text(at, key.text)? else { return Ok(None) };
        match duration::parse(text.text) {
            Ok(millis) => Ok(Some(Span { millis, key: key.node })),
            Err(message) => {
                let help = "write a number and a unit of y, w, d, h, m, s, ms: `90s`, `1h30m`";
                self.problems.node(text.node, message, Some(help.to_owned()));
                Ok(None)
            }
        }
    }

    fn whole(&mut self, at: Ref) -> Read<i64> {
        let (_, node) = self.walk.visit(at)?;
        let number = match &node.kind {
            _ if is_null(node) => Some(0),
            Kind::Scalar { text, style, tag } => yaml::whole(text, *style, tag.as_deref()),
            _ => None,
        };
        if number.is_none() {
            self.expected(node, "`limit`", "a whole number without quotes");
        }
        Ok(number.unwrap_or_default())
    }

    /// The scalar at `at`, if it is not null.
    pub(crate) fn text(&mut self, at: Ref, name: &str) -> Read<Option<Text<'t>>> {
        let (_, node) = self.walk.visit(at)?;
        Ok(self.scalar(node, name))
    }

    fn scalar(&mut self, node: &'t Node, name: &str) -> Option<Text<'t>> {
        let Kind::Scalar { text, style, tag } = &node.kind else {
            let name = if name == "a key" { name.to_owned() } else { format!("`{}`", shown(name)) };
            self.expected(node, &name, "a text");
            return None;
        };
        match Scalar::new(text, *style, tag.as_deref()) {
            Scalar::Null => None,
            Scalar::Text(text) => Some(Text { text, node }),
            Scalar::Mistagged(text) => {
                let tag = tag.as_deref().unwrap_or_default();
                let message = format!("cannot decode {} as a {tag}", quoted(text));
                self.problems.node(node, message, Some(format!("leave out {tag}")));
                None
            }
        }
    }

    pub(crate) fn expected(&mut self, node: &Node, what: &str, expected: &str) {
        let found = match &node.kind {
            Kind::Scalar { text, .. } => format!("the scalar {}", quoted(text)),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a map".to_owned(),
            Kind::Alias(_) => "an alias".to_owned(),
        };
        let message = format!("cannot unmarshal {found}: {what} must be {expected}");
        self.problems.node(node, message, None);
    }

    pub(crate) fn excess(&mut self, excess: Excess) {
        let (id, message, help) = match excess {
            Excess::Aliases => (
                self.walk.root().map(|root| root.id),
                "document contains excessive aliasing",
                "write out what `*` stands for",
            ),
            Excess::Merges(id) => {
                (Some(id), "maps are merged too deeply, or into themselves", "write out the fields")
            }
            Excess::NoMap(id) => (
                Some(id),
                "map merge requires map or sequence of maps as the value",
                "write `<<: *anchor`, where the anchor is on a map",
            ),
        };
        if let Some(id) = id {
            let node = &self.walk.tree()[id];
            self.problems.node(node, message.to_owned(), Some(help.to_owned()));
        }
    }
}

fn is_null(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar { text, style, tag } => {
            Scalar::new(text, *style, tag.as_deref()) == Scalar::Null
        }
        _ => false,
    }
}

/// A text of the file in a message: of a length that can be read, and without control characters.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(80)
        .flat_map(|c| if c.is_control() { c.escape_debug().collect() } else { vec![c] })
        .collect();
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    shown
}

/// The same between quotes.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((at, _)) => format!("{:?}…", &text[..at]),
        None => format!("{text:?}"),
    }
}
