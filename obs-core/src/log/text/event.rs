//! From the parts of a line in JSON to one of text.

use std::borrow::Cow;
use std::time::Duration;

use super::{TextLine, TextSpan, field, write};
use crate::log::line::Line;
use crate::log::span::SpanFields;

/// Fields with text of several lines, which stands below the line.
const DETAILS: &[&str] = &["error.stack_trace", "backtrace"];

/// Spans that are named, from the innermost on. What those around them say stands with `…`.
const MOST_SPANS: usize = 16;

/// Appends the text of an event, whose secrets are hidden already.
pub(crate) fn write_event(out: &mut Vec<u8>, line: &Line<'_>, colours: bool) {
    let message = plain(line.message);
    let mut names: Vec<_> = line
        .span
        .into_iter()
        .flat_map(SpanFields::chain)
        .map(|(span, _)| span.name)
        .take(MOST_SPANS + 1)
        .collect();
    if let Some(outer) = names.get_mut(MOST_SPANS) {
        *outer = "…";
    }
    // Of the event, then of the spans from the innermost on.
    let mut fields = vec![Vec::new(); names.len() + 1];
    let mut details = Vec::new();
    let mut error = Cow::default();
    let mut trace_id = None;
    // A record of the `log` crate has it among its fields.
    let mut target = Cow::Borrowed(line.target);
    let has_trace =
        line.fields.entries.iter().any(|entry| line.fields.name_and_value(entry).0 == "trace.id");
    for entry in &line.fields.entries {
        let (name, value) = line.fields.name_and_value(entry);
        let value = match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
            Some(text) => plain(text.as_bytes()),
            None => Cow::Borrowed(value),
        };
        match name {
            "trace.id" => trace_id = Some(value),
            "log.logger" => target = value,
            // The trace is enough for a person, and so is the target.
            "http.request.id" if has_trace => {}
            "span.id" | "log.origin.file.name" | "log.origin.file.line" => {}
            _ if DETAILS.contains(&name) => details.push(value),
            _ => {
                let level = usize::from(entry.level).min(names.len());
                field(&mut fields[level], name, &readable(name, &value), colours);
                if name == "error.message" {
                    error = value;
                }
            }
        }
    }
    for detail in &mut details {
        // The error itself is among the fields.
        let causes = detail.strip_prefix(&*error).and_then(|rest| rest.strip_prefix('\n'));
        if let Some(causes) = causes {
            *detail = Cow::Owned(causes.to_owned());
        }
    }
    let mut spans: Vec<_> =
        names.iter().zip(&fields[1..]).map(|(name, fields)| TextSpan { name, fields }).collect();
    spans.reverse();
    write(
        out,
        &TextLine {
            time: line.time,
            level: line.level,
            target: &target,
            message: &message,
            spans: &spans,
            fields: &fields[0],
            details: &details,
            trace_id: trace_id.as_deref(),
            colours,
        },
    );
}

/// Durations are nanoseconds by the schema, which few people read.
fn readable<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    match value.parse() {
        Ok(nanos) if name == "event.duration" => {
            Cow::Owned(format!("{:.1?}", Duration::from_nanos(nanos)))
        }
        _ => Cow::Borrowed(value),
    }
}

/// What the inside of a JSON string says.
fn plain(text: &[u8]) -> Cow<'_, str> {
    if !text.contains(&b'\\') {
        return String::from_utf8_lossy(text);
    }
    let quoted = [b"\"", text, b"\""].concat();
    serde_json::from_slice(&quoted).map_or_else(|_| String::from_utf8_lossy(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::UNIX_EPOCH;

    use tracing::Level;

    use super::*;
    use crate::log::fields::Fields;

    fn fields(of: &[(u32, &str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (id, key, value) in of {
            let start = fields.text.len();
            fields.text.extend_from_slice(format!(",\"{key}\":").as_bytes());
            let at = fields.text.len();
            fields.text.extend_from_slice(value.as_bytes());
            fields.push(*id, *id, start, at);
        }
        fields
    }

    fn text(message: &str, mut fields: Fields, span: Option<&Arc<SpanFields>>) -> String {
        if let Some(span) = span {
            span.add_to(&mut fields, 10_000);
        }
        let line = Line {
            level: Level::INFO,
            time: UNIX_EPOCH + Duration::from_secs(45_296),
            json: b"",
            message: message.as_bytes(),
            target: "shop",
            fields: &fields,
            span,
        };
        let mut out = Vec::new();
        write_event(&mut out, &line, false);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_stand_with_their_span() {
        let outer = fields(&[(1, "http.request.method", "\"GET\""), (2, "labels.id", "\"outer\"")]);
        let outer = SpanFields::begin("request", &outer, None);
        let inner = fields(&[(2, "labels.id", "\"inner\"")]);
        let inner = SpanFields::begin("query", &inner, Some(outer));
        let own =
            fields(&[(3, "numeric_labels.rows", "42"), (4, "labels.text", r#""a \"b\"\nc""#)]);
        assert_eq!(
            text(r#"said \"hi\""#, own, Some(&inner)),
            "12:34:56.000  INFO request{http.request.method=GET}:query{id=inner}: shop: said \"hi\" \
             rows=42 text=\"a \\\"b\\\"\\nc\"\n"
        );
    }

    #[test]
    fn causes_stand_below() {
        let of = fields(&[
            (1, "error.message", r#""no order""#),
            (2, "error.stack_trace", r#""no order\ncaused by: refused\ncaused by: \u001b[2J""#),
        ]);
        assert_eq!(
            text("failed", of, None),
            "12:34:56.000  INFO shop: failed error.message=\"no order\"\n    caused by: refused\n    \
             caused by: \\u{1b}[2J\n"
        );
    }

    #[test]
    fn the_trace_is_at_the_end_and_of_spans_the_names() {
        let own = fields(&[(1, "trace.id", "\"4bf9\""), (2, "span.id", "\"00f0\"")]);
        assert_eq!(text("a", own, None), "12:34:56.000  INFO shop: a trace.id=4bf9\n");
    }

    #[test]
    fn durations_are_readable_and_one_id_is_enough() {
        let of = fields(&[
            (1, "event.duration", "445833"),
            (2, "http.request.id", "\"7f\""),
            (3, "trace.id", "\"4bf9\""),
        ]);
        assert_eq!(
            text("a", of, None),
            "12:34:56.000  INFO shop: a event.duration=445.8µs trace.id=4bf9\n"
        );
        let of = fields(&[(2, "http.request.id", "\"7f\"")]);
        assert_eq!(text("a", of, None), "12:34:56.000  INFO shop: a http.request.id=7f\n");
    }

    #[test]
    fn a_record_of_the_log_crate_has_its_target_and_no_other_place() {
        let of = fields(&[
            (1, "log.logger", "\"hyper::client\""),
            (2, "log.origin.file.name", "\"client.rs\""),
            (3, "log.origin.file.line", "7"),
        ]);
        assert_eq!(text("a", of, None), "12:34:56.000  INFO hyper::client: a\n");
    }

    #[test]
    fn of_many_spans_the_innermost_are_named() {
        let mut span = None;
        for n in (0..300).rev() {
            let own = fields(&[(n, &format!("labels.n{n}"), "1")]);
            let own = if matches!(n, 0 | 299) { own } else { Fields::default() };
            span = Some(SpanFields::begin("s", &own, span));
        }
        let spans = "s:".repeat(MOST_SPANS - 1);
        assert_eq!(
            text("a", Fields::default(), span.as_ref()),
            format!("12:34:56.000  INFO …{{n299=1}}:{spans}s{{n0=1}}: shop: a\n")
        );
    }
}
