//! The fields that a line can have at top level.
//!
//! Their names and types are those of the Elastic Common Schema 8.11. The list is closed: a field of the
//! application that is not on it becomes `labels.…` or `numeric_labels.…`, so that an index keeps its
//! mapping and no field is a value in one line and an object in another.

/// The version of the schema that the lines follow, `ecs.version`.
pub const ECS_VERSION: &str = "8.11.0";

/// What a field's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EcsKind {
    /// A time in nanoseconds, RFC 3339 in UTC.
    Date,
    /// A string that is searched as a whole.
    Keyword,
    /// A string that is searched by its words.
    Text,
    /// An integer of 64 bits.
    Long,
    /// An IP address.
    Ip,
}

/// A double holds integers up to this exactly; greater ones are strings.
pub(crate) const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;

/// A field that a line can have at top level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EcsField {
    /// Its dotted name.
    pub name: &'static str,
    /// What its values are.
    pub kind: EcsKind,
    /// Whether an event or span may set it. The others are written by the layer alone, and a field
    /// of such a name is moved to `labels`.
    pub settable: bool,
}

/// All fields that a line can have at top level, besides `labels.*` (strings) and `numeric_labels.*`
/// (numbers).
///
/// ```
/// use obs_core::log::{EcsKind, ecs_fields};
///
/// let status = ecs_fields().iter().find(|f| f.name == "http.response.status_code").unwrap();
/// assert_eq!(status.kind, EcsKind::Long);
/// ```
#[must_use]
pub const fn ecs_fields() -> &'static [EcsField] {
    FIELDS
}

macro_rules! fields {
    ($($kind:ident $settable:literal { $($name:literal)* })*) => {
        &[$($(EcsField { name: $name, kind: EcsKind::$kind, settable: $settable },)*)*]
    };
}

const FIELDS: &[EcsField] = fields! {
    Date false { "@timestamp" }
    Keyword false {
        "log.level" "ecs.version" "service.name" "service.version" "service.environment"
        "service.node.name" "event.dataset" "log.logger" "log.origin.file.name"
    }
    Text false { "message" }
    Long false { "log.origin.file.line" }
    Keyword true {
        "trace.id" "span.id" "transaction.id"
        "event.action" "event.category" "event.code" "event.hash" "event.id" "event.kind" "event.module"
        "event.outcome" "event.provider" "event.reason" "event.reference" "event.type"
        "error.code" "error.id" "error.type"
        "http.request.id" "http.request.method" "http.request.mime_type" "http.request.referrer"
        "http.response.mime_type" "http.version"
        "url.domain" "url.fragment" "url.full" "url.original" "url.path" "url.query" "url.scheme"
        "url.username" "user_agent.original"
        "user.id" "user.name" "user.email" "user.domain" "user.target.id" "user.target.name"
        "client.address" "source.address" "server.address" "destination.address"
        "host.name" "container.id" "process.name" "process.thread.name"
        "network.protocol" "network.transport" "file.path" "organization.id" "rule.id" "rule.name"
    }
    Text true { "error.message" "error.stack_trace" }
    Long true {
        "event.duration" "event.sequence" "event.severity"
        "http.request.body.bytes" "http.request.bytes" "http.response.body.bytes"
        "http.response.bytes" "http.response.status_code"
        "url.port" "client.port" "source.port" "server.port" "destination.port"
        "process.pid" "process.thread.id" "file.size"
    }
    Ip true { "client.ip" "source.ip" "server.ip" "destination.ip" "host.ip" }
};

/// The number of a field of [`ecs_fields`].
///
/// # Panics
///
/// If there is none, at compile time where it is asked in a constant.
pub(crate) const fn number(name: &str) -> u32 {
    let mut i = 0;
    while i < FIELDS.len() {
        if equal(FIELDS[i].name, name) {
            #[expect(clippy::cast_possible_truncation, reason = "some hundred fields")]
            return i as u32;
        }
        i += 1;
    }
    panic!("no such field")
}

const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// The number and kind of a field that events may set.
pub(crate) fn settable(name: &str) -> Option<(u32, EcsKind)> {
    let field = FIELDS.iter().find(|field| field.name == name && field.settable)?;
    Some((number(field.name), field.kind))
}

#[expect(clippy::cast_possible_truncation, reason = "some hundred fields")]
pub(crate) const COUNT: u32 = FIELDS.len() as u32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_is_a_value_here_and_an_object_there() {
        let mut names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
        names.extend(["labels", "numeric_labels"]);
        for a in &names {
            for b in &names {
                assert!(!b.starts_with(&format!("{a}.")), "{a} is a part of {b}");
            }
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FIELDS.len() + 2, "a name stands twice");
    }
}
