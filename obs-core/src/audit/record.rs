//! An event as the beginning of its JSON line: everything but the chain.

use std::collections::HashSet;
use std::time::SystemTime;

use serde_json::Value;

use super::event::{Event, Outcome};
use crate::guard::Service;
use crate::log::ECS_VERSION;
use crate::log::clock::Stamp;
use crate::log::escape::escape;
use crate::trace::TraceContext;

/// What a record says beside its event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    pub(crate) now: SystemTime,
    pub(crate) id: u128,
    pub(crate) trace: Option<TraceContext>,
}

/// The fields that every record of a service has, as JSON.
#[derive(Clone, Debug)]
pub(crate) struct Origin(Vec<u8>);

impl Origin {
    pub(crate) fn new(service: &Service) -> Self {
        let mut json = Vec::new();
        member(&mut json, "ecs.version", ECS_VERSION);
        member(&mut json, "service.name", &service.name);
        for (name, value) in [
            ("service.version", &service.version),
            ("service.environment", &service.environment),
            ("service.node.name", &service.instance_id),
        ] {
            if let Some(value) = value {
                member(&mut json, name, value);
            }
        }
        member(&mut json, "event.kind", "event");
        member(&mut json, "event.dataset", &format!("{}.audit", service.name));
        Self(json)
    }
}

/// The line of `event` up to where the chain continues it: an object that is still open.
pub(crate) fn body(event: &Event, origin: &Origin, circumstances: Circumstances) -> Vec<u8> {
    let Circumstances { now, id, trace } = circumstances;
    let mut json = Vec::with_capacity(1024);
    json.extend_from_slice(b"{\"@timestamp\":\"");
    Stamp::default().write(&mut json, event.at.unwrap_or(now));
    json.push(b'"');
    let level = if event.outcome == Outcome::Failure { "warn" } else { "info" };
    member(&mut json, "log.level", level);
    member(&mut json, "message", event.message.as_ref().unwrap_or(&event.action));
    json.extend_from_slice(&origin.0);
    if let Some(category) = event.category {
        member(&mut json, "event.category", category.as_str());
    }
    member(&mut json, "event.action", &event.action);
    member(&mut json, "event.outcome", event.outcome.as_str());
    member(&mut json, "event.id", &format!("{id:032x}"));
    for (name, value) in [
        ("event.reason", &event.reason),
        ("user.id", &event.actor),
        ("user.target.id", &event.target_user),
    ] {
        if let Some(value) = value {
            member(&mut json, name, value);
        }
    }
    if let Some(ip) = event.client_ip {
        member(&mut json, "client.ip", &ip.to_string());
    }
    if let Some(trace) = trace {
        member(&mut json, "trace.id", &trace.trace_id.to_string());
        member(&mut json, "span.id", &trace.span_id.to_string());
    }
    fields(&mut json, &event.fields);
    json
}

/// Free fields, each under a key that no other has.
fn fields(json: &mut Vec<u8>, fields: &[(String, Value)]) {
    let mut taken = HashSet::new();
    for (name, value) in fields {
        let number = as_number(value);
        let namespace = if number.is_some() { "numeric_labels." } else { "labels." };
        let plain = format!("{namespace}{}", plain(name));
        let mut key = plain.clone();
        let mut next = 2_u64;
        while !taken.insert(key.clone()) {
            key = format!("{plain}_{next}");
            next += 1;
        }
        match number {
            Some(number) => {
                key_of(json, &key);
                json.extend_from_slice(number.as_bytes());
            }
            None => match value {
                Value::String(text) => member(json, &key, text),
                value => member(json, &key, &value.to_string()),
            },
        }
    }
}

/// The number that Elasticsearch takes; integers that it would round or refuse are texts.
fn as_number(value: &Value) -> Option<String> {
    const EXACT: i64 = 1 << 53;
    let number = value.as_number()?;
    match number.as_i64() {
        Some(whole) if (-EXACT..=EXACT).contains(&whole) => Some(number.to_string()),
        None if number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// A name that is no path and no pattern to Elasticsearch.
fn plain(name: &str) -> String {
    if name.is_empty() {
        return "_".to_owned();
    }
    name.replace(['.', '*', '\\'], "_")
}

fn key_of(json: &mut Vec<u8>, name: &str) {
    json.extend_from_slice(b",\"");
    escape(json, name);
    json.extend_from_slice(b"\":");
}

fn member(json: &mut Vec<u8>, name: &str, value: &str) {
    key_of(json, name);
    json.push(b'"');
    escape(json, value);
    json.push(b'"');
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::audit::Category;

    pub(crate) fn service() -> Service {
        Service {
            name: "shop".to_owned(),
            version: Some("1.2.0".to_owned()),
            environment: None,
            instance_id: None,
        }
    }

    fn line(event: &Event) -> String {
        let circumstances = Circumstances {
            now: SystemTime::UNIX_EPOCH + Duration::new(1_795_399_507, 120_000_001),
            id: 0xabc,
            trace: TraceContext::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                .ok(),
        };
        let mut line = body(event, &Origin::new(&service()), circumstances);
        line.push(b'}');
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn a_record_has_the_schema_s_fields_in_its_order() {
        let event = Event::new("order-refunded")
            .outcome(Outcome::Failure)
            .category(Category::Web)
            .reason("too late")
            .actor("u-17")
            .target("order", "o-1")
            .target_user("u-18")
            .client_ip([127, 0, 0, 1].into())
            .field("amount", 12.5);
        assert_eq!(
            line(&event),
            concat!(
                r#"{"@timestamp":"2026-11-23T02:05:07.120000001Z","log.level":"warn","#,
                r#""message":"order-refunded","ecs.version":"8.11.0","service.name":"shop","#,
                r#""service.version":"1.2.0","event.kind":"event","event.dataset":"shop.audit","#,
                r#""event.category":"web","event.action":"order-refunded","#,
                r#""event.outcome":"failure","event.id":"00000000000000000000000000000abc","#,
                r#""event.reason":"too late","user.id":"u-17","user.target.id":"u-18","#,
                r#""client.ip":"127.0.0.1","trace.id":"0af7651916cd43dd8448eb211c80319c","#,
                r#""span.id":"b7ad6b7169203331","labels.target_type":"order","#,
                r#""labels.target_id":"o-1","numeric_labels.amount":12.5}"#,
            )
        );
    }

    #[test]
    fn free_fields_have_one_type_each_and_a_key_of_their_own() {
        #[derive(serde::Serialize)]
        struct Item {
            id: u8,
        }
        let event = Event::new("a")
            .field("a.b", 1)
            .field("a_b", 2)
            .field("a*b", "text")
            .field("a_b_2", 3)
            .field("whole", u64::MAX)
            .field("item", Item { id: 1 })
            .field("nan", f64::NAN)
            .field("none", None::<u8>)
            .field("yes", true)
            .field("", "x");
        let line = line(&event);
        let fields = line.split_once(r#""span.id":"b7ad6b7169203331","#).unwrap().1;
        assert_eq!(
            fields,
            concat!(
                r#""numeric_labels.a_b":1,"numeric_labels.a_b_2":2,"labels.a_b":"text","#,
                r#""numeric_labels.a_b_2_2":3,"labels.whole":"18446744073709551615","#,
                r#""labels.item":"{\"id\":1}","labels.nan":"null","labels.none":"null","#,
                r#""labels.yes":"true","labels._":"x"}"#,
            )
        );
    }
}
