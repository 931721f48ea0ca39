//! From the parts of a line in JSON to one of text.

use std::borrow::Cow;

use super::{TextLine, TextSpan, field, write};
use crate::log::line::Line;
use crate::log::span::SpanFields;

/// Fields with text of several lines, which stands below the line.
const DETAILS: &[&str] = &["error.stack_trace", "backtrace"];

/// Appends the text of an event, whose secrets are hidden already.
pub(crate) fn write_event(out: &mut Vec<u8>, line: &Line<'_>, colours: bool) {
    let message = plain(line.message);
    let chain = || line.span.into_iter().flat_map(SpanFields::chain);
    let depth = chain().count();
    // Of the event, then of the spans from the innermost on.
    let mut fields = vec![Vec::new(); depth + 1];
    let mut details = Vec::new();
    let mut error = Cow::default();
    let mut trace_id = None;
    for entry in &line.fields.entries {
        let (name, value) = line.fields.name_and_value(entry);
        let value = match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
            Some(text) => plain(text.as_bytes()),
            None => Cow::Borrowed(value),
        };
        match name {
            "trace.id" => trace_id = Some(value),
            // The trace is enough for a person.
            "span.id" => {}
            _ if DETAILS.contains(&name) => details.push(value),
            _ => {
                if let Some(fields) = fields.get_mut(usize::from(entry.level)) {
                    field(fields, name, &value, colours);
                }
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
    let mut spans: Vec<_> = chain()
        .zip(&fields[1..])
        .map(|((span, _), fields)| TextSpan { name: span.name, fields })
        .collect();
    spans.reverse();
    write(
        out,
        &TextLine {
            time: line.time,
            level: line.level,
            target: line.target,
            message: &message,
            spans: &spans,
            fields: &fields[0],
            details: &details,
            trace_id: trace_id.as_deref(),
            colours,
        },
    );
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
    use std::time::{Duration, UNIX_EPOCH};

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
        let outer = Arc::new(SpanFields::new("request", outer, None));
        let inner = fields(&[(2, "labels.id", "\"inner\"")]);
        let inner = Arc::new(SpanFields::new("query", inner, Some(outer)));
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
}
