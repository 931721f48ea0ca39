//! The metrics of the HTTP layer.

obs_core::catalogue! {
    /// What the HTTP layer records.
    pub static HTTP;

    /// Time from the start of a request to its response headers, by method, route, status code and
    /// error type. Server-sent events and upgrades are not in it.
    REQUEST_DURATION: Histogram = "http_server_request_duration_seconds"
        (http_request_method, http_route, http_response_status_code, error_type)
        [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

    /// Requests being handled, streamed responses included until their last byte, by method.
    ACTIVE_REQUESTS: Gauge = "http_server_active_requests" (http_request_method);

    /// Time from the start of a request to the end of a response body of unknown size, by method,
    /// route, status code and error type.
    STREAM_DURATION: Histogram = "http_server_response_stream_duration_seconds"
        (http_request_method, http_route, http_response_status_code, error_type)
        [0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0];

    /// Size of request bodies whose size was known at the start, in bytes.
    REQUEST_BODY_SIZE: Histogram = "http_server_request_body_size_bytes"
        (http_request_method, http_route, http_response_status_code, error_type)
        [0.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0, 10_000_000.0, 100_000_000.0];

    /// Size of response bodies, once a body, in bytes.
    RESPONSE_BODY_SIZE: Histogram = "http_server_response_body_size_bytes"
        (http_request_method, http_route, http_response_status_code, error_type)
        [0.0, 100.0, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0, 10_000_000.0, 100_000_000.0];

    /// Connections handed over to another protocol, WebSocket for one, by method and route.
    UPGRADES: Counter = "http_server_upgrades_total" (http_request_method, http_route);
}
