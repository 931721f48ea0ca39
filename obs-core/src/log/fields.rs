//! Fields of an event or a span, as the text that goes into a line.

use super::plan::{ERROR_MESSAGE, STACK_TRACE};

/// Fields in JSON, each with the comma before it: `,"labels.a":"b","numeric_labels.c":1`.
///
/// No two have the same [`id`](Entry::id).
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) text: Vec<u8>,
    pub(crate) entries: Vec<Entry>,
    /// One bit for each id modulo 64: where it is clear, no entry has that id.
    seen: u64,
    /// Whether an entry has the id [`UNNAMED`].
    unnamed: bool,
    pub(crate) marks: Marks,
}

/// What was done to values on their way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Marks {
    /// A value was cut, or a field left out for want of room.
    pub(crate) truncated: bool,
    /// Values hidden for the name of their field.
    pub(crate) hidden_keys: u32,
    /// Secrets hidden within values.
    pub(crate) hidden_values: u32,
}

/// Where a field stands in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// What the field is called: the same for a name as text label and as numeric label.
    pub(crate) id: u32,
    /// Of whose value it is: the label of a slot, the same for all that one value became.
    of: u32,
    /// Its comma.
    start: u32,
    /// Its value.
    value: u32,
    end: u32,
    /// Whose field it is: 0 for the event, then its spans from the innermost on.
    pub(crate) level: u8,
}

/// The id of fields whose names are not known before they are written: keys of structured values.
pub(crate) const UNNAMED: u32 = u32::MAX;

const TEXT: &[u8] = b",\"labels.";
const NUMBER: &[u8] = b",\"numeric_labels.";

impl Fields {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.entries.clear();
        self.seen = 0;
        self.unnamed = false;
        self.marks = Marks::default();
    }

    /// Becomes the same as `other`, in the memory that it has.
    pub(crate) fn copy_of(&mut self, other: &Self) {
        self.text.clone_from(&other.text);
        self.entries.clone_from(&other.entries);
        (self.seen, self.unnamed, self.marks) = (other.seen, other.unnamed, other.marks);
    }

    /// Notes that what follows `start` is a field, whose value begins at `value`; `of` tells which
    /// other fields it goes with.
    #[expect(clippy::cast_possible_truncation, reason = "a line is far from 4 GiB")]
    pub(crate) fn push(&mut self, id: u32, of: u32, start: usize, value: usize) {
        self.seen |= bit(id);
        self.unnamed |= id == UNNAMED;
        self.entries.push(Entry {
            id,
            of,
            start: start as u32,
            value: value as u32,
            end: self.text.len() as u32,
            level: 0,
        });
    }

    pub(crate) fn has(&self, id: u32) -> bool {
        self.seen & bit(id) != 0 && self.entries.iter().any(|entry| entry.id == id)
    }

    /// Whether a label, of text or number, has this name.
    pub(crate) fn has_label(&self, name: &[u8]) -> bool {
        self.entries.iter().any(|entry| label(self.key(entry)) == Some(name))
    }

    /// Adds the fields of a span of an outer `level` that are not there yet, as far as they fit into
    /// `room` bytes in all.
    pub(crate) fn absorb(&mut self, outer: &Self, level: u8, room: usize) {
        self.marks.truncated |= outer.marks.truncated;
        let disjoint = self.seen & outer.seen == 0 && !self.unnamed && !outer.unnamed;
        if disjoint && self.text.len() + outer.text.len() <= room {
            let shift = len(&self.text);
            self.text.extend_from_slice(&outer.text);
            self.entries.extend(outer.entries.iter().map(|entry| entry.shifted(shift, level)));
            self.seen |= outer.seen;
            return;
        }
        // What caused one error says nothing of another.
        let other_error = self.has(ERROR_MESSAGE) && outer.has(ERROR_MESSAGE);
        for entry in &outer.entries {
            if self.holds_like(outer, entry) || (other_error && entry.id == STACK_TRACE) {
                continue;
            }
            let field = outer.field(entry);
            if self.text.len() + field.len() > room {
                self.marks.truncated = true;
                continue;
            }
            let start = len(&self.text);
            self.text.extend_from_slice(field);
            self.seen |= bit(entry.id);
            self.unnamed |= entry.id == UNNAMED;
            self.entries.push(Entry {
                id: entry.id,
                of: entry.of,
                start,
                value: start + (entry.value - entry.start),
                end: start + (entry.end - entry.start),
                level,
            });
        }
    }

    /// Puts `value` in place of what there is of each value that it has, as far as there is room.
    pub(crate) fn replace(&mut self, value: &Self, room: usize) {
        for entry in &value.entries {
            self.remove(entry.of);
        }
        self.absorb(value, 0, room);
    }

    /// Drops all that is of one value.
    fn remove(&mut self, of: u32) {
        let mut from = 0;
        while let Some(at) = self.entries[from..].iter().position(|entry| entry.of == of) {
            from += at;
            let Entry { start, end, .. } = self.entries.remove(from);
            self.text.drain(start as usize..end as usize);
            for entry in &mut self.entries[from..] {
                entry.start -= end - start;
                entry.value -= end - start;
                entry.end -= end - start;
            }
        }
    }

    /// Drops what comes after the last whole field.
    pub(crate) fn drop_unfinished(&mut self) {
        self.text.truncate(self.entries.last().map_or(0, |entry| entry.end as usize));
    }

    /// Drops fields from the end on, until the rest fits into `room` bytes.
    pub(crate) fn shrink(&mut self, room: usize) {
        while self.text.len() > room {
            self.entries.pop();
            self.drop_unfinished();
            self.marks.truncated = true;
        }
    }

    fn holds_like(&self, outer: &Self, entry: &Entry) -> bool {
        let unnamed = self.unnamed || entry.id == UNNAMED;
        (entry.id != UNNAMED && self.has(entry.id))
            || (unnamed && label(outer.key(entry)).is_some_and(|name| self.has_label(name)))
    }

    /// The field with its comma.
    pub(crate) fn field(&self, entry: &Entry) -> &[u8] {
        &self.text[entry.start as usize..entry.end as usize]
    }

    /// `,"key":`
    fn key(&self, entry: &Entry) -> &[u8] {
        &self.text[entry.start as usize..entry.value as usize]
    }

    /// The field's name, without the namespace of labels, and its value in JSON.
    pub(crate) fn name_and_value(&self, entry: &Entry) -> (&str, &str) {
        let key = self.key(entry);
        let name = label(key).unwrap_or_else(|| &key[2..key.len() - 2]);
        let value = &self.text[entry.value as usize..entry.end as usize];
        (str::from_utf8(name).unwrap_or_default(), str::from_utf8(value).unwrap_or_default())
    }
}

impl Entry {
    const fn shifted(&self, by: u32, level: u8) -> Self {
        let Self { id, of, start, value, end, .. } = *self;
        Self { id, of, start: start + by, value: value + by, end: end + by, level }
    }
}

const fn bit(id: u32) -> u64 {
    1 << (id % 64)
}

#[expect(clippy::cast_possible_truncation, reason = "a line is far from 4 GiB")]
const fn len(text: &[u8]) -> u32 {
    text.len() as u32
}

/// The name in `,"labels.name":` or `,"numeric_labels.name":`.
fn label(key: &[u8]) -> Option<&[u8]> {
    let name = key.strip_prefix(TEXT).or_else(|| key.strip_prefix(NUMBER))?;
    name.strip_suffix(b"\":")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(of: &[(u32, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (id, name) in of {
            let start = fields.text.len();
            fields.text.extend_from_slice(format!(",\"labels.{name}\":").as_bytes());
            let value = fields.text.len();
            fields.text.push(b'1');
            fields.push(*id, *id, start, value);
        }
        fields
    }

    fn names(fields: &Fields) -> Vec<(&str, u8)> {
        fields.entries.iter().map(|e| (fields.name_and_value(e).0, e.level)).collect()
    }

    #[test]
    fn the_inner_field_wins() {
        let mut event = fields(&[(1, "a"), (2, "b")]);
        event.absorb(&fields(&[(2, "b"), (3, "c"), (67, "d")]), 1, 1000);
        event.absorb(&fields(&[(3, "c"), (4, "e")]), 2, 1000);
        assert_eq!(names(&event), [("a", 0), ("b", 0), ("c", 1), ("d", 1), ("e", 2)]);
        assert_eq!(event.text, fields(&[(1, "a"), (2, "b"), (3, "c"), (67, "d"), (4, "e")]).text);
    }

    #[test]
    fn a_name_that_was_not_known_is_compared_as_text() {
        let mut event = fields(&[(UNNAMED, "a")]);
        event.absorb(&fields(&[(1, "a"), (UNNAMED, "b")]), 1, 1000);
        event.absorb(&fields(&[(2, "b")]), 2, 1000);
        assert_eq!(names(&event), [("a", 0), ("b", 1)]);
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_marked() {
        let mut event = fields(&[(1, "a")]);
        let room = event.text.len() * 2;
        event.absorb(&fields(&[(2, "long"), (3, "b")]), 1, room);
        assert_eq!(names(&event), [("a", 0), ("b", 1)]);
        assert!(event.marks.truncated);
    }

    #[test]
    fn a_value_takes_the_place_of_all_that_the_one_before_it_became() {
        let mut some = fields(&[(1, "a"), (2, "b")]);
        for name in ["a_x", "a_y"] {
            let mut of_a = fields(&[(UNNAMED, name)]);
            of_a.entries[0].of = 1;
            some.absorb(&of_a, 0, 1000);
        }
        some.replace(&fields(&[(9, "z"), (1, "a")]), 1000);
        assert_eq!(names(&some), [("b", 0), ("z", 0), ("a", 0)]);
        assert_eq!(some.text, fields(&[(2, "b"), (9, "z"), (1, "a")]).text);
        assert_eq!(some.name_and_value(&some.entries[1]), ("z", "1"));
    }

    #[test]
    fn a_value_without_room_leaves_no_older_one() {
        let mut some = fields(&[(1, "a"), (2, "b")]);
        some.replace(&fields(&[(1, "a")]), 10);
        assert_eq!(names(&some), [("b", 0)]);
        assert!(some.marks.truncated);
    }
}
