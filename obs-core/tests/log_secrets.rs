//! A secret that was planted in every place a log line can have it never reaches an output.
//!
//! The places are logged in a process of its own, through `init`, once in JSON and once in text.

#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

use std::error::Error;
use std::fmt;
use std::process::Command;

use obs_core::Secret;
use obs_core::log::json;
use tracing::field::Empty;
use tracing::{error, info, info_span, warn};

/// Secrets that are known by their look, wherever they stand. None of them was ever one.
fn by_look() -> Vec<String> {
    // In pieces, so that no scanner of sources takes them for real.
    let joined = |parts: &[&str]| parts.concat();
    vec![
        joined(&["ghp_", "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"]),
        joined(&["xoxb-", "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"]),
        joined(&["sk_live_", "4eC39HqLyjWDarjtT1zdp7dc"]),
        joined(&["AKIA", "IOSFODNN7EXAMPLE"]),
        joined(&[
            "eyJhbGciOiJIUzI1NiJ9.",
            "eyJzdWIiOiIxMjM0NTY3ODkwIn0.",
            "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        ]),
        joined(&[
            "https://discord.com/api/webhooks/1234567890",
            "12345678/aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789_-aBcDeFgHiJkLmNoPqRsTuVwXyZ01",
        ]),
        joined(&["MTIzNDU2Nzg5MDEyMzQ1Njc4.", "GaBcDe.", "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789ab"]),
        joined(&["4111", "1111", "1111", "1111"]),
    ]
}

/// A secret that only the name beside it tells.
const BY_NAME: &str = "hunter2-hunter2";

/// Parts by which a secret would be recognised: the middle of it, and its end.
fn traces(secret: &str) -> [&str; 2] {
    let third = secret.len() / 3;
    [
        &secret[secret.len() - third.max(8)..],
        &secret[secret.len() - 2 * third..secret.len() - third],
    ]
}

#[derive(Debug)]
struct Failure(String, Option<Box<Self>>);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.1.as_deref()?)
    }
}

/// A part of an application, with secrets in it.
#[derive(Debug, serde::Serialize)]
struct Client {
    url: String,
    password: String,
    headers: Vec<(String, String)>,
    nested: Vec<std::collections::BTreeMap<String, String>>,
}

fn log_by_look(secret: &str) {
    info!("in the message {secret}");
    info!(message = secret);
    info!(field = secret, display = %secret, debug = ?secret, user.id = secret);
    info!(debug = ?Some(("a", secret)));
    info!(url.full = %format!("https://example.com/a?b={secret}#{secret}"), url.query = secret);
    let span = info_span!("span", field = secret, later = Empty, other = ?[secret]).entered();
    span.record("later", secret);
    warn!("in spans");
    drop(span);
    let chain = Failure("no".into(), Some(Box::new(Failure(format!("refused {secret}"), None))));
    let outer = Failure(format!("outer {secret}"), Some(Box::new(chain)));
    error!(error = &outer as &dyn Error, "in a chain");
    error!(cause = &outer as &dyn Error, "in another chain");
    error!(error = %outer, err = ?outer);
    let client = Client {
        url: format!("https://{secret}@example.com"),
        password: secret.into(),
        headers: vec![("authorization".into(), secret.into())],
        nested: vec![[("any".to_owned(), secret.to_owned())].into()],
    };
    info!(client = json(&client), "structured");
    info!(?client, "{client:#?}");
    log::info!(target: "old", "from the log crate {secret}");
    // In the last bytes of what a value may have.
    info!(long = %format!("{}{secret}", "x ".repeat(3990)), "cut");
    let _ = std::panic::catch_unwind(|| panic!("in a panic {secret}"));
    let _ = std::panic::catch_unwind(|| std::panic::panic_any(secret.to_owned()));
}

fn log_by_name() {
    info!(password = BY_NAME, db.password = %BY_NAME, api_key = ?BY_NAME, "Authorization" = BY_NAME);
    let span = info_span!("span", client_secret = BY_NAME, access_token = Empty).entered();
    span.record("access_token", BY_NAME);
    warn!("in spans");
    drop(span);
    let client = Client {
        url: format!("postgres://shop:{BY_NAME}@db/shop?sslpassword={BY_NAME}"),
        password: BY_NAME.into(),
        headers: Vec::new(),
        nested: vec![[("apiKey".to_owned(), BY_NAME.to_owned())].into()],
    };
    info!(client = json(&client), "structured");
    info!(?client, "{client:#?}");
    info!(url.full = client.url, "connecting to {}", client.url);
    info!("password={BY_NAME} and token: {BY_NAME} and {{\"secret\":\"{BY_NAME}\"}}");
    let failure = Failure(format!("cannot log in with password: \"{BY_NAME}\""), None);
    error!(error = &failure as &dyn Error, "password={BY_NAME}");
    log::warn!("curl -H 'Authorization: Bearer {BY_NAME}'");
    let wrapped = Secret::new(BY_NAME.to_owned());
    info!(wrapped = ?wrapped, "wrapped {wrapped:?}");
    info!(wrapped = json(&wrapped), "wrapped");
    let _ = std::panic::catch_unwind(|| panic!("password={BY_NAME}"));
}

#[test]
fn no_planted_secret_reaches_an_output() {
    if std::env::var_os("CHILD").is_some() {
        let obs = obs_core::builder("shop").init().unwrap();
        by_look().iter().for_each(|secret| log_by_look(secret));
        let card: u64 = by_look()[7].parse().unwrap();
        info!(
            card,
            card_i64 = i64::try_from(card).unwrap(),
            structured = json(&[card]),
            "a number"
        );
        log_by_name();
        println!("{}", obs.metrics().render(obs_core::metrics::Format::Text));
        return;
    }
    for format in ["json", "text"] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("shop.log");
        let mut command = Command::new(std::env::current_exe().unwrap());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("OBS_") || name.starts_with("OTEL_") || name.starts_with("RUST_") {
                command.env_remove(name);
            }
        }
        let child = command
            .args(["no_planted_secret_reaches_an_output", "--exact", "--nocapture"])
            .envs([("CHILD", "1"), ("OBS_LOG_FORMAT", format), ("RUST_BACKTRACE", "1")])
            .env("OBS_LOG_FILE", &file)
            .output()
            .unwrap();
        let stdout = String::from_utf8(child.stdout).unwrap();
        let stderr = String::from_utf8_lossy(&child.stderr).into_owned();
        assert!(child.status.success(), "{stderr}");
        let file = std::fs::read_to_string(&file).unwrap();
        // The lines are there, and it is in them that nothing is.
        assert!(file.lines().count() > 130, "{}", file.lines().count());
        assert!(stdout.lines().count() > 130, "{}", stdout.lines().count());
        assert!(!stdout.contains("obs_log_redactions_total{kind=\"value\"} 0"), "{stdout}");
        assert!(!stdout.contains("obs_log_redactions_total{kind=\"key\"} 0"), "{stdout}");
        for (place, text) in [("stdout", &stdout), ("stderr", &stderr), ("file", &file)] {
            for secret in by_look().iter().map(String::as_str).chain([BY_NAME]) {
                for trace in traces(secret) {
                    let line = text.lines().find(|line| line.contains(trace));
                    assert_eq!(line, None, "{place} in {format} shows {trace} of {secret}");
                }
            }
        }
    }
}
