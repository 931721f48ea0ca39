//! Records as text that is the same in each run.

use std::collections::HashMap;

use serde_json::Value;

use crate::record::Record;

pub(crate) fn of(records: &[Record], timed: bool) -> String {
    let mut names = Names { timed, ids: HashMap::new() };
    let mut out = String::new();
    for record in records {
        let mut fields: Vec<_> = record.fields().filter(|(name, _)| !is_left_out(name)).collect();
        fields.sort_by_key(|(name, _)| (rank(name), *name));
        let fields = fields.into_iter().map(|(name, value)| {
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

const FIRST: [&str; 4] = ["@timestamp", "log.level", "message", "log.logger"];

/// The place of a field: the first ones as in a line, the others by name.
fn rank(name: &str) -> usize {
    FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len())
}

/// Whether a field tells more of a record than its title does.
pub(crate) fn tells(name: &str) -> bool {
    !is_left_out(name) && rank(name) == FIRST.len()
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
