//! A service that keeps its `metrics-exporter-prometheus` recorder.
//!
//! ```text
//! cargo run --features metrics-exporter-prometheus --bin on-exporter
//! curl http://127.0.0.1:8081/hello/world
//! curl http://127.0.0.1:8081/metrics
//! ```
//!
//! Everything but OpenMetrics and exemplars works as on the recorder of obs-core.

#![expect(clippy::print_stderr, reason = "an example tells its user what to try")]

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;

obs_core::catalogue! {
    /// What the service greets.
    static GREETER;

    /// Greetings given.
    GREETINGS: Counter = "greeter_greetings_total" ();
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let obs = obs_core::builder("greeter")
        .bundle(obs_axum::BUNDLE)
        .catalogue(GREETER)
        .metrics_exporter_prometheus(PrometheusBuilder::new())
        .init()?;

    let app = Router::new()
        .route("/hello/{name}", get(hello))
        .layer(obs_axum::layer(&obs))
        .merge(obs_axum::endpoints(&obs))
        .with_state(());

    let listener = TcpListener::bind("127.0.0.1:8081").await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(obs.shutdown_signal()).await?;
    obs.finish().await;
    Ok(())
}

async fn hello(Path(name): Path<String>) -> String {
    GREETINGS.with([]).increment(1);
    format!("Hello, {name}!\n")
}
