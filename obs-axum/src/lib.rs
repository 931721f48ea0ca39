//! axum instrumentation.

mod access;
mod body;
mod bundle;
mod cause;
mod deadline;
mod endpoints;
mod exchange;
mod frame;
mod handles;
mod layer;
mod method;
pub mod metrics;
mod request_id;
mod route;
mod service;
mod unmatched;

pub use bundle::BUNDLE;
pub use cause::{ErrorCause, error_cause};
pub use endpoints::{BindError, Endpoints, Serving, endpoints};
pub use layer::{HttpLayer, layer};
pub use request_id::{MissingRequestId, RequestId};
pub use route::{RouteLayer, RouteService, route};
pub use service::{HttpService, ResponseFuture};
