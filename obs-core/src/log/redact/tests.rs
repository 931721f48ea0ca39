//! What is hidden, in which surroundings, and what is not.

use proptest::prelude::*;

use super::*;

fn scrubbed(text: &str) -> (String, usize) {
    let mut out = b"before ".to_vec();
    out.extend_from_slice(text.as_bytes());
    let hidden = Redactor::new(&Redaction::new()).scrub(&mut out, "before ".len());
    let out = String::from_utf8(out).unwrap();
    (out.strip_prefix("before ").unwrap().to_owned(), hidden)
}

/// As the inside of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Eight bytes of a secret that are in a text.
fn fragment<'a>(text: &str, secret: &'a str) -> Option<&'a [u8]> {
    let text = text.as_bytes();
    secret
        .as_bytes()
        .windows(secret.len().min(8))
        .find(|part| memchr::memmem::find(text, part).is_some())
}

/// Secrets that are known by their look, with what is theirs to hide. In two pieces: whoever
/// searches this repository for secrets finds none.
const SECRETS: &[(&str, &str)] = &[
    ("gh", "p_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("gh", "o_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("gh", "s_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("github", "_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456"),
    ("glp", "at-Zs8YxKqLmN4pRtUvWx2y"),
    ("xo", "xb-263594206564-2343594206574-FGqddMF8t08v8N7Oq4i57vs1"),
    ("xa", "pp-1-A0KRQ1WNXNS-5346436788096-9d0c"),
    ("AK", "IAIOSFODNN7EXAMPLE"),
    ("AS", "IAY34FZKBOKMUTVV7A"),
    ("sk_l", "ive_4eC39HqLyjWDarjtT1zdp7dc"),
    ("rk_l", "ive_51H4eC39HqLyjWDarjtT1zdp7dc"),
    ("AI", "zaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe"),
    ("sk", "-proj-Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4f"),
    ("sk", "-ant-api03-Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4f-AA"),
    ("np", "m_Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7j"),
    (
        "ey",
        "JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    ),
    ("MTE5OTQ4", "MjczMTg0NzA2MTUwNA.GxYzAb.Kq3v5Jx_8mT2nP-w9RzL4sYcHbVdEfGiJkMoNu"),
    ("aW50ZXJh", "Y3Rpb246MTE5OTQ4MjczMTg0NzA2MTUwNDpBYkNkRWZHaElqS2xNbk9w"),
    ("4111", "111111111111"),
    ("4111 1111", " 1111 1111"),
    ("3782-", "822463-10005"),
];

fn secrets() -> Vec<String> {
    SECRETS.iter().map(|(a, b)| format!("{a}{b}")).collect()
}

#[test]
fn a_secret_that_has_a_look_is_hidden_wherever_it_stands() {
    for secret in secrets() {
        for (before, after) in [
            ("", ""),
            ("", " is refused"),
            ("cannot sign in with ", ""),
            ("cannot sign in with ", ": no such user"),
            ("x=", ""),
            ("id: ", ", next"),
            ("(", ")"),
            ("\"", "\""),
            ("'", "'"),
            ("`", "`"),
            ("<", ">"),
            ("line\n", "\nline"),
            ("column\t", "\tcolumn"),
            ("\u{1b}[31m", "\u{1b}[0m"),
            ("Config { id: \"", "\", next: 1 }"),
            ("Err(Parse(\"no JSON: {\\\"id\\\":\\\"", "\\\"}\"))"),
            ("https://example.com/a?b=", "&c=d"),
            ("https://example.com/a/", "/b"),
            ("http error: connect: ", "; caused by: dns error"),
            ("größe ", " größe"),
        ] {
            let text = format!("{before}{secret}{after}");
            for text in [text.clone(), escaped(&text), escaped(&escaped(&text))] {
                let (out, hidden) = scrubbed(&text);
                assert_eq!(fragment(&out, &secret), None, "{text}\n{out}");
                assert!(hidden >= 1, "{text}");
                assert!(out.contains(HIDDEN), "{text}\n{out}");
            }
        }
    }
}

/// A text, and what is left of it.
const TEXTS: &[(&str, &str)] = &[
    // Names and values.
    ("password=hunter2", "password=[redacted]"),
    ("user=a password=hunter2 b=c", "user=a password=[redacted] b=c"),
    ("password: hunter2, user: a", "password: [redacted], user: a"),
    ("password = 'correct horse' x", "password = '[redacted]' x"),
    ("PGPASSWORD=hunter2 psql", "PGPASSWORD=[redacted] psql"),
    ("password=hun,ter2;pa&ss user=a", "password=[redacted] user=a"),
    ("a=1,password=hun,ter2,user=b", "a=1,password=[redacted],user=b"),
    ("Server=db;Password=hunter2;Port=1", "Server=db;Password=[redacted];Port=1"),
    ("Config { password: \"hunter2\", n: 1 }", "Config { password: \"[redacted]\", n: 1 }"),
    (r#"Config { password: "hun\"ter2", n: 1 }"#, r#"Config { password: "[redacted]", n: 1 }"#),
    ("Config { password: Some(\"hunter2\"), n: 1 }", "Config { password: [redacted], n: 1 }"),
    ("{ token: Token { value: \"x)}\", n: 1 }, m: 2 }", "{ token: [redacted], m: 2 }"),
    ("{ api_keys: [\"a\", \"b\"], m: 2 }", "{ api_keys: [redacted], m: 2 }"),
    ("C { secret: b\"hunter2\" }", "C { secret: b\"[redacted]\" }"),
    (r#"{"password":"hunter2","a":1}"#, r#"{"password":"[redacted]","a":1}"#),
    (r#"{\"password\":\"hun\\\"ter2\",\"a\":1}"#, r#"{\"password\":\"[redacted]\",\"a\":1}"#),
    (r#"{"apiKey" : "x", "pin": 1}"#, r#"{"apiKey" : "[redacted]", "pin": 1}"#),
    (r#"{"a":"{\"token\":\"hunter2\"}"}"#, r#"{"a":"{\"token\":\"[redacted]\"}"}"#),
    ("headers[\"authorization\"] = \"x y\"", "headers[\"authorization\"] = \"[redacted]\""),
    ("user[password]=hunter2&a=b", "user[password]=[redacted]&a=b"),
    ("user%5Bpassword%5D=hunter2&a=b", "user%5Bpassword%5D=[redacted]&a=b"),
    ("\"password\" => \"hunter2\"", "\"password\" => \"[redacted]\""),
    ("password := hunter2", "password := [redacted]"),
    (r"line\npassword=hunter2\nline", r"line\npassword=[redacted]\nline"),
    (r"C:\token=hunter2", r"C:\token=[redacted]"),
    ("session id: 12345", "session id: [redacted]"),
    ("api key: abc", "api key: [redacted]"),
    ("password=\"cut off", "password=\"[redacted]"),
    ("secrets: {\"a\": \"cut off", "secrets: [redacted]"),
    ("token: 2c26b46b68", "token: [redacted]"),
    ("routing_key=R0123456789ABCDEF", "routing_key=[redacted]"),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key = [redacted]"),
    // Headers.
    ("Authorization: Bearer abc", "Authorization: [redacted]"),
    ("authorization=Bearer abc x=y", "authorization=[redacted] x=y"),
    ("-H 'Authorization: Bearer abc' -v", "-H 'Authorization: [redacted]' -v"),
    ("\"authorization\": \"Bearer abc\", ", "\"authorization\": \"[redacted]\", "),
    ("Cookie: a=b; c=d\nHost: x", "Cookie: [redacted]\nHost: x"),
    (r"Set-Cookie: a=b; Path=/\r\nHost: x", r"Set-Cookie: [redacted]\r\nHost: x"),
    ("got Bearer dGhpcyBpcyBhIHRva2Vu here", "got Bearer [redacted] here"),
    ("basic dXNlcjpwYXNzd29yZA== x", "basic [redacted] x"),
    // Addresses.
    ("postgres://shop:hunter2@db:5432/shop", "postgres://shop:[redacted]@db:5432/shop"),
    ("redis://:hunter2@cache", "redis://:[redacted]@cache"),
    ("amqp://a:p/w?d@mq:1/v and x", "amqp://a:[redacted]@mq:1/v and x"),
    ("https://a:b@c@host/", "https://a:[redacted]@host/"),
    ("GET /cb?token=abc&a=b", "GET /cb?token=[redacted]&a=b"),
    ("/cb?a=b&access_token=abc#x", "/cb?a=b&access_token=[redacted]"),
    ("/b?sv=1&sig=abc%2Bdef%3D", "/b?sv=1&sig=[redacted]"),
    ("/o?X-Amz-Signature=fe5f80f7", "/o?X-Amz-Signature=[redacted]"),
    (
        "https://discord.com/api/v10/webhooks/1159482731847061504/aBcDeFgH_iJ-k?wait=true",
        "https://discord.com/api/v10/webhooks/1159482731847061504/[redacted]?wait=true",
    ),
    (
        "https://ptb.discordapp.com/api/webhooks/1159482731847061504/aBcDeFgHiJ",
        "https://ptb.discordapp.com/api/webhooks/1159482731847061504/[redacted]",
    ),
    (
        "/api/v10/webhooks/1159482731847061504/aBcDeFgHiJ/messages/@original",
        "/api/v10/webhooks/1159482731847061504/[redacted]/messages/@original",
    ),
    (
        "/interactions/1159482731847061504/aBcDeFgHiJ/callback",
        "/interactions/1159482731847061504/[redacted]/callback",
    ),
    // In two pieces for whoever searches for secrets.
    (concat!("https://hooks.", "slack.com/services/T0/B0/XXXXXXXXXX"), "https://[redacted]"),
    // Cards.
    ("card=4222222222222 ok", "card=[redacted] ok"),
    ("card 4111-1111-1111-1111, ok", "card [redacted], ok"),
    // Keys.
    (
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\nx",
        "-----BEGIN PRIVATE KEY-----[redacted]-----END PRIVATE KEY-----\nx",
    ),
    (
        r"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp\nab+d=\n-----END RSA PRIVATE KEY-----\n",
        r"-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY-----\n",
    ),
    (
        "-----BEGIN EC PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp",
        "-----BEGIN EC PRIVATE KEY-----[redacted]",
    ),
];

#[test]
fn what_is_left_of_a_text() {
    for (text, left) in TEXTS {
        let (out, hidden) = scrubbed(text);
        assert_eq!(out, *left, "{text}");
        assert_eq!(hidden, 1, "{text}");
        assert_eq!(scrubbed(&out), (out, 0), "a second time: {text}");
    }
}

#[test]
fn in_an_escaped_text_the_same_is_left() {
    for (text, left) in TEXTS.iter().filter(|(text, _)| !text.contains('\\')) {
        assert_eq!(scrubbed(&escaped(text)).0, escaped(left), "{text}");
        assert_eq!(scrubbed(&escaped(&escaped(text))).0, escaped(&escaped(left)), "{text}");
    }
}

#[test]
fn two_secrets_are_two() {
    let (out, hidden) = scrubbed("password=a1 token=b2 postgres://u:p@h/?token=x password: \"q\"");
    assert_eq!(
        out,
        "password=[redacted] token=[redacted] postgres://u:[redacted]@h/?token=[redacted] password: \"[redacted]\""
    );
    assert_eq!(hidden, 5);
}

#[test]
fn ordinary_text_stays_as_it_is() {
    for text in [
        "",
        "=",
        ":",
        "order placed",
        "550e8400-e29b-41d4-a716-446655440000",
        "commit 8fb5be1c3a9d2e7f60514b3a2c1d0e9f8a7b6c5d",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
        "guild 1159482731847061504 channel 620000000000000008 user 41771983423143937",
        "2026-11-23T02:16:00.123456Z at 1700000000000 and 1700000000000000000",
        "2026-11-23 02:16:00 2026-11-23 02:16:01",
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO",
        "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30",
        "src/handlers/orders/create_order.rs:128:17",
        "obs-core 0.1.0 (rustc 1.95.0 x86_64-unknown-linux-gnu)",
        "token_count=5 tokens_used=512 max_tokens: 1024 token_id=7",
        "author=jane secretary: joe authored_by: jane_doe_the_author",
        "password_length=12 cookie_name=sid secret_version: 3",
        "unexpected token: identifier",
        "password: None, token: null, secret: \"\", api_key: true",
        "status=200 latency=12.3ms path=/api/v1/orders/42 method=GET",
        "https://example.com:8080/a/@user?page=2&key=short&code=404",
        "http://[2001:db8::1]:80/a@b",
        "std::collections::HashMap<String, Token>::new",
        "Basic authentication failed, bearer of bad news",
        "skipped task-with-a-very-long-name-of-words and sk-learn-pipeline-of-words-only",
        "a == b, token == other, x != secret",
        "4111111111111112 and 1234567890123456 and 0.4111111111111111",
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16, 10.0.0.1 10.0.0.2 10.0.0.3",
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ4cR1Jw1p2m7tA\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----",
        "/webhooks/{id}/{token} and /api/webhooks/:webhook/:token",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0",
        "größe=5 naïve: ja пароли 漢字漢字漢字漢字漢字",
        r#"C:\new\token\file {\"a\":\"b\\n\"}"#,
        "*** password: ***",
    ] {
        assert_eq!(scrubbed(text), (text.to_owned(), 0));
        let text = escaped(text);
        assert_eq!(scrubbed(&text), (text.clone(), 0));
    }
}

#[test]
fn names() {
    let config = Redaction::new()
        .key("user.nickname")
        .key("*.pin")
        .key("http.request.headers.*")
        .key("iban")
        .allow("page_token")
        .allow("demo.*");
    let redactor = Redactor::new(&config);
    let in_text = |name: &str| {
        let mut out = format!("a {name}=hunter2 b").into_bytes();
        redactor.scrub(&mut out, 0);
        String::from_utf8(out).unwrap()
    };
    let hidden = "
        password db_password dbPassword DB-PASSWORD password2 passwordHash PGPASSWORD client_secret
        clientSecret secrets api_key apiKey apikey API-Key x-api-key authorization cookie
        Proxy-Authorization Set-Cookie set_cookie session_id sessionId private_key credit_card
        creditCardNumber card.number cvv ssn user.ssn webhook_url discord.webhook.url dsn sentry_dsn
        connection_string token access_token accessToken user.token token_value authtoken token2
        csrf_token routing_key aws_secret_access_key access_key_id";
    let added = "
        userNickname new.user.nickname pin card.pin http.request.headers.x-request-id
        http_request_headers_host iban customer_iban_count";
    for name in hidden.split_whitespace().chain(added.split_whitespace()) {
        assert!(redactor.hides(name), "{name}");
        assert_eq!(in_text(name), format!("a {name}=[redacted] b"));
    }
    let shown = "
        user author authored authority secretary tokens tokens_used token_count token_id tokenId
        tokenizer max_tokens password_length cookie_name key key_id session passenger compass
        cookiecutter method nickname pinned card.pin.length http.request.header
        x.http.request.headers.y next_page_token demo.password shipping _ ...";
    for name in shown.split_whitespace().chain([""]) {
        assert!(!redactor.hides(name), "{name}");
        assert_eq!(in_text(name), format!("a {name}=hunter2 b"));
    }
}

#[test]
fn what_is_off_is_off() {
    let secret = "password=hunter2 postgres://u:hunter2@h";
    for (config, hides, left) in [
        (Redaction::new(), true, "password=[redacted] postgres://u:[redacted]@h"),
        (Redaction::new().without_values(), true, secret),
        (Redaction::new().without_keys(), false, "password=hunter2 postgres://u:[redacted]@h"),
        (Redaction::new().without_keys().without_values(), false, secret),
    ] {
        let redactor = Redactor::new(&config);
        assert_eq!(redactor.hides("password"), hides, "{config:?}");
        let mut out = secret.as_bytes().to_vec();
        redactor.scrub(&mut out, 0);
        assert_eq!(String::from_utf8(out).unwrap(), left, "{config:?}");
        assert_eq!(redactor.hides_number(4_111_111_111_111_111), left != secret, "{config:?}");
    }
}

#[test]
fn names_of_one_s_own_are_found_in_text_too() {
    for (key, text, left) in [
        ("pw", "pw=hunter2 flow=a", "pw=[redacted] flow=a"),
        ("x", "x=hunter2 ax=1", "x=[redacted] ax=1"),
        ("iban", "Customer { iban: \"DE02\" }", "Customer { iban: \"[redacted]\" }"),
        ("*", "anything=1", "anything=[redacted]"),
        ("h.*", "h.a=1 g.a=2", "h.a=[redacted] g.a=2"),
        ("*.end", "the.end=1", "the.end=[redacted]"),
        ("пароль", "пароль=hunter2", "пароль=[redacted]"),
    ] {
        let mut out = text.as_bytes().to_vec();
        Redactor::new(&Redaction::new().key(key)).scrub(&mut out, 0);
        assert_eq!(String::from_utf8(out).unwrap(), left, "{key}");
    }
}

/// With a quadratic part, one of these would take hours.
#[test]
fn long_text_of_beginnings_is_read_in_time() {
    for piece in [
        " ",
        "a",
        "=",
        ":",
        "\"",
        "\\",
        "\\\"",
        "1",
        "4111 ",
        "4111-1111 ",
        "://",
        "://a:",
        "@",
        "password=",
        "password=\"",
        "password='",
        "token: ",
        "cookie: ",
        "token=[",
        "token=[]",
        "token=\"[",
        "a&token",
        "secret: Some(",
        "Bearer ",
        "eyJ",
        "eyJ-",
        "eyJabcdefghijklm.",
        "sk-",
        "AIza",
        "AKIA",
        "AIza-",
        "ghp_",
        "xoxb-",
        "webhooks/",
        "webhooks/12345/",
        "-----BEGIN PRIVATE KEY",
        "-----",
        "PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----",
        "MTE5OTQ4MTE5OTQ4",
        "M",
        "{",
        "[redacted]",
        "key=",
        "?sig=",
        "?key=",
        ",a",
        "é",
        "_",
        "password:::",
    ] {
        let mut text = piece.repeat((1 << 18) / piece.len()).into_bytes();
        let redactor = Redactor::new(&Redaction::new());
        redactor.scrub(&mut text, 0);
        redactor.scrub(&mut text, 0);
        assert!(str::from_utf8(&text).is_ok(), "{piece}");
    }
}

/// Text of words, marks, escapes and things that are half a secret.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,12}",
        any::<String>(),
        prop::sample::select(vec![
            " ",
            "\n",
            "\\",
            "\\\\",
            "\"",
            "\\\"",
            "=",
            ": ",
            "password",
            "token=",
            "\"secret\":\"",
            "Bearer ",
            "eyJ",
            "-----BEGIN PRIVATE KEY-----",
            "-----",
            "://a:",
            "@",
            "Some(",
            "{",
            "}",
            ")",
            "cookie: ",
            "webhooks/12345678/",
            "4111 1111",
            "sk-",
            "é",
            "漢",
            "\u{1b}[31m",
            "&",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_planted_secret_is_hidden(
        before in any_text(),
        after in any_text(),
        secret in prop::sample::select(secrets()),
        border in prop::sample::select(vec![" ", "\"", "\n", "=", ", "]),
    ) {
        let text = format!("{before}{border}{secret}{border}{after}");
        for text in [text.clone(), escaped(&text)] {
            let out = scrubbed(&text).0;
            // What was there besides may be alike.
            let besides = format!("{before}|{after}");
            prop_assume!(fragment(&besides, &secret).is_none());
            prop_assert_eq!(fragment(&out, &secret), None, "{}\n{}", text, out);
        }
    }

    #[test]
    fn a_password_in_quotes_is_hidden_whatever_it_is(
        before in any_text().prop_map(|text| text.replace(['"', '\'', '`'], "")),
        password in "[!-~é ]{8,40}",
    ) {
        prop_assume!(!password.trim_matches(['*', '.', '-']).is_empty());
        let text = format!("{before} Config {{ password: {password:?}, n: 1 }}");
        for text in [text.clone(), escaped(&text)] {
            prop_assume!(fragment(&before, &password).is_none());
            let out = scrubbed(&text).0;
            prop_assert_eq!(fragment(&out, &password), None, "{}\n{}", text, out);
        }
    }

    #[test]
    fn the_inside_of_a_json_string_stays_one(text in any_text()) {
        for text in [escaped(&text), escaped(&escaped(&text))] {
            let out = scrubbed(&text).0;
            let parsed = serde_json::from_str::<String>(&format!("\"{out}\""));
            prop_assert!(parsed.is_ok(), "{}\n{}", text, out);
        }
    }

    #[test]
    fn any_text_stays_utf_8_and_nothing_is_found_twice(text in any_text()) {
        let (out, hidden) = scrubbed(&text);
        prop_assert_eq!(hidden == 0, out == text);
    }
}
