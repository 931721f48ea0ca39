//! What templates make that promtool 3.5 does not know, and where they end.

use std::sync::Arc;
use std::time::Duration;

use obs_promql::{Histogram, Labels, Sample, VectorElement};
use proptest::prelude::*;

use super::{Data, TemplateError, check, expand};

fn expanded(text: &str) -> Result<String, TemplateError> {
    of_value(text, &Sample::Float(1.5))
}

fn of_value(text: &str, value: &Sample) -> Result<String, TemplateError> {
    let labels: Labels = [("instance", "a:90"), ("job", "j")].into_iter().collect();
    let data = Data {
        alert: "A",
        labels: &labels,
        value,
        external_labels: &Labels::empty(),
        external_url: "http://testhost:9090/path/prefix",
        now: 1_353_755_652_000,
    };
    expand(text, &data, &|query| match query {
        "fails" => Err("no such series".to_owned()),
        "many" => {
            let element = VectorElement { labels: Labels::empty(), value: Sample::Float(1.0) };
            Ok(vec![element; 100_000])
        }
        _ => Ok(Vec::new()),
    })
}

#[test]
fn functions_of_prometheus_3_14_are_there() {
    for (text, expected) in [
        ("{{ now }}", "1.353755652e+09"),
        ("{{ (now | toTime).Format \"Mon Jan 2 15:04:05 2006\" }}", "Sat Nov 24 11:14:12 2012"),
        ("{{ toDuration 1800 }}", "30m0s"),
        ("{{ (\"1800\" | toDuration).String }}", "30m0s"),
        (
            "{{ (\"-30m\" | parseDuration | toDuration | (now | toTime).Add).UnixMilli }}",
            "1353753852000",
        ),
        ("{{ parseDuration \"-1h2m10ms\" | printf \"%0.2f\" }}", "-3720.01"),
        ("{{ urlQueryEscape \"a b&c\" }}", "a+b%26c"),
        ("{{ pathPrefix }} {{ externalURL }}", "/path/prefix http://testhost:9090/path/prefix"),
        ("{{ (toDuration 90.5).Seconds }} {{ (toDuration 90.5).Milliseconds }}", "90.5 90500"),
        ("{{ (toDuration 5400).Hours }} {{ (toDuration 90).Minutes }}", "1.5 1.5"),
    ] {
        assert_eq!(expanded(text), Ok(expected.to_owned()), "{text}");
    }
}

#[test]
fn histograms_are_values_too() {
    let histogram = Histogram { count: 3.0, sum: 10.0, ..Histogram::default() };
    let value = Sample::Histogram(Arc::new(histogram));
    let text = "{{ $value }} {{ $value.Count }} {{ .Value.Sum }} {{ printf \"%s\" $value }}";
    let expected = "{count:3, sum:10} 3 10 {count:3, sum:10}";
    assert_eq!(of_value(text, &value), Ok(expected.to_owned()));
}

#[test]
fn messages_are_those_of_prometheus() {
    for (text, message) in [
        (
            "{{ $value | humanise }}",
            "error parsing template __alert_A: template: __alert_A:1: function \"humanise\" not defined",
        ),
        (
            "{{ query \"fails\" }}",
            "error executing template __alert_A: template: __alert_A:1:115: executing \"__alert_A\" at \
             <query \"fails\">: error calling query: no such series",
        ),
        (
            "a\n{{ first (query \"none\") }}",
            "error executing template __alert_A: template: __alert_A:2:3: executing \"__alert_A\" at \
             <first (query \"none\")>: error calling first: first() called on vector with no elements",
        ),
    ] {
        assert_eq!(expanded(text).unwrap_err().to_string(), message);
    }
}

#[test]
fn an_error_knows_its_line() {
    assert_eq!(check("A", "one\ntwo {{ three }}").unwrap_err().line(), 2);
    assert_eq!(expanded("one\n\n{{ toUpper 1 }}").unwrap_err().line(), 3);
    let error = check("A", "{{ three }}").unwrap_err();
    assert_eq!(error.message(), "function \"three\" not defined");
}

/// Each would take for ever, or all the memory there is.
const BOMBS: &[&str] = &[
    "{{ range 9223372036854775807 }}{{ end }}",
    "{{ range 1000000 }}{{ range 1000000 }}x{{ end }}{{ end }}",
    "{{ range 1000000 }}0123456789{{ end }}",
    "{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" }}",
    "{{ define \"x\" }}{{ template \"y\" }}{{ template \"y\" }}{{ end }}{{ define \"y\" }}{{ template \"x\" }}{{ end }}\
     {{ template \"x\" }}",
    "{{ $x := \"x\" }}{{ range 100 }}{{ $x = print $x $x }}{{ end }}",
    "{{ $x := args 1 }}{{ range 1000 }}{{ $x = args $x $x }}{{ end }}{{ $x }}",
    "{{ $x := args 1 }}{{ range 30 }}{{ $x = args $x $x $x $x }}{{ end }}{{ printf \"%.0s\" $x }}",
    "{{ range 1000 }}{{ $x := printf \"%1000000d\" 1 }}{{ end }}",
    "{{ range 1000 }}{{ $x := printf \"%.1000000f\" 1.5 }}{{ end }}",
    "{{ printf \"%9999999d\" 1 }}",
    "{{ $x := printf \"%99999s\" \"a\" }}{{ reReplaceAll \" \" $x $x }}",
    "{{ $x := printf \"%99999s\" \"a\" }}{{ reReplaceAll \".*\" \"$0$0$0$0$0$0$0$0$0$0$0$0\" $x }}",
    "{{ range $i := 1000 }}{{ match (printf \"\\\\w{%d}\" $i) \"a\" }}{{ end }}",
    "{{ range 100000 }}{{ $x := query \"many\" }}{{ end }}",
    "{{ range 100000 }}{{ $x := query \"none\" }}{{ end }}",
    "{{ range query \"many\" }}{{ range query \"many\" }}{{ end }}{{ end }}",
    "{{ $x := printf \"%999999d\" 1 }}{{ range 1000000 }}{{ $y := html $x }}{{ end }}",
    "{{ $x := query \"many\" }}{{ range 1000000 }}{{ $y := sortByLabel \"l\" $x }}{{ end }}",
];

/// A debug build takes several times as long as a release, which is to take less than a second.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test of time")]
fn what_would_not_end_is_an_error_soon() {
    for bomb in BOMBS {
        let start = std::time::Instant::now();
        let error = expanded(bomb).expect_err(bomb);
        assert!(start.elapsed() < Duration::from_secs(3), "{bomb}: {error}");
        let text = error.to_string();
        let limits = ["longer than", "more than", "maximum template depth"];
        assert!(limits.iter().any(|limit| text.contains(limit)), "{bomb}: {text}");
        assert!(text.len() < 1000, "{bomb}: {} bytes", text.len());
    }
}

#[test]
fn depth_is_bounded() {
    for (open, close) in
        [("(", ")"), ("{{ if 1 }}", "{{ end }}"), ("{{ if 0 }}{{ else if 1 }}", "{{ end }}")]
    {
        let nested = |depth: usize| {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            if open.starts_with('(') {
                format!("{{{{ {open}1{close} }}}}")
            } else {
                format!("{open}1{close}")
            }
        };
        assert_eq!(expanded(&nested(45)), Ok("1".to_owned()), "{open}");
        for depth in [200, 100_000] {
            let error = expanded(&nested(depth)).expect_err(open);
            assert!(error.message().contains("max expression depth exceeded"), "{error}");
        }
    }
    let chain = format!("{{{{ if 0 }}}}{}{{{{ end }}}}", "{{ else if 0 }}".repeat(100_000));
    assert!(expanded(&chain).is_err());
}

#[test]
fn the_deepest_template_fits_a_small_stack() {
    // As deep as it gets on each level of templates that call each other.
    let inner =
        format!("{}{{{{ template \"x\" . }}}}{}", "{{ if 1 }}".repeat(90), "{{ end }}".repeat(90));
    let text = format!("{{{{ define \"x\" }}}}{inner}{{{{ end }}}}{{{{ template \"x\" 1 }}}}");
    let parens = format!("{{{{ {}1{} }}}}", "(print ".repeat(95), ")".repeat(95));
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        assert!(expanded(&text).unwrap_err().message().contains("maximum template depth"));
        assert_eq!(expanded(&parens), Ok("1".to_owned()));
    });
    thread.unwrap().join().unwrap();
}

/// Pieces of templates.
fn piece() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "{{",
        "}}",
        "{{-",
        "-}}",
        " ",
        "\n",
        "if",
        "else",
        "end",
        "range",
        "with",
        "define",
        "template",
        "block",
        "break",
        "continue",
        "$x",
        "$",
        ":=",
        "=",
        ",",
        "|",
        "(",
        ")",
        ".",
        ".a",
        "$labels",
        "$value",
        "\"x\"",
        "`",
        "'a'",
        "\"",
        "'",
        "1",
        "1.5",
        "1e9",
        "0x",
        "1i",
        "nil",
        "true",
        "print",
        "printf",
        "\"%5.3v%[1]*q\"",
        "index",
        "slice",
        "len",
        "args",
        "query",
        "first",
        "toTime",
        "Format",
        "and",
        "eq",
        "humanize",
        "title",
        "/*",
        "*/",
        "é",
        "\u{a0}",
        "\\",
    ];
    proptest::sample::select(WORDS).prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn nothing_panics(pieces in proptest::collection::vec(piece(), 0..40)) {
        let text = pieces.concat();
        let spaced = format!("{{{{ {} }}}}", pieces.join(" "));
        for text in [text, spaced] {
            let _ = expanded(&text);
        }
    }

    #[test]
    fn what_checks_is_read(pieces in proptest::collection::vec(piece(), 0..20)) {
        let text = format!("{{{{ {} }}}}", pieces.join(" "));
        let parse_failed = expanded(&text).is_err_and(|error| error.to_string().contains("error parsing"));
        prop_assert_eq!(check("A", &text).is_err(), parse_failed);
    }

    #[test]
    fn texts_without_actions_stay(text in "[^{]*") {
        prop_assert_eq!(expanded(&text), Ok(text));
    }
}
