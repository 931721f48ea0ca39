//! The identity of one request: taken from its headers, or made.

use std::{fmt, str};

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use obs_core::trace::{TraceContext, TraceId};

use crate::frame;

pub(crate) static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The longest `x-request-id` that is taken over.
const MAX_LEN: usize = 128;

/// The id of the request being handled, as it stands in the `x-request-id` response header, on the
/// span and in the access log.
///
/// An incoming `x-request-id` is taken over if it is 1 to 128 characters out of letters, digits and
/// `._~:/+=@-`; otherwise the id is 32 random hexadecimal digits. As an extractor it fails with
/// status 500 where the layer is absent or runs [without ids](crate::HttpLayer::without_ids);
/// `Option<RequestId>` never fails.
///
/// ```
/// use obs_axum::RequestId;
///
/// async fn order(id: RequestId) -> String {
///     format!("something went wrong, please quote {id}")
/// }
/// # let _ = order;
/// ```
#[derive(Clone, Debug)]
pub struct RequestId(Form);

#[derive(Clone, Debug)]
enum Form {
    Made([u8; 32]),
    Given(HeaderValue),
}

impl RequestId {
    /// The id of the request that this code is handling.
    ///
    /// `None` outside a request: in a task spawned by a handler, or without the layer.
    #[must_use]
    pub fn current() -> Option<Self> {
        frame::with(|frame| frame.request_id.clone()).flatten()
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Form::Made(hex) => str::from_utf8(hex).unwrap_or_default(),
            Form::Given(value) => value.to_str().unwrap_or_default(),
        }
    }

    pub(crate) fn random() -> Self {
        Self(Form::Made(TraceId::random().to_hex()))
    }

    /// The id that `headers` bring if it can be taken over, else a new one.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        match headers.get(&X_REQUEST_ID) {
            Some(value) if is_valid(value.as_bytes()) => Self(Form::Given(value.clone())),
            _ => Self::random(),
        }
    }

    pub(crate) fn to_header(&self) -> Option<HeaderValue> {
        match &self.0 {
            Form::Made(hex) => HeaderValue::from_bytes(hex).ok(),
            Form::Given(value) => Some(value.clone()),
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = MissingRequestId;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, MissingRequestId> {
        Self::current().ok_or(MissingRequestId)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for RequestId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        _: &mut Parts,
        _: &S,
    ) -> Result<Option<Self>, std::convert::Infallible> {
        Ok(Self::current())
    }
}

/// The answer to a request for a [`RequestId`] where there is none: status 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingRequestId;

impl fmt::Display for MissingRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no request id: add `obs_axum::layer` outside this handler, with ids")
    }
}

impl std::error::Error for MissingRequestId {}

impl IntoResponse for MissingRequestId {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, "no request id").into_response()
    }
}

/// The context of a request: a child of the one that `headers` bring, or the root of a new trace
/// where they bring none, a malformed one or several.
pub(crate) fn trace_context(headers: &HeaderMap) -> TraceContext {
    let mut values = headers.get_all(&TRACEPARENT).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => TraceContext::parse(value.as_bytes())
            .map_or_else(|_| TraceContext::new_root(), |parent| parent.child()),
        _ => TraceContext::new_root(),
    }
}

fn is_valid(id: &[u8]) -> bool {
    (1..=MAX_LEN).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._~:/+=@-".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::RequestId;
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn an_id_is_taken_over_only_if_short_and_plain() {
        let long = "x".repeat(129);
        // (header, taken over)
        let cases: [(&[u8], bool); 9] = [
            (b"a", true),
            (b"Root=1-67891233-abcdef012345678912345678", true),
            (b"A.b_c~d:e/f+g=h@i-0", true),
            (&long.as_bytes()[..128], true),
            (long.as_bytes(), false),
            (b"", false),
            (b"with space", false),
            (b"quote\"", false),
            (b"\xff\xfe", false),
        ];
        for (value, taken) in cases {
            let mut headers = HeaderMap::new();
            headers.insert("x-request-id", HeaderValue::from_bytes(value).unwrap());
            let id = RequestId::from_headers(&headers);
            assert_eq!(id.as_str().as_bytes() == value, taken, "{value:?}");
            assert!(taken || id.as_str().len() == 32, "{value:?} became {id}");
        }
    }
}
