//! axum instrumentation.
