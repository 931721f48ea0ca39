use super::*;

#[test]
fn patterns_match_as_in_go() {
    // (pattern, texts that match, texts that do not)
    let table: &[(&str, &[&str], &[&str])] = &[
        ("", &[""], &["a"]),
        ("foo", &["foo"], &["", "fo", "fooo", "xfoo"]),
        ("a|b|c", &["a", "b", "c"], &["", "d", "ab"]),
        ("(a|b)", &["a", "b"], &["", "ab"]),
        ("x-(a|b)-(c|)", &["x-a-c", "x-b-"], &["x-a", "x-c-c"]),
        ("a|", &["a", ""], &["b"]),
        (".*", &["", "a", "a\nb"], &[]),
        (".+", &["a", "\n"], &[""]),
        ("foo.*", &["foo", "foobar"], &["fo", "xfoo"]),
        (".*foo", &["foo", "xfoo"], &["foox"]),
        (".*a.*b.*", &["ab", "xaybz"], &["ba", "a", "b"]),
        (".+a.+", &["xay", "äaö"], &["a", "xa", "ay"]),
        ("a.*a", &["aa", "aba"], &["a"]),
        ("..+a", &["xxa", "äöa"], &["xa"]),
        ("5..", &["500", "5öä"], &["50", "5000", "400"]),
        ("4..|5..", &["404", "503"], &["200"]),
        ("a.b.*", &["axb", "axbc"], &["ab"]),
        ("^foo$", &["foo"], &["foo\n"]),
        ("(?:^foo.*$)", &["foo", "foox"], &["xfoo"]),
        ("a^b", &[], &["ab"]),
        ("fo?o", &["fo", "foo"], &["f"]),
        ("(?i)foo|BAR", &["FOO", "bar", "foo"], &["baz"]),
        ("a(?i)b", &["ab", "aB"], &["Ab"]),
        ("(a(?i)b)c", &["aBc"], &["aBC"]),
        ("a(?i)*", &["", "aa"], &["A"]),
        ("(?-s).", &["a"], &["\n"]),
        ("(?m)a$\nb", &["a\nb"], &["ab"]),
        ("\\Aa\\z", &["a"], &["b"]),
        ("\\Qa.b\\E+", &["a.b", "a.bb"], &["axb", "a.ba.b"]),
        ("\\d\\w\\s", &["1a ", "9_\t"], &["٣a ", "1ä "]),
        ("\\W", &["ä", "-"], &["a"]),
        ("[^\\D]", &["1"], &["a"]),
        ("\\bä", &[], &["ä"]),
        ("a\\b.*", &["a", "a b"], &["ab"]),
        ("a\\B.", &["ab"], &["a "]),
        ("\\pN+", &["12"], &["a"]),
        ("\\p{^Greek}", &["a"], &["α"]),
        ("[\\p{Greek}x]+", &["αx"], &["a"]),
        ("[]a]", &["]", "a"], &["b"]),
        ("[^]a]", &["b"], &["]", "a"]),
        ("[a-]", &["a", "-"], &["b"]),
        ("[a&&b]", &["a", "&", "b"], &["c"]),
        ("[[:alpha:][:^word:]]", &["a", "-"], &["1"]),
        ("[[a]", &["[", "a"], &["b"]),
        ("\\101\\x42\\x{43}\\0", &["ABC\0"], &["ABC"]),
        ("a{2}", &["aa"], &["a", "aaa"]),
        ("a{2,}", &["aa", "aaa"], &["a"]),
        ("a{,2}", &["a{,2}"], &["a", "aa"]),
        ("a{01}", &["a{01}"], &["a"]),
        ("{", &["{"], &[]),
        ("a{1000}", &[], &["a"]),
        ("(?U)a+", &["aaa"], &[""]),
        ("(?P<x>a)(?P<x>b)", &["ab"], &["a"]),
        ("(?<1x>a)", &["a"], &["b"]),
        ("a#b c", &["a#b c"], &["a"]),
        ("\\x{d800}", &[], &["\u{fffd}"]),
    ];
    for (pattern, good, bad) in table {
        let text = Text::from(*pattern);
        let quick = Pattern::new(&text).unwrap_or_else(|error| panic!("{pattern:?}: {error}"));
        // What is decided without an automaton is what the automaton says.
        let slow = Groups::new(&text).unwrap();
        for (texts, want) in [(good, true), (bad, false)] {
            for text in *texts {
                assert_eq!(quick.is_match(text), want, "{pattern:?} on {text:?}");
                assert_eq!(slow.captures(text).is_some(), want, "{pattern:?} on {text:?}, slow");
            }
        }
    }
}

#[test]
fn errors_are_those_of_go() {
    for (pattern, message) in [
        ("(", "missing closing ): `(`"),
        (")", "unexpected ): `)`"),
        ("a)b", "unexpected ): `a)b`"),
        ("[a", "missing closing ]: `[a`"),
        ("x[a-\\d]", "invalid escape sequence: `\\d`"),
        ("[b-a]", "invalid character class range: `b-a`"),
        ("[[:x:]]", "invalid character class range: `[:x:]`"),
        ("*", "missing argument to repetition operator: `*`"),
        ("a|+b", "missing argument to repetition operator: `+`"),
        ("(?i)*", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"),
        ("a{2}+?", "invalid nested repetition operator: `{2}+?`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{3,2}", "invalid repeat count: `{3,2}`"),
        ("((a{10}){10}){11}", "invalid repeat count: `{11}`"),
        ("a{99999999999}", "invalid repeat count: `{99999999999}`"),
        ("\\", "trailing backslash at end of expression: ``"),
        ("\\C", "invalid escape sequence: `\\C`"),
        ("\\Z", "invalid escape sequence: `\\Z`"),
        ("\\1", "invalid escape sequence: `\\1`"),
        ("\\8", "invalid escape sequence: `\\8`"),
        ("\\xz", "invalid escape sequence: `\\xz`"),
        ("\\x{110000}", "invalid escape sequence: `\\x{110000`"),
        ("\\pX", "invalid character class range: `\\pX`"),
        ("\\p{Klingon}", "invalid character class range: `\\p{Klingon}`"),
        ("\\p{", "invalid character class range: `\\p{`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
        ("(?i-)", "invalid or unsupported Perl syntax: `(?i-)`"),
        ("(?x)", "invalid or unsupported Perl syntax: `(?x`"),
        ("(?P<>a)", "invalid named capture: `(?P<>`"),
        ("(?P<a", "invalid named capture: `(?P<a`"),
        ("(?<a b>c)", "invalid named capture: `(?<a b>`"),
    ] {
        let found = Pattern::new(&Text::from(pattern)).map(|_| ()).unwrap_err().to_string();
        assert_eq!(found, format!("error parsing regexp: {message}"), "{pattern:?}");
    }
    let invalid = Pattern::new(&Text::from(vec![b'a', 0xff])).map(|_| ()).unwrap_err().to_string();
    assert!(invalid.starts_with("error parsing regexp: invalid UTF-8"), "{invalid}");
}

#[test]
fn common_patterns_need_no_automaton() {
    for pattern in ["a", "a|b", "(a|b)", "a.*", ".+", ".*a.*", "5..", "^a(b|c)$", "a\\.b:80"] {
        let pattern = Pattern::new(&Text::from(pattern)).unwrap();
        assert!(matches!(pattern.0, Kind::Plain(_)), "{pattern:?}");
    }
}

#[test]
fn hostile_patterns_are_refused_or_cheap() {
    let deep = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
    let error = Pattern::new(&Text::from(deep)).map(|_| ()).unwrap_err().to_string();
    assert!(error.starts_with("error parsing regexp: expression nests too deeply"), "{error}");
    let large = "(\\pL\\pN){400}[^\\pL]{500}x*";
    let error = Pattern::new(&Text::from(large)).map(|_| ()).unwrap_err().to_string();
    assert!(error.starts_with("error parsing regexp: expression too large"), "{error}");
    // Wide, but a list of texts.
    let wide = (0..50_000).map(|n| format!("pod-{n}")).collect::<Vec<_>>().join("|");
    let wide = Pattern::new(&Text::from(wide)).unwrap();
    assert!(wide.is_match("pod-49999") && !wide.is_match("pod-50000"));
    // What would double with each group is left to the automaton.
    let doubling = Pattern::new(&Text::from("(a|b)".repeat(40))).unwrap();
    assert!(doubling.is_match(&"ab".repeat(20)));
}

#[test]
fn groups_are_read_between_anchors() {
    let matches = |pattern: &str, text: &str| {
        Groups::new(&Text::from(pattern)).map(|groups| groups.captures(text).is_some()).ok()
    };
    assert_eq!(matches("a)|(b", "ax"), Some(true));
    assert_eq!(matches("a)|(b", "xa"), Some(false));
    assert_eq!(matches("\\Qa", "a"), None);
    assert!(Pattern::new(&Text::from("\\Qa.")).unwrap().is_match("a."));
    assert!(Pattern::new(&Text::from("a)|(b")).is_err());
}

#[test]
fn groups_have_numbers_and_names() {
    let groups = Groups::new(&Text::from("(?P<x>a)?(b)(?<x>c)?")).unwrap();
    assert_eq!(groups.named("0"), [0]);
    assert_eq!(groups.named("2"), [2]);
    assert_eq!(groups.named("x"), [1, 3]);
    for name in ["4", "02", "y", "99999999999999999999"] {
        assert!(groups.named(name).is_empty(), "{name}");
    }
}
