//! The way through a tree: aliases followed, `<<` merged, both within bounds.

use std::collections::HashSet;

use super::tree::{Kind, Node, NodeId, Tree};

/// How much text may come out of aliases.
const ALIASED_TEXT: usize = 1 << 20;

/// How many maps may be merged, one into the other.
const MERGE_DEPTH: usize = 32;

/// A tree, and how much of it has been looked at.
#[derive(Debug)]
pub(crate) struct Walk<'t> {
    tree: &'t Tree,
    visited: usize,
    aliased: usize,
    aliased_text: usize,
}

/// A node on the way, and whether an alias led there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ref {
    pub(crate) id: NodeId,
    pub(crate) aliased: bool,
}

/// A pair of a map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) key: Ref,
    pub(crate) value: Ref,
}

/// What ends the walk.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Excess {
    /// Aliases unfold into far more than was written.
    Aliases,
    /// Maps are merged into maps too many times, perhaps into themselves.
    Merges(NodeId),
    /// `<<` stands before something that is no map.
    NoMap(NodeId),
}

impl<'t> Walk<'t> {
    pub(crate) fn new(tree: &'t Tree) -> Self {
        Self { tree, visited: 0, aliased: 0, aliased_text: 0 }
    }

    pub(crate) fn tree(&self) -> &'t Tree {
        self.tree
    }

    pub(crate) fn root(&self) -> Option<Ref> {
        self.tree.root.map(|id| Ref { id, aliased: false })
    }

    /// The node that `at` is or stands for.
    pub(crate) fn visit(&mut self, at: Ref) -> Result<(Ref, &'t Node), Excess> {
        let mut at = at;
        if let Kind::Alias(target) = self.tree[at.id].kind {
            at = Ref { id: target, aliased: true };
        }
        let node = &self.tree[at.id];
        self.visited += 1;
        if at.aliased {
            self.aliased += 1;
            if let Kind::Scalar { text, .. } = &node.kind {
                self.aliased_text += text.len();
            }
        }
        if self.is_excessive() { Err(Excess::Aliases) } else { Ok((at, node)) }
    }

    /// Go's bound, so that what Prometheus loads is loaded: the more nodes there are, the fewer of
    /// them may come from aliases. The bound on text keeps one long expression from being parsed
    /// over and over.
    fn is_excessive(&self) -> bool {
        const FEW: usize = 400_000;
        const MANY: usize = 4_000_000;
        let allowed = match self.visited {
            ..=FEW => 99,
            MANY.. => 10,
            visited => 99 - 89 * (visited - FEW) / (MANY - FEW),
        };
        let is_bomb = self.aliased > 100
            && self.visited > 1000
            && self.aliased * 100 > self.visited * allowed;
        is_bomb || self.aliased_text > ALIASED_TEXT
    }

    /// The pairs of the map at `at`: those that are written there, then those that are merged in and
    /// not written. Of two merged maps the first counts.
    pub(crate) fn entries(&mut self, at: Ref) -> Result<Vec<Entry>, Excess> {
        let mut entries = Vec::new();
        let mut names: HashSet<&'t str> = HashSet::new();
        // A stack of maps, so that a chain of merges takes no stack of the program's.
        let mut waiting = vec![(at, 0)];
        while let Some((map, depth)) = waiting.pop() {
            if depth > MERGE_DEPTH {
                return Err(Excess::Merges(map.id));
            }
            let Kind::Map(pairs) = &self.tree[map.id].kind else { continue };
            let mut merged = Vec::new();
            let mut fresh = Vec::new();
            for &(key, value) in pairs {
                let key = Ref { id: key, aliased: map.aliased };
                let value = Ref { id: value, aliased: map.aliased };
                if depth > 0 {
                    self.visit(key)?;
                }
                if self.is_merge(key.id) {
                    self.merged(value, &mut merged)?;
                    continue;
                }
                let name = self.name(key);
                if name.is_none_or(|name| !names.contains(name)) {
                    entries.push(Entry { key, value });
                    fresh.extend(name);
                }
            }
            // Of two equal keys in one map the reader tells, so both are there.
            names.extend(fresh);
            waiting.extend(merged.into_iter().rev().map(|map| (map, depth + 1)));
        }
        Ok(entries)
    }

    /// The maps that `<<: value` merges.
    fn merged(&mut self, value: Ref, maps: &mut Vec<Ref>) -> Result<(), Excess> {
        let (at, node) = self.visit(value)?;
        match &node.kind {
            Kind::Map(_) => maps.push(at),
            Kind::List(items) => {
                for &item in items {
                    let (map, node) = self.visit(Ref { id: item, aliased: at.aliased })?;
                    match node.kind {
                        Kind::Map(_) => maps.push(map),
                        _ => return Err(Excess::NoMap(item)),
                    }
                }
            }
            Kind::Scalar { .. } | Kind::Alias(_) => return Err(Excess::NoMap(value.id)),
        }
        Ok(())
    }

    fn is_merge(&self, key: NodeId) -> bool {
        match &self.tree[key].kind {
            Kind::Scalar { text, style, tag } => {
                text == "<<" && *style == granit_parser::ScalarStyle::Plain && tag.is_none()
            }
            _ => false,
        }
    }

    fn name(&self, key: Ref) -> Option<&'t str> {
        let mut node = &self.tree[key.id];
        if let Kind::Alias(target) = node.kind {
            node = &self.tree[target];
        }
        match &node.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}
