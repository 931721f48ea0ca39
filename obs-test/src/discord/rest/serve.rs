//! The edge of REST: requests come in, answers go out.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::{Body as HttpBody, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use serde_json::Value;

use super::answer::Body;
use super::{Answer, Request, request, usual};
use crate::discord::hub::Hub;

/// Answers a request by the script, or as usual.
pub(in crate::discord) async fn answer(
    State(hub): State<Arc<Hub>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = below_version(uri.path()).to_owned();
    let body = request::json(&body);
    let asked = usual::Asked {
        method: method.as_str(),
        path: &path,
        query: uri.query().unwrap_or_default(),
        body: &body,
    };
    let (answer, status, json) = hub.change(|state| {
        let scripted = state.rest.take(asked.method, asked.path);
        let answer = scripted.unwrap_or_else(|| {
            let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            // What has its own token in the path needs none in a header.
            let open = path.starts_with("/interactions/") || path.starts_with("/webhooks/");
            let let_in = open || path == "/gateway" || hub.config.lets_in(token);
            if let_in { Answer::usual() } else { Answer::error(401) }
        });
        let (usual_status, usual) = match &answer.body {
            Body::Usual => usual::answer(&hub, &state.gateway, &asked),
            Body::Json(json) => (200, json.clone()),
            Body::Text(_) => (200, Value::Null),
        };
        let status = answer.status_or(usual_status);
        state.rest.requests.push(Request {
            method: asked.method.to_owned(),
            path: path.clone(),
            query: asked.query.to_owned(),
            body: body.clone(),
            status,
        });
        (answer, status, usual)
    });
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    response(answer, status, &json, method.as_str(), &path)
}

/// `/api/v10/users/@me` without what says that it is the API.
fn below_version(path: &str) -> &str {
    let path = path.strip_prefix("/api").unwrap_or(path);
    match path.strip_prefix("/v").and_then(|rest| rest.split_once('/')) {
        Some((version, _)) if version.bytes().all(|b| b.is_ascii_digit()) => {
            &path[2 + version.len()..]
        }
        _ => path,
    }
}

fn response(answer: Answer, status: u16, json: &Value, method: &str, path: &str) -> Response {
    let mut answer = answer;
    let is_text = matches!(answer.body, Body::Text(_));
    if !is_text && !answer.is_global() && has_bucket(path) {
        bucket_headers(&mut answer, method, path);
    }
    let (kind, body) = match answer.body {
        Body::Text(text) => ("text/html", text),
        _ if status == 204 => ("", String::new()),
        _ => ("application/json", json.to_string()),
    };
    let mut response = Response::new(HttpBody::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::IM_A_TEAPOT);
    let headers = response.headers_mut();
    if !kind.is_empty() {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    response
}

fn has_bucket(path: &str) -> bool {
    !path.starts_with("/gateway") && !path.starts_with("/oauth2")
}

/// Completes the headers of the route's bucket; without a script it never runs out.
fn bucket_headers(answer: &mut Answer, method: &str, path: &str) {
    let scripted = answer.headers.iter().find(|(name, _)| *name == "x-ratelimit-reset-after");
    let after = scripted.and_then(|(_, text)| text.parse().ok()).unwrap_or(1.0);
    let reset = since_1970() + Duration::from_secs_f64(after);
    let usual = [
        ("x-ratelimit-limit", "1000".to_owned()),
        ("x-ratelimit-remaining", "999".to_owned()),
        ("x-ratelimit-reset-after", after.to_string()),
        ("x-ratelimit-reset", format!("{:.3}", reset.as_secs_f64())),
        ("x-ratelimit-bucket", bucket(method, path)),
    ];
    for (name, text) in usual {
        if answer.headers.iter().all(|(other, _)| *other != name) {
            answer.headers.push((name, text));
        }
    }
}

/// A name that requests of one route share: the path with ids and tokens left out.
fn bucket(method: &str, path: &str) -> String {
    let mut hasher = DefaultHasher::new();
    method.hash(&mut hasher);
    for segment in path.split('/') {
        let is_word = segment.len() < 20 && !segment.bytes().any(|b| b.is_ascii_digit());
        is_word.then_some(segment).hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the edge: a header says when a bucket is full again"
)]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_no_part_of_a_path() {
        let rows = [
            ("/api/v10/users/@me", "/users/@me"),
            ("/api/v9/gateway", "/gateway"),
            ("/api/gateway", "/gateway"),
            ("/api/voice/regions", "/voice/regions"),
            ("/users/@me", "/users/@me"),
        ];
        for (path, wanted) in rows {
            assert_eq!(below_version(path), wanted, "{path}");
        }
    }

    #[test]
    fn a_bucket_is_a_route_s() {
        let one = bucket("POST", "/channels/1/messages");
        assert_eq!(one, bucket("POST", "/channels/2/messages"));
        assert_ne!(one, bucket("GET", "/channels/1/messages"));
        assert_ne!(one, bucket("POST", "/channels/1/invites"));
    }
}
