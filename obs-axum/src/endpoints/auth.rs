//! The bearer token.

use std::fmt;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use subtle::ConstantTimeEq;

/// A secret that is never shown.
#[derive(Clone)]
pub(super) struct Token(Arc<[u8]>);

impl Token {
    pub(super) fn new(token: &str) -> Self {
        Self(token.trim_ascii().as_bytes().into())
    }

    /// Whether `headers` carry this token. How long that takes tells its length at most.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
        given.is_some_and(|given| !self.0.is_empty() && self.0.ct_eq(given).into())
    }
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// The answer to a request without the token.
pub(super) fn unauthorized() -> Response {
    let headers = [(WWW_AUTHENTICATE, "Bearer"), (CACHE_CONTROL, "no-store")];
    (StatusCode::UNAUTHORIZED, headers, "a bearer token is required\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::Token;
    use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

    #[test]
    fn only_the_whole_token_opens() {
        let token = Token::new("s3cret");
        // (Authorization, opens)
        let cases: [(&[u8], bool); 9] = [
            (b"Bearer s3cret", true),
            (b"bearer  s3cret", true),
            (b"Bearer s3cre", false),
            (b"Bearer s3crets", false),
            (b"Bearer S3cret", false),
            (b"Basic s3cret", false),
            (b"s3cret", false),
            (b"Bearer ", false),
            (b"Bearer \xff\xff", false),
        ];
        for (value, opens) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
            assert_eq!(token.is_in(&headers), opens, "{value:?}");
            assert!(!Token::new("").is_in(&headers), "no token opens for {value:?}");
            assert_eq!(Token::new(" s3cret\n").is_in(&headers), opens, "{value:?}");
        }
        assert!(!token.is_in(&HeaderMap::new()));
        assert_eq!(format!("{token:?}"), "Token(..)");
    }
}
