//! What is known of a callsite before its first event: everything but the values.

use std::collections::{HashMap, HashSet};
use std::io::Write as _;
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::{Level, Metadata};

use super::control::Control;
use super::escape::{escape, is_hidden};
use super::redact::Redactor;
use super::schema::{self, ECS_VERSION, EcsKind};
use super::target::is_within;
use crate::Service;

/// How the events of one callsite become lines.
pub(crate) struct Plan {
    pub(crate) level: Level,
    /// What stands between time and message: `","log.level":"info","message":"`.
    pub(crate) head: Vec<u8>,
    /// What stands after the message: `","ecs.version":"8.11.0",…`.
    pub(crate) tail: Vec<u8>,
    /// By the index of the field.
    pub(crate) slots: Vec<Slot>,
    pub(crate) control: Control,
    pub(crate) metadata: &'static Metadata<'static>,
}

/// Where a field goes.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) place: Place,
    /// Whether its values are not to be seen.
    pub(crate) hidden: bool,
    /// Where values go that do not fit `place`.
    pub(crate) label: Label,
}

#[derive(Debug)]
pub(crate) enum Place {
    Message,
    /// A field of the schema.
    Ecs {
        id: u32,
        kind: EcsKind,
        key: Vec<u8>,
    },
    /// An error: text, or a chain of causes.
    Error,
    Label,
    /// It is said elsewhere.
    Nowhere,
}

/// A field of the application's own, as text or as a number.
#[derive(Debug)]
pub(crate) struct Label {
    pub(crate) id: u32,
    pub(crate) name: String,
    /// `,"labels.name":`
    pub(crate) text: Vec<u8>,
    /// `,"numeric_labels.name":`
    pub(crate) number: Vec<u8>,
}

pub(crate) const ERROR_MESSAGE: u32 = schema::number("error.message");
pub(crate) const STACK_TRACE: u32 = schema::number("error.stack_trace");

/// Names of labels that lines have for reasons of their own.
pub(crate) const RESERVED: [&str; 4] = [TRUNCATED, SUPPRESSED, SAMPLE_RATE, REPEATED];
/// A value was cut, or a field did not fit.
pub(crate) const TRUNCATED: &str = "log_truncated";
/// Events of the callsite that its rate limit held back before this one.
pub(crate) const SUPPRESSED: &str = "log_suppressed";
/// How many events this one stands for.
pub(crate) const SAMPLE_RATE: &str = "log_sample_rate";
/// How often the line was repeated.
pub(crate) const REPEATED: &str = "log_repeated";

impl Plan {
    pub(crate) fn of_event(
        metadata: &'static Metadata<'static>,
        service: &ServiceText,
        redactor: &Redactor,
        control: Control,
    ) -> Self {
        let has_message = metadata.fields().field("message").is_some();
        let level = *metadata.level();
        let mut head = format!("\",\"log.level\":\"{}\"", level_name(level)).into_bytes();
        // The quote that ends the level, or the message, is the tail's.
        head.pop();
        if has_message {
            head.extend_from_slice(b"\",\"message\":\"");
        }
        let mut tail = service.0.clone();
        let mut slots = slots(metadata, redactor, true);
        if is_log_crate(metadata) {
            // Where the record comes from stands in its fields.
            for slot in &mut slots {
                slot.place_of_log_crate();
            }
        } else {
            quoted(&mut tail, "log.logger", metadata.target());
        }
        if is_panic(metadata) {
            for slot in &mut slots {
                slot.place_of_panic();
            }
        } else if service.1
            && !is_ours(metadata)
            && let Some(file) = metadata.file()
        {
            quoted(&mut tail, "log.origin.file.name", short_path(file));
            if let Some(line) = metadata.line() {
                // Writing to a vector does not fail.
                let _ = write!(tail, ",\"log.origin.file.line\":{line}");
            }
        }
        Self { level, head, tail, slots, control, metadata }
    }

    pub(crate) fn of_span(metadata: &'static Metadata<'static>, redactor: &Redactor) -> Self {
        Self {
            level: *metadata.level(),
            head: Vec::new(),
            tail: Vec::new(),
            slots: slots(metadata, redactor, false),
            control: Control::default(),
            metadata,
        }
    }
}

/// What all lines of a service say of it, and whether they say where in the source they come from.
#[derive(Clone, Debug)]
pub(crate) struct ServiceText(Vec<u8>, bool);

impl ServiceText {
    pub(crate) fn new(service: &Service, origin: bool) -> Self {
        let mut text = format!("\",\"ecs.version\":\"{ECS_VERSION}\"").into_bytes();
        quoted(&mut text, "service.name", &service.name);
        for (name, value) in [
            ("service.version", &service.version),
            ("service.environment", &service.environment),
            ("service.node.name", &service.instance_id),
        ] {
            if let Some(value) = value {
                quoted(&mut text, name, value);
            }
        }
        quoted(&mut text, "event.dataset", &service.name);
        Self(text, origin)
    }

    /// The text alone, from the quote that ends the message on.
    pub(crate) fn text(&self) -> &[u8] {
        &self.0
    }
}

pub(crate) const fn level_name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// Appends `,"name":"value"`.
pub(crate) fn quoted(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":\"");
    escape(out, value);
    out.push(b'"');
}

fn slots(
    metadata: &'static Metadata<'static>,
    redactor: &Redactor,
    has_message: bool,
) -> Vec<Slot> {
    let fields = metadata.fields();
    let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
    let mut taken: HashSet<String> = RESERVED.iter().map(|name| (*name).to_owned()).collect();
    let mut used: HashSet<u32> = HashSet::new();
    let mut messages = 0;
    let mut slots = Vec::with_capacity(names.len());
    for name in &names {
        let name = name.strip_prefix("r#").unwrap_or(name);
        let place = if has_message && name == "message" && messages == 0 {
            messages += 1;
            Place::Message
        } else if let Some((id, kind)) = schema::settable(name)
            && used.insert(id)
        {
            Place::Ecs { id, kind, key: format!(",\"{name}\":").into_bytes() }
        } else if matches!(name, "error" | "err")
            && !["error.message", "error.stack_trace"].iter().any(|field| names.contains(field))
            && used.insert(ERROR_MESSAGE)
        {
            Place::Error
        } else {
            Place::Label
        };
        slots.push(Slot {
            hidden: !matches!(place, Place::Message) && redactor.hides(name),
            place,
            label: Label::new(unique(&sanitized(name), &mut taken)),
        });
    }
    slots
}

fn unique(name: &str, taken: &mut HashSet<String>) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{name}_{number}");
        number += 1;
    }
    candidate
}

/// `name` as the last part of a key: dots would make an object of it.
pub(crate) fn sanitized(name: &str) -> String {
    const CHARACTERS: usize = 128;
    let good = |c: char| match c {
        '.' | '*' | '\\' | '"' => '_',
        c if c.is_whitespace() || is_hidden(c) => '_',
        c => c,
    };
    let name: String = name.chars().take(CHARACTERS).map(good).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

/// Whether this is the event of our panic hook, which brings the place of the panic.
fn is_panic(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "panic" && metadata.module_path() == Some("obs_core::panic")
}

/// Whether this is an event of our own crates: where in them it was made is of no use to anybody.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    let module = metadata.module_path().unwrap_or_default();
    ["obs_core", "obs_axum"].iter().any(|ours| is_within(module, ours))
}

/// A file of a dependency without the place of the registry on the machine that built it.
fn short_path(file: &str) -> &str {
    let source = file.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/'));
    source.map_or(file, |(_, file)| file)
}

impl Slot {
    fn place_of_panic(&mut self) {
        let (id, kind, key) = match self.label.name.as_str() {
            "log_origin_file_name" => (ORIGIN_FILE, EcsKind::Keyword, ",\"log.origin.file.name\":"),
            "log_origin_file_line" => (ORIGIN_LINE, EcsKind::Long, ",\"log.origin.file.line\":"),
            _ => return,
        };
        self.place = Place::Ecs { id, kind, key: key.into() };
    }

    /// The field that strings go to, and its key.
    pub(crate) fn text(&self) -> (u32, &[u8]) {
        match &self.place {
            Place::Ecs { id, kind: EcsKind::Keyword | EcsKind::Text, key } => (*id, key),
            Place::Error => (ERROR_MESSAGE, b",\"error.message\":"),
            _ => (self.label.id, &self.label.text),
        }
    }

    fn place_of_log_crate(&mut self) {
        let (id, kind, key) = match self.label.name.as_str() {
            "log_target" => (LOGGER, EcsKind::Keyword, ",\"log.logger\":"),
            "log_file" => (ORIGIN_FILE, EcsKind::Keyword, ",\"log.origin.file.name\":"),
            "log_line" => (ORIGIN_LINE, EcsKind::Long, ",\"log.origin.file.line\":"),
            "log_module_path" => {
                self.place = Place::Nowhere;
                return;
            }
            _ => return,
        };
        self.place = Place::Ecs { id, kind, key: key.into() };
    }
}

const LOGGER: u32 = schema::number("log.logger");
const ORIGIN_FILE: u32 = schema::number("log.origin.file.name");
const ORIGIN_LINE: u32 = schema::number("log.origin.file.line");

impl Place {
    /// Whether numbers that are no integers go to `numeric_labels`.
    pub(crate) const fn is_number(&self) -> bool {
        !matches!(self, Self::Message | Self::Ecs { kind: EcsKind::Keyword | EcsKind::Text, .. })
    }
}

impl Label {
    fn new(name: String) -> Self {
        Self {
            id: intern(&name),
            text: format!(",\"labels.{name}\":").into_bytes(),
            number: format!(",\"numeric_labels.{name}\":").into_bytes(),
            name,
        }
    }
}

/// The number of a label's name, above those of the schema: the same for all layers of the process.
///
/// It grows with the callsites of the program, not with what clients send.
fn intern(name: &str) -> u32 {
    static NAMES: OnceLock<Mutex<HashMap<String, u32>>> = OnceLock::new();
    let mut names =
        NAMES.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(id) = names.get(name) {
        return *id;
    }
    let id = u32::try_from(names.len()).unwrap_or(0) + schema::COUNT;
    names.insert(name.to_owned(), id);
    id
}

/// Whether the events of this callsite are records of the `log` crate, bridged by `tracing-log`.
pub(crate) fn is_log_crate(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "log" && metadata.fields().field(LOG_TARGET).is_some()
}

/// The field that has the target of a record of the `log` crate.
pub(crate) const LOG_TARGET: &str = "log.target";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_be_one_are_two() {
        let mut taken = HashSet::new();
        let names: Vec<_> = ["a.b", "a_b", "a b", "a\u{2028}b", "", "*"]
            .iter()
            .map(|name| unique(&sanitized(name), &mut taken))
            .collect();
        assert_eq!(names, ["a_b", "a_b_2", "a_b_3", "a_b_4", "_", "__2"]);
    }

    #[test]
    fn a_file_of_a_dependency_is_named_by_the_dependency() {
        for (file, want) in [
            ("src/main.rs", "src/main.rs"),
            ("/home/ada/.cargo/registry/src/index-1/tower-0.5.3/src/a.rs", "tower-0.5.3/src/a.rs"),
            ("/shop/registry/src/main.rs", "/shop/registry/src/main.rs"),
        ] {
            assert_eq!(short_path(file), want);
        }
    }
}
