//! Whatever a service logs: each line is one object, keys are unique, types are stable.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use obs_core::log::{EcsKind, EcsLayer, ecs_fields, json};
use proptest::prelude::*;
use serde_json::{Map, Value};
use tracing::callsite::{Callsite, Identifier};
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Span};
use tracing_subscriber::prelude::*;

#[path = "support/unique.rs"]
mod unique;

/// A callsite as the macros make them, of names that no macro takes. It lives as long as the process.
struct Leaked(std::sync::OnceLock<Metadata<'static>>);

impl Callsite for Leaked {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.0.get().expect("set where it is made")
    }
}

fn callsite(kind: Kind, names: &[String]) -> &'static Metadata<'static> {
    let names: Vec<&'static str> = names.iter().map(|name| &*name.clone().leak()).collect();
    let callsite: &'static Leaked = Box::leak(Box::new(Leaked(std::sync::OnceLock::new())));
    let fields = FieldSet::new(names.leak(), Identifier(callsite));
    let metadata =
        Metadata::new("any", "any", Level::INFO, Some("any.rs"), Some(1), None, fields, kind);
    callsite.0.get_or_init(|| metadata)
}

#[derive(Clone, Debug)]
enum Any {
    Str(String),
    Debug(String),
    Bytes(Vec<u8>),
    I64(i64),
    U64(u64),
    U128(u128),
    F64(f64),
    Bool(bool),
    Json(Value),
}

fn any_key() -> impl Strategy<Value = String> {
    let known = ecs_fields().iter().map(|field| field.name.to_owned());
    let hard = [
        "message",
        "error",
        "err",
        "level",
        "labels",
        "labels.a",
        "log.target",
        "a",
        "a.b",
        "a_b",
        "",
    ];
    let known: Vec<String> = known.chain(hard.map(str::to_owned)).collect();
    // Names that come to meet once dots are gone and paths are joined.
    let near = prop::sample::select(vec!["a", "b", "a.b", "a_b", "b_a", "a_a", "a_a_b"]);
    prop_oneof![
        2 => prop::sample::select(known),
        3 => near.prop_map(str::to_owned),
        1 => any_text(),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    let hard = ['"', '\\', '\n', '\0', '\x1b', '\u{85}', '\u{2028}', '\u{202e}', '.', '_', '🦀'];
    let char = prop_oneof![
        any::<char>(),
        prop::sample::select(hard.to_vec()),
        prop::char::range('a', 'c')
    ];
    prop::collection::vec(char, 0..12).prop_map(|chars| chars.into_iter().collect())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(12, 200, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((any_key(), inner), 0..8)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn any_value() -> impl Strategy<Value = Any> {
    prop_oneof![
        any_text().prop_map(Any::Str),
        any_text().prop_map(Any::Debug),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Any::Bytes),
        any::<i64>().prop_map(Any::I64),
        any::<u64>().prop_map(Any::U64),
        any::<u128>().prop_map(Any::U128),
        any::<f64>().prop_map(Any::F64),
        any::<bool>().prop_map(Any::Bool),
        any_json().prop_map(Any::Json),
    ]
}

type Pair = (String, Any);

fn any_fields() -> impl Strategy<Value = Vec<Pair>> {
    prop::collection::vec((any_key(), any_value()), 4)
}

fn with_values<T>(
    metadata: &'static Metadata<'static>,
    pairs: &[Pair],
    then: impl FnOnce(&tracing::field::ValueSet<'_>) -> T,
) -> T {
    type Boxed<'a> = Box<dyn tracing::field::Value + 'a>;
    let values: Vec<Boxed<'_>> = pairs
        .iter()
        .map(|(_, value)| -> Boxed<'_> {
            match value {
                Any::Str(value) => Box::new(value.as_str()),
                Any::Debug(value) => Box::new(tracing::field::debug(value)),
                Any::Bytes(value) => Box::new(value.as_slice()),
                Any::I64(value) => Box::new(*value),
                Any::U64(value) => Box::new(*value),
                Any::U128(value) => Box::new(*value),
                Any::F64(value) => Box::new(*value),
                Any::Bool(value) => Box::new(*value),
                Any::Json(value) => Box::new(json(value)),
            }
        })
        .collect();
    let fields: Vec<_> = metadata.fields().iter().collect();
    let at = |i: usize| (&fields[i], Some(&*values[i] as &dyn tracing::field::Value));
    then(&metadata.fields().value_set(&[at(0), at(1), at(2), at(3)]))
}

fn check_types(line: &Map<String, Value>) -> Result<(), TestCaseError> {
    let kinds: BTreeMap<&str, EcsKind> =
        ecs_fields().iter().map(|field| (field.name, field.kind)).collect();
    for (key, value) in line {
        let one_or_all = |good: fn(&Value) -> bool| match value {
            Value::Array(items) => items.iter().all(good),
            value => good(value),
        };
        let good = if let Some(name) = key.strip_prefix("labels.") {
            !name.contains('.') && one_or_all(Value::is_string)
        } else if let Some(name) = key.strip_prefix("numeric_labels.") {
            !name.contains('.') && one_or_all(Value::is_number)
        } else {
            match kinds.get(key.as_str()) {
                None => false,
                Some(EcsKind::Long) => value.is_i64() || value.is_u64() && value.as_i64().is_some(),
                Some(EcsKind::Ip) => {
                    value.as_str().is_some_and(|ip| ip.parse::<std::net::IpAddr>().is_ok())
                }
                Some(EcsKind::Date | EcsKind::Text) => value.is_string(),
                Some(_) => one_or_all(Value::is_string),
            }
        };
        prop_assert!(good, "{key}: {value}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_line_is_one_object_of_unique_keys_and_stable_types(
        outer in any_fields(),
        inner in any_fields(),
        recorded in any_fields(),
        event in any_fields(),
        limit in prop::sample::select(vec![600_usize, 2000, 16_000]),
    ) {
        let lines = Arc::new(Mutex::new(Vec::<String>::new()));
        let to = lines.clone();
        let layer = EcsLayer::builder("any").line_limit(limit).build(move |_, line| {
            to.lock().unwrap().push(String::from_utf8(line.to_vec()).unwrap());
        });
        let names = |pairs: &[Pair]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let span = |pairs: &[Pair]| {
                let metadata = callsite(Kind::SPAN, &names(pairs));
                (metadata, with_values(metadata, pairs, |values| Span::new(metadata, values)))
            };
            let (metadata, outer) = span(&outer);
            let _outer = outer.entered();
            let _inner = span(&inner).1.entered();
            with_values(metadata, &recorded, |values| _outer.record_all(values));
            let metadata = callsite(Kind::EVENT, &names(&event));
            with_values(metadata, &event, |values| Event::dispatch(metadata, values));
        });
        let lines = lines.lock().unwrap();
        prop_assert_eq!(lines.len(), 1);
        let line = lines[0].strip_suffix('\n').unwrap();
        prop_assert!(line.len() < limit, "{}", line.len());
        prop_assert!(!line.contains(char::is_control), "{:?}", line);
        let start = r#"{"@timestamp":""#;
        prop_assert!(line.starts_with(start), "{}", line);
        let object = unique::object(line);
        check_types(&object)?;
        prop_assert_eq!(&object["log.level"], "info");
        prop_assert_eq!(&object["log.logger"], "any");
    }
}
