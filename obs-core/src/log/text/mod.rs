//! A line of text for a person at a terminal.
//!
//! ```text
//! 12:34:56.789  INFO request{method=GET}:query{db=shop}: shop::orders: order placed order.id=42
//!     caused by: connection refused
//! ```
//!
//! Nothing that is logged can move the cursor, change colours or begin a line: control characters
//! are shown as escapes, and lines after the first are indented.

mod event;

use std::borrow::Cow;
use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tracing::Level;

pub(crate) use event::write_event;

use super::escape::is_hidden;

/// Before every line of an event but its first.
const INDENT: &str = "    ";

/// What one event has to show. Secrets are hidden before they come here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextLine<'a> {
    pub(crate) time: SystemTime,
    pub(crate) level: Level,
    pub(crate) target: &'a str,
    /// May have several lines.
    pub(crate) message: &'a str,
    /// From the root to the leaf.
    pub(crate) spans: &'a [TextSpan<'a>],
    /// What [`field`] wrote.
    pub(crate) fields: &'a [u8],
    /// What stands below the line: causes of an error, a backtrace. May have several lines each.
    pub(crate) details: &'a [Cow<'a, str>],
    pub(crate) trace_id: Option<&'a str>,
    pub(crate) colours: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TextSpan<'a> {
    pub(crate) name: &'a str,
    /// What [`field`] wrote, once for all events in the span.
    pub(crate) fields: &'a [u8],
}

/// Select Graphic Rendition: what a terminal is told about the text that follows.
#[derive(Clone, Copy)]
struct Style(&'static str);

const DIM: Style = Style("2");
const BOLD: Style = Style("1");
const ITALIC: Style = Style("3");
const RED: Style = Style("31");
const GREEN: Style = Style("32");
const YELLOW: Style = Style("33");
const BLUE: Style = Style("34");
const PURPLE: Style = Style("35");

/// Appends `line` with its line break.
pub(crate) fn write(out: &mut Vec<u8>, line: &TextLine<'_>) {
    let colours = line.colours;
    styled(out, DIM, colours, |out| write_time(out, line.time));
    out.push(b' ');
    let (level, style) = match line.level {
        Level::ERROR => ("ERROR", RED),
        Level::WARN => (" WARN", YELLOW),
        Level::INFO => (" INFO", GREEN),
        Level::DEBUG => ("DEBUG", BLUE),
        Level::TRACE => ("TRACE", PURPLE),
    };
    styled(out, style, colours, |out| out.extend_from_slice(level.as_bytes()));
    out.push(b' ');
    for span in line.spans {
        styled(out, BOLD, colours, |out| escape(out, span.name));
        if !span.fields.is_empty() {
            styled(out, BOLD, colours, |out| out.push(b'{'));
            out.extend_from_slice(span.fields);
            styled(out, BOLD, colours, |out| out.push(b'}'));
        }
        styled(out, DIM, colours, |out| out.push(b':'));
    }
    if !line.spans.is_empty() {
        out.push(b' ');
    }
    styled(out, DIM, colours, |out| {
        escape(out, line.target);
        out.push(b':');
    });
    if !line.message.is_empty() {
        out.push(b' ');
        lines(out, line.message);
    }
    if !line.fields.is_empty() {
        out.push(b' ');
        out.extend_from_slice(line.fields);
    }
    if let Some(trace_id) = line.trace_id {
        out.push(b' ');
        styled(out, DIM, colours, |out| {
            out.extend_from_slice(b"trace.id=");
            escape(out, trace_id);
        });
    }
    for detail in line.details {
        break_line(out);
        lines(out, detail.trim_end());
    }
    out.push(b'\n');
}

/// Appends a field as `name=value`, after a space if there is one before it in `out`. The value is
/// in quotes where one could not tell its end without.
pub(crate) fn field(out: &mut Vec<u8>, name: &str, value: &str, colours: bool) {
    if !out.is_empty() {
        out.push(b' ');
    }
    styled(out, ITALIC, colours, |out| escape(out, name));
    styled(out, DIM, colours, |out| out.push(b'='));
    let plain = |byte: u8| byte > b' ' && !matches!(byte, b'"' | b'=' | b'{' | b'}' | b'\\' | 0x7f);
    if !value.is_empty() && value.bytes().all(plain) {
        escape(out, value);
        return;
    }
    out.push(b'"');
    for (i, part) in value.split('"').enumerate() {
        if i > 0 {
            out.extend_from_slice(b"\\\"");
        }
        for (i, part) in part.split('\\').enumerate() {
            if i > 0 {
                out.extend_from_slice(b"\\\\");
            }
            escape(out, part);
        }
    }
    out.push(b'"');
}

fn styled(out: &mut Vec<u8>, style: Style, colours: bool, text: impl FnOnce(&mut Vec<u8>)) {
    if !colours {
        return text(out);
    }
    out.extend_from_slice(b"\x1b[");
    out.extend_from_slice(style.0.as_bytes());
    out.push(b'm');
    text(out);
    out.extend_from_slice(b"\x1b[0m");
}

fn break_line(out: &mut Vec<u8>) {
    out.push(b'\n');
    out.extend_from_slice(INDENT.as_bytes());
}

/// Text of one line or several, the later ones indented.
fn lines(out: &mut Vec<u8>, text: &str) {
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            break_line(out);
        }
        escape(out, line.strip_suffix('\r').unwrap_or(line));
    }
}

/// Text with what a terminal obeys, or what turns the reading direction, shown as an escape.
fn escape(out: &mut Vec<u8>, text: &str) {
    let mut done = 0;
    for (at, c) in text.char_indices().filter(|(_, c)| is_hidden(*c)) {
        out.extend_from_slice(&text.as_bytes()[done..at]);
        done = at + c.len_utf8();
        // Writing to a vector does not fail.
        let _ = write!(out, "{}", c.escape_default());
    }
    out.extend_from_slice(&text.as_bytes()[done..]);
}

/// Time of day in UTC, `12:34:56.789`.
fn write_time(out: &mut Vec<u8>, time: SystemTime) {
    const DAY: u64 = 24 * 60 * 60;
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_else(|before| {
        // A day has as many seconds before 1970.
        let before = before.duration();
        let days = Duration::from_secs((before.as_secs() / DAY + 1) * DAY);
        days.saturating_sub(before)
    });
    let (second, milli) = (since.as_secs() % DAY, since.subsec_millis());
    let (hour, minute) = (second / 3600, second / 60 % 60);
    let _ = write!(out, "{hour:02}:{minute:02}:{:02}.{milli:03}", second % 60);
}

/// Whether a terminal is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Colours {
    /// On a terminal.
    #[default]
    Auto,
    Always,
    Never,
}

impl Colours {
    /// What the variables `NO_COLOR`, `CLICOLOR_FORCE` and `TERM` say; the first one wins. An empty
    /// one says nothing.
    pub(crate) fn of_env(
        no_color: Option<&str>,
        clicolor_force: Option<&str>,
        term: Option<&str>,
    ) -> Self {
        match (no_color, clicolor_force, term) {
            (Some(_), _, _) => Self::Never,
            (_, Some(force), _) if force != "0" => Self::Always,
            (_, _, Some("dumb")) => Self::Never,
            _ => Self::Auto,
        }
    }

    pub(crate) const fn are_on(self, terminal: bool) -> bool {
        match self {
            Self::Auto => terminal,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: Duration = Duration::from_millis(1_700_000_000_789);

    fn line<'a>(message: &'a str) -> TextLine<'a> {
        TextLine {
            time: UNIX_EPOCH + NOON,
            level: Level::INFO,
            target: "shop::orders",
            message,
            spans: &[],
            fields: &[],
            details: &[],
            trace_id: None,
            colours: false,
        }
    }

    fn fields(fields: &[(&str, &str)], colours: bool) -> Vec<u8> {
        let mut out = Vec::new();
        fields.iter().for_each(|(name, value)| field(&mut out, name, value, colours));
        out
    }

    fn written(line: &TextLine<'_>) -> String {
        let mut out = Vec::new();
        write(&mut out, line);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_event_in_spans_with_everything() {
        let request = fields(&[("method", "GET"), ("path", "/a b")], false);
        let own = fields(&[("order.id", "42"), ("total", "12.5"), ("note", "")], false);
        let spans = [
            TextSpan { name: "request", fields: &request },
            TextSpan { name: "query", fields: &[] },
        ];
        let line = TextLine {
            level: Level::ERROR,
            spans: &spans,
            fields: &own,
            details: &["caused by: cannot query\n".into(), "0: main\n   at main.rs\n".into()],
            trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736"),
            ..line("order refused")
        };
        assert_eq!(
            written(&line),
            "22:13:20.789 ERROR request{method=GET path=\"/a b\"}:query: shop::orders: order refused \
             order.id=42 total=12.5 note=\"\" trace.id=4bf92f3577b34da6a3ce929d0e0e4736\n    \
             caused by: cannot query\n    0: main\n       at main.rs\n"
        );
    }

    #[test]
    fn the_same_in_colours() {
        let method = fields(&[("method", "GET")], true);
        let spans = [TextSpan { name: "request", fields: &method }];
        let line =
            TextLine { colours: true, spans: &spans, details: &["no".into()], ..line("hello") };
        assert_eq!(
            written(&line),
            "\x1b[2m22:13:20.789\x1b[0m \x1b[32m INFO\x1b[0m \x1b[1mrequest\x1b[0m\x1b[1m{\x1b[0m\
             \x1b[3mmethod\x1b[0m\x1b[2m=\x1b[0mGET\x1b[1m}\x1b[0m\x1b[2m:\x1b[0m \
             \x1b[2mshop::orders:\x1b[0m hello\n    no\n"
        );
    }

    #[test]
    fn plain_events() {
        for (level, message, text) in [
            (Level::WARN, "hello", "22:13:20.789  WARN shop::orders: hello\n"),
            (Level::TRACE, "", "22:13:20.789 TRACE shop::orders:\n"),
            (
                Level::DEBUG,
                "two\r\nlines\n",
                "22:13:20.789 DEBUG shop::orders: two\n    lines\n    \n",
            ),
            (Level::INFO, "a\rb\tc", "22:13:20.789  INFO shop::orders: a\\rb\\tc\n"),
            (
                Level::INFO,
                "\x1b[2J\u{9b}31m\u{7f}\u{202e}txt\u{2028}ü",
                "22:13:20.789  INFO shop::orders: \\u{1b}[2J\\u{9b}31m\\u{7f}\\u{202e}txt\\u{2028}ü\n",
            ),
        ] {
            assert_eq!(written(&TextLine { level, ..line(message) }), text);
        }
    }

    #[test]
    fn values_are_in_quotes_where_needed() {
        for (value, text) in [
            ("42", "a=42"),
            ("/a/b?c", "a=/a/b?c"),
            ("[1,2]", "a=[1,2]"),
            ("größe", "a=größe"),
            ("", "a=\"\""),
            ("a b", "a=\"a b\""),
            ("a=b", "a=\"a=b\""),
            ("say \"hi\"", "a=\"say \\\"hi\\\"\""),
            ("C:\\new", "a=\"C:\\\\new\""),
            ("a\nb", "a=\"a\\nb\""),
            ("\u{202e}x", "a=\\u{202e}x"),
            ("P { x: 1 }", "a=\"P { x: 1 }\""),
        ] {
            assert_eq!(String::from_utf8(fields(&[("a", value)], false)).unwrap(), text);
        }
    }

    #[test]
    fn times_of_day() {
        for (time, text) in [
            (UNIX_EPOCH, "00:00:00.000"),
            (UNIX_EPOCH + Duration::from_millis(86_399_999), "23:59:59.999"),
            (UNIX_EPOCH - Duration::from_millis(1), "23:59:59.999"),
            (UNIX_EPOCH - Duration::from_secs(86_400 * 3), "00:00:00.000"),
        ] {
            let mut out = Vec::new();
            write_time(&mut out, time);
            assert_eq!(String::from_utf8(out).unwrap(), text, "{time:?}");
        }
    }

    #[test]
    fn when_there_are_colours() {
        // (NO_COLOR, CLICOLOR_FORCE, TERM, on a terminal, elsewhere)
        for (no_color, force, term, terminal, elsewhere) in [
            (None, None, None, true, false),
            (None, None, Some("xterm-256color"), true, false),
            (None, None, Some("dumb"), false, false),
            (None, Some("0"), None, true, false),
            (None, Some("1"), Some("dumb"), true, true),
            (Some("1"), Some("1"), Some("xterm"), false, false),
            (Some("0"), None, None, false, false),
        ] {
            let colours = Colours::of_env(no_color, force, term);
            assert_eq!(colours.are_on(true), terminal, "{no_color:?} {force:?} {term:?}");
            assert_eq!(colours.are_on(false), elsewhere, "{no_color:?} {force:?} {term:?}");
        }
    }

    /// Text that is out to harm.
    fn any_text() -> impl Strategy<Value = String> {
        let harm = [
            "\n", "\r", "\r\n", "\x1b[31m", "\u{9b}2J", "\u{202e}", "\u{2028}", "\x08", "\"", "\\",
        ];
        let piece =
            prop_oneof![any::<String>(), prop::sample::select(harm.map(str::to_owned).to_vec())];
        prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn nothing_logged_controls_the_terminal_or_begins_a_line(
            texts in prop::collection::vec(any_text(), 8),
            colours: bool,
        ) {
            let span = fields(&[(&texts[0], &texts[1])], colours);
            let own = fields(&[(&texts[2], &texts[3]), (&texts[3], &texts[2])], colours);
            let text = written(&TextLine {
                target: &texts[4],
                spans: &[TextSpan { name: &texts[5], fields: &span }],
                fields: &own,
                details: &[texts[6].as_str().into(), texts[7].as_str().into()],
                trace_id: Some(&texts[0]),
                colours,
                ..line(&texts[7])
            });
            let body = text.strip_suffix('\n').unwrap();
            for later in body.split('\n').skip(1) {
                prop_assert!(later.starts_with(INDENT), "{:?}", text);
            }
            let mut plain = body.replace('\n', "");
            for style in [DIM, BOLD, ITALIC, RED, GREEN, YELLOW, BLUE, PURPLE, Style("0")] {
                plain = plain.replace(&format!("\x1b[{}m", style.0), "");
            }
            prop_assert!(!plain.contains(is_hidden), "{:?}", text);
            prop_assert!(colours || !text.contains('\x1b'), "{:?}", text);
        }

        #[test]
        fn a_value_can_be_told_from_what_follows(value in any_text()) {
            let text = String::from_utf8(fields(&[("a", &value), ("b", "1")], false)).unwrap();
            let value = text.strip_prefix("a=").and_then(|rest| rest.strip_suffix(" b=1")).unwrap();
            match value.strip_prefix('"') {
                None => prop_assert!(!value.contains([' ', '"', '=']), "{}", text),
                Some(quoted) => {
                    // The first mark that is not escaped is the last byte.
                    let mut chars = quoted.char_indices();
                    let close = std::iter::from_fn(|| match chars.next()? {
                        (_, '\\') => chars.next().map(|_| None),
                        (at, '"') => Some(Some(at)),
                        _ => Some(None),
                    });
                    prop_assert_eq!(close.flatten().next(), Some(quoted.len() - 1), "{}", text);
                }
            }
        }
    }
}
