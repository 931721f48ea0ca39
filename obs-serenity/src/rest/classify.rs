//! Each attempt of a request, seen through reqwest's retry policy.
//!
//! reqwest asks a policy after each attempt whether to try again: the one place where a client of it
//! shows method, URL and outcome to somebody else. It shows no headers.

use std::error::Error;

use reqwest::ClientBuilder;
use reqwest::retry;

use super::handles::Method;
use super::{Attempt, Moment, Rest};

/// What an HTTP/2 server says that has not looked at a request, in the words of the `h2` crate.
const REFUSALS: [&str; 2] = [
    "stream error received: refused stream before processing any application logic",
    "connection error received: not a result of an error",
];

/// Shows `rest` what a client asks of Discord, or of `proxy` in its place.
pub(super) fn instrument(
    builder: ClientBuilder,
    rest: &Rest,
    proxy: Option<String>,
) -> ClientBuilder {
    let rest = rest.clone();
    // The host is asked for before a second attempt only, and attempts at any host are classified.
    let policy = retry::for_host(AnyHost).no_budget().classify_fn(move |attempt| {
        let host = attempt.uri().host().unwrap_or_default();
        if is_discord(host) || proxy.as_deref() == Some(host) {
            let seen = Attempt::new(
                Method::of(attempt.method().as_str()),
                attempt.uri().path(),
                attempt.status().map(|status| status.as_u16()),
            );
            rest.attempt(&seen, Moment::now());
        }
        // A policy replaces reqwest's own, which is to try again what was refused unseen.
        let refused = attempt.error().is_some_and(is_refusal);
        if refused { attempt.retryable() } else { attempt.success() }
    });
    builder.retry(policy)
}

/// Equal to each host.
struct AnyHost;

impl PartialEq<&str> for AnyHost {
    fn eq(&self, _: &&str) -> bool {
        true
    }
}

fn is_discord(host: &str) -> bool {
    host == "discord.com" || host.ends_with(".discord.com")
}

fn is_refusal(error: &(dyn Error + 'static)) -> bool {
    // `h2::Error` is at the end of the sources, and only HTTP/2 has one.
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    let text = last.to_string();
    REFUSALS.iter().any(|refusal| text.starts_with(refusal))
}
