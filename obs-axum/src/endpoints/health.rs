//! Liveness and readiness reports.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};
use obs_core::health::{Report, Status};

use super::Endpoints;

pub(super) async fn liveness(
    State(endpoints): State<Arc<Endpoints>>,
    headers: HeaderMap,
) -> Response {
    let report = endpoints.health.liveness().await;
    answer(&endpoints, &headers, &report)
}

pub(super) async fn readiness(
    State(endpoints): State<Arc<Endpoints>>,
    headers: HeaderMap,
) -> Response {
    let report = endpoints.health.readiness().await;
    answer(&endpoints, &headers, &report)
}

fn answer(endpoints: &Endpoints, headers: &HeaderMap, report: &Report) -> Response {
    let status = match report.status {
        Status::Down => StatusCode::SERVICE_UNAVAILABLE,
        Status::Up | Status::Degraded => StatusCode::OK,
    };
    let bare = || format!(r#"{{"status":"{}"}}"#, report.status);
    let detailed = endpoints.token.as_ref().is_none_or(|token| token.is_in(headers));
    let json =
        if detailed { serde_json::to_string(report).unwrap_or_else(|_| bare()) } else { bare() };
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (status, headers, json).into_response()
}
