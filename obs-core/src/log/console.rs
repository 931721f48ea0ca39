//! A line as text for people, from its parts.

use std::borrow::Cow;

use super::line::Line;
use super::text::{self, TextLine, TextSpan};

/// Appends `line` as text, with its line break.
pub(super) fn write(out: &mut Vec<u8>, line: &Line<'_>, colours: bool) {
    let mut fields = Vec::new();
    let mut trace_id = None;
    let mut stack = None;
    let spans: Vec<_> = line.span.map(|span| span.chain().collect()).unwrap_or_default();
    let mut of_spans = vec![Vec::new(); spans.len()];
    for entry in &line.fields.entries {
        let (name, value) = line.fields.name_and_value(entry);
        let value = unquoted(value);
        match (name, entry.level) {
            ("trace.id", _) => trace_id = Some(value),
            // One of the two is enough for a person.
            ("span.id", _) => {}
            ("error.stack_trace", 0) => stack = Some(value),
            (_, 0) => text::field(&mut fields, name, &value, colours),
            (_, level) => {
                let of_span = spans.iter().position(|(_, of_span)| *of_span == level);
                if let Some(of_span) = of_span.and_then(|at| of_spans.get_mut(at)) {
                    text::field(of_span, name, &value, colours);
                }
            }
        }
    }
    let spans = spans.iter().zip(&of_spans).rev();
    let spans: Vec<_> =
        spans.map(|((span, _), fields)| TextSpan { name: span.name, fields }).collect();
    // The first of a chain is in `error.message`.
    let mut causes = stack.as_deref().unwrap_or_default().split("\ncaused by: ");
    let first = causes.next().unwrap_or_default();
    let causes: Vec<_> = causes.collect();
    let message = [b"\"".as_slice(), line.message, b"\""].concat();
    let message = String::from_utf8_lossy(&message);
    text::write(
        out,
        &TextLine {
            time: line.time,
            level: line.level,
            target: line.target,
            message: &unquoted(&message),
            spans: &spans,
            fields: &fields,
            causes: &causes,
            backtrace: (causes.is_empty() && first.contains('\n')).then_some(first),
            trace_id: trace_id.as_deref(),
            colours,
        },
    );
}

/// The text of a JSON string; any other value as it is.
fn unquoted(json: &str) -> Cow<'_, str> {
    let inside = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inside {
        Some(inside) if !inside.contains('\\') => Cow::Borrowed(inside),
        Some(_) => match serde_json::from_str(json) {
            Ok(text) => Cow::Owned(text),
            Err(_) => Cow::Borrowed(json),
        },
        None => Cow::Borrowed(json),
    }
}
