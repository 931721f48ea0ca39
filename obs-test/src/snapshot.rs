//! Records as text that is the same in each run.

use std::collections::HashMap;

use serde_json::Value;

use crate::record::Record;

pub(crate) fn of(records: &[Record], timed: bool) -> String {
    let mut names = Names { timed, ids: HashMap::new() };
    let mut out = String::new();
    for record in records {
        let fields = record.fields().filter(|(name, _)| !is_left_out(name));
        let fields = fields.map(|(name, value)| {
            let value = names.stable(name, value).unwrap_or_else(|| value.clone());
            format!("{}:{value}", Value::from(name))
        });
        let fields: Vec<_> = fields.collect();
        out.push_str(&format!("{{{}}}\n", fields.join(",")));
    }
    out
}

fn is_left_out(name: &str) -> bool {
    matches!(name, "ecs.version" | "event.dataset")
        || name.starts_with("service.")
        || name.starts_with("log.origin.")
}

/// Whether a field tells more of a record than its title does.
pub(crate) fn tells(name: &str) -> bool {
    !is_left_out(name) && !matches!(name, "@timestamp" | "log.level" | "log.logger" | "message")
}

/// What stands for values that differ from run to run.
struct Names {
    timed: bool,
    /// By kind, the ids in the order in which they appeared.
    ids: HashMap<&'static str, Vec<Value>>,
}

impl Names {
    fn stable(&mut self, name: &str, value: &Value) -> Option<Value> {
        let kind = match name {
            "@timestamp" if self.timed => return None,
            "@timestamp" => return Some("<time>".into()),
            "event.duration" => return Some("<duration>".into()),
            "process.pid" => return Some("<pid>".into()),
            "process.thread.id" => return Some("<tid>".into()),
            "trace.id" => "trace",
            "span.id" => "span",
            "transaction.id" => "transaction",
            "http.request.id" => "request",
            _ => return None,
        };
        let ids = self.ids.entry(kind).or_default();
        let place = ids.iter().position(|id| id == value).unwrap_or_else(|| {
            ids.push(value.clone());
            ids.len() - 1
        });
        Some(format!("<{kind}-{}>", place + 1).into())
    }
}
