//! The metrics of the HTTP layer.

obs_core::catalogue! {
    /// Everything the HTTP layer records.
    pub(crate) static HTTP;

    /// Time from the arrival of a request to its response: to the headers where the body is
    /// streamed, to the complete response where the body's size is known. Event streams and
    /// upgraded connections never enter it.
    REQUEST_DURATION: Histogram = "http_server_request_duration_seconds"
        (http_request_method, http_route, http_response_status_code, error_type)
        [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

    /// Requests that have arrived and are neither answered, cancelled nor panicked.
    ACTIVE_REQUESTS: Gauge = "http_server_active_requests" (http_request_method);

    /// Time from the headers to the end or abort of a response body of unknown size.
    STREAM_DURATION: Histogram = "http_server_response_stream_duration_seconds"
        (http_request_method, http_route, http_response_status_code, error_type)
        [0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1800.0, 3600.0];

    /// Bytes of a request's body, once a request. Off by default.
    REQUEST_BODY_SIZE: Histogram = "http_server_request_body_size_bytes"
        (http_request_method, http_route, http_response_status_code, error_type)
        [64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0];

    /// Bytes of a response's body as sent, once a response. Off by default.
    RESPONSE_BODY_SIZE: Histogram = "http_server_response_body_size_bytes"
        (http_request_method, http_route, http_response_status_code, error_type)
        [64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0];

    /// Requests answered by a protocol upgrade: status 101, or 2xx to CONNECT.
    UPGRADES: Counter = "http_server_upgrades_total" (http_request_method, http_route);
}
