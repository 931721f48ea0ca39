//! Why a request failed, as its handler knows it.

use std::convert::Infallible;

use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};

use crate::frame;

/// The `error_type` of a response, set by the handler that made it.
///
/// It takes the place of the status code in the `error_type` label and in the access log's
/// `error.type`, also on a response that is no server error. The text is `&'static` so that the
/// number of values stays what the source code says; a message belongs in a log event.
///
/// ```
/// use axum::{http::StatusCode, response::IntoResponse};
/// use obs_axum::ErrorCause;
///
/// async fn pay() -> impl IntoResponse {
///     (StatusCode::PAYMENT_REQUIRED, ErrorCause("card_declined"), "your card was declined")
/// }
/// # let _ = pay;
/// ```
///
/// See [`error_cause`] for a function that needs no response at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorCause(pub &'static str);

impl IntoResponseParts for ErrorCause {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.extensions_mut().insert(self);
        Ok(parts)
    }
}

/// An empty body, for `(StatusCode, ErrorCause)`.
impl IntoResponse for ErrorCause {
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

/// Sets the `error_type` of the request that this code is handling; the last call wins, and an
/// [`ErrorCause`] on the response wins over it.
///
/// Without effect outside a request: in a task spawned by a handler, or without the layer.
pub fn error_cause(cause: &'static str) {
    frame::with(|frame| frame.cause = Some(cause));
}
