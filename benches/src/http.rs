//! One request through an axum router, in process, under different layers.
//!
//! A `GET /users/42` on the route `/users/{id}` that answers `ok`: made, routed, handled, and its
//! body collected to the end, on a tokio runtime of one thread.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{RouterIntoService, get};
use axum_otel_metrics::HttpMetricsLayerBuilder;
use http_body_util::BodyExt as _;
use metrics::{counter, histogram, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use obs_core::Obs;
use opentelemetry_sdk::metrics::{ManualReader, SdkMeterProvider};
use tokio::runtime::Runtime;
use tower::{Service as _, ServiceExt as _};
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use tracing::dispatcher::with_default;
use tracing::{Dispatch, Level};

use crate::{log, series};

/// A router under some layer.
pub struct App {
    pub name: &'static str,
    service: RouterIntoService<Body>,
    recorder: Option<Exporter>,
    /// Where it logs to, if not to the subscriber of the process.
    log: Option<Dispatch>,
    /// Keeps the backend alive.
    _backend: Option<Box<dyn std::any::Any>>,
}

/// The facade's recorder while the router runs.
struct Exporter {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

impl App {
    fn new(name: &'static str, router: Router) -> Self {
        let service = router.with_state(()).into_service();
        Self { name, service, recorder: None, log: None, _backend: None }
    }

    fn with_exporter(mut self) -> Self {
        let recorder = series::exporter(series::HTTP_BOUNDS);
        self.recorder = Some(Exporter { handle: recorder.handle(), recorder });
        self
    }

    fn logging_to(mut self, log: &Dispatch) -> Self {
        self.log = Some(log.clone());
        self
    }

    fn keeping(mut self, backend: impl std::any::Any) -> Self {
        self._backend = Some(Box::new(backend));
        self
    }

    /// Handles `n` requests.
    pub fn requests(&mut self, runtime: &Runtime, n: u64) {
        let service = &mut self.service;
        let log = self.log.as_ref();
        let mut run = || {
            let mut run = || runtime.block_on(requests(service, n));
            match log {
                Some(log) => with_default(log, run),
                None => run(),
            }
        };
        match &self.recorder {
            Some(exporter) => with_local_recorder(&exporter.recorder, run),
            None => run(),
        }
    }

    /// Drains what the exporter has buffered.
    pub fn upkeep(&self) {
        if let Some(exporter) = &self.recorder {
            exporter.handle.run_upkeep();
        }
    }
}

async fn requests(service: &mut RouterIntoService<Body>, n: u64) {
    for _ in 0..n {
        let request =
            Request::builder().uri("/users/42").body(Body::empty()).expect("the URI is valid");
        let Ok(ready) = service.ready().await;
        let Ok(response) = ready.call(request).await;
        assert!(response.status().is_success());
        let body = response.into_body().collect().await.expect("the body is in memory");
        std::hint::black_box(body.to_bytes());
    }
}

/// The runtime all variants run on.
///
/// # Panics
///
/// If the operating system refuses one.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime of one thread")
}

fn routes() -> Router {
    Router::new()
        .route("/", get(async || "index"))
        .route("/users/{id}", get(async || "ok"))
        .route("/orders/{id}/items", get(async || "items"))
}

pub const NOOP: &str = "no-op layer";
pub const OURS_METRICS: &str = "ours, metrics only";
pub const OURS_FULL: &str = "ours, everything: span and JSON line";
pub const OURS_NO_SPAN: &str = "ours, everything without span: JSON line";
pub const OURS_FULL_OWN_LOG: &str = "ours, everything on our log layer";
pub const OURS_NO_SPAN_OWN_LOG: &str = "ours, everything without span on our log layer";
pub const AXUM_PROMETHEUS: &str = "axum-prometheus";
pub const AXUM_OTEL: &str = "axum-otel-metrics, SdkMeterProvider";
pub const TRACE_LAYER: &str = "TraceLayer, INFO span and JSON line";

/// Every variant. Those that log write to the subscriber that [`install_json`] installs, or to our
/// layer, set for the thread while they run.
pub fn apps() -> Vec<App> {
    let obs = obs();
    let layer = || obs_axum::layer(&obs);
    let metrics_only = || layer().without_ids().without_access_log();
    let on_exporter = obs_core::builder("bench")
        .bundle(obs_axum::BUNDLE)
        .metrics_exporter_prometheus(PrometheusBuilder::new())
        .env(&[])
        .build()
        .expect("the settings are valid");
    let on_exporter_layer = obs_axum::layer(&on_exporter).without_ids().without_access_log();

    let own_log = log::ours_at_info(&Sink);
    let provider = SdkMeterProvider::builder().with_reader(ManualReader::builder().build()).build();
    let otel = HttpMetricsLayerBuilder::new().with_provider(provider.clone()).build();
    let trace = TraceLayer::new_for_http()
        .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
        .on_response(DefaultOnResponse::new().level(Level::INFO));

    vec![
        App::new("bare router", routes()),
        App::new(NOOP, routes().layer(tower::layer::util::Identity::new())),
        App::new(OURS_METRICS, routes().layer(metrics_only())),
        App::new("ours, metrics only, exporter backend", routes().layer(on_exporter_layer))
            .keeping(on_exporter),
        App::new(AXUM_OTEL, routes().layer(otel)).keeping(provider),
        App::new("naive from_fn with macros, exporter", routes().layer(middleware::from_fn(naive)))
            .with_exporter(),
        App::new(AXUM_PROMETHEUS, routes().layer(axum_prometheus::PrometheusMetricLayer::new()))
            .with_exporter(),
        App::new("ours, ids, no access log, no span", {
            routes().layer(layer().without_access_log().without_span())
        }),
        App::new("ours, ids and span, no access log", routes().layer(layer().without_access_log())),
        App::new("ours, access log, no ids", routes().layer(layer().without_ids())),
        App::new(OURS_NO_SPAN, routes().layer(layer().without_span())),
        App::new(OURS_FULL, routes().layer(layer())),
        App::new(OURS_NO_SPAN_OWN_LOG, routes().layer(layer().without_id_fields().without_span()))
            .logging_to(&own_log),
        App::new(OURS_FULL_OWN_LOG, routes().layer(layer().without_id_fields()))
            .logging_to(&own_log),
        App::new(TRACE_LAYER, routes().layer(trace)),
    ]
}

fn obs() -> Obs {
    obs_core::builder("bench")
        .bundle(obs_axum::BUNDLE)
        .env(&[])
        .build()
        .expect("the settings are valid")
}

/// As in axum's example of metrics with `metrics-exporter-prometheus`.
async fn naive(request: Request, next: Next) -> Response {
    let start = Instant::now();
    let path = match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => request.uri().path().to_owned(),
    };
    let method = request.method().clone();
    let response = next.run(request).await;
    let latency = start.elapsed().as_secs_f64();
    let status = response.status().as_u16().to_string();
    let labels = [("method", method.to_string()), ("path", path), ("status", status)];
    counter!("http_requests_total", &labels).increment(1);
    histogram!("http_requests_duration_seconds", &labels).record(latency);
    response
}

static LINES: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// Lines and bytes logged so far.
pub fn logged() -> (u64, u64) {
    (LINES.load(Relaxed), BYTES.load(Relaxed))
}

/// Counts what is written and forgets it.
#[derive(Clone, Copy)]
struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.fetch_add(1, Relaxed);
        BYTES.fetch_add(bytes.len() as u64, Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Installs `tracing-subscriber`'s own JSON at `INFO` for the process.
pub fn install_json() {
    tracing_subscriber::fmt().json().with_max_level(Level::INFO).with_writer(|| Sink).init();
}
