//! Which events are logged: asked, and changed.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use obs_core::log::LevelHandle;
use serde::{Deserialize, Serialize};

use super::Endpoints;
use super::auth::unauthorized;

/// Bytes that a request may have: a filter of the greatest length, in JSON.
pub(super) const MAX_BODY: usize = 8 * 1024;

pub(super) async fn show(State(endpoints): State<Arc<Endpoints>>, headers: HeaderMap) -> Response {
    if endpoints.token.as_ref().is_some_and(|token| !token.is_in(&headers)) {
        return unauthorized();
    }
    endpoints.log_level.as_ref().map_or_else(no_log, |level| json(StatusCode::OK, &level.state()))
}

/// The body is read when it is known who sends it.
pub(super) async fn change(State(endpoints): State<Arc<Endpoints>>, request: Request) -> Response {
    let Some(token) = &endpoints.token else {
        return refuse(
            StatusCode::FORBIDDEN,
            "changing the log filter needs a bearer token: set OBS_ENDPOINT_TOKEN, or \
             `endpoint_token` in the code, and send it as `Authorization: Bearer …`",
        );
    };
    if !token.is_in(request.headers()) {
        return unauthorized();
    }
    let Some(level) = &endpoints.log_level else { return no_log() };
    let body = match Bytes::from_request(request, &()).await {
        Ok(body) => body,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let text = format!("the body has more than {MAX_BODY} bytes");
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, &text);
        }
        Err(_) => return refuse(StatusCode::BAD_REQUEST, "the body ended before its time"),
    };
    match apply(level, &body) {
        Ok(()) => json(StatusCode::OK, &level.state()),
        Err(problem) => refuse(StatusCode::BAD_REQUEST, &problem),
    }
}

fn apply(level: &LevelHandle, body: &[u8]) -> Result<(), String> {
    let Change { filter, time } = Change::parse(body)?;
    match time {
        Some(time) => level.set_for(&filter, time),
        None => level.set(&filter),
    }
    .map_err(|error| error.to_string())
}

#[derive(Debug, PartialEq)]
struct Change {
    filter: String,
    time: Option<Duration>,
}

impl Change {
    /// JSON if it looks like that, whatever its content type, which `curl -d` makes that of a form;
    /// else a filter. No filter begins with a brace.
    fn parse(body: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Json {
            filter: String,
            r#for: Option<String>,
        }

        let text = str::from_utf8(body).map_err(|_| "the body is not UTF-8")?.trim();
        if !text.starts_with(['{', '"']) {
            return Ok(Self { filter: text.to_owned(), time: None });
        }
        let Json { filter, r#for: time } = serde_json::from_str(text).map_err(|error| {
            format!(r#"{error}; expected JSON such as {{"filter":"info,hyper=debug","for":"10m"}}"#)
        })?;
        let time = time.map(|time| {
            obs_core::parse_duration(&time).map_err(|error| format!("`for` is `{time}`: {error}"))
        });
        Ok(Self { filter, time: time.transpose()? })
    }
}

fn no_log() -> Response {
    refuse(
        StatusCode::NOT_FOUND,
        "the application's own subscriber decides what is logged (`without_logs`)",
    )
}

fn refuse(status: StatusCode, problem: &str) -> Response {
    #[derive(Serialize)]
    struct Refusal<'a> {
        error: &'a str,
    }

    json(status, &Refusal { error: problem })
}

fn json(status: StatusCode, value: &impl Serialize) -> Response {
    // Strings and nothing else: it does not fail.
    let text = serde_json::to_string(value).unwrap_or_default();
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (status, headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies() {
        let ten = Some(Duration::from_secs(600));
        for (body, filter, time) in [
            ("debug", "debug", None),
            (" info,hyper=debug\n", "info,hyper=debug", None),
            ("[request]=debug", "[request]=debug", None),
            (r#"{"filter":"debug"}"#, "debug", None),
            (r#"{"filter":"debug","for":null}"#, "debug", None),
            (r#" {"for":"10m","filter":"debug"} "#, "debug", ten),
        ] {
            let want = Change { filter: filter.to_owned(), time };
            assert_eq!(Change::parse(body.as_bytes()), Ok(want), "{body}");
        }
        for (body, problem) in [
            (&b"{"[..], "EOF while parsing"),
            (b"{}", "missing field `filter`"),
            (br#""debug""#, "expected struct"),
            (br#"{"filter":1}"#, "expected a string"),
            (
                br#"{"filter":"debug","fro":"1m"}"#,
                "unknown field `fro`, expected `filter` or `for`",
            ),
            (br#"{"filter":"debug","filter":"info"}"#, "duplicate field"),
            (br#"{"filter":"debug","for":"10"}"#, "`for` is `10`: expected a duration such as"),
            (b"\xff", "not UTF-8"),
        ] {
            let refused = Change::parse(body).unwrap_err();
            assert!(refused.contains(problem), "{refused}");
        }
    }
}
