//! A small web shop that shows what the SDK does: logs, metrics, health, and its own customers.
//!
//! ```text
//! cargo run --bin shop
//! cargo run --bin shop -- --addr 127.0.0.1:9000 --traffic 50 --for 30s
//! ```

#![expect(clippy::print_stderr, reason = "an example tells its user what to try")]

mod args;
mod bank;
mod page;
mod routes;
mod store;
mod traffic;

use std::sync::Arc;

use axum::Router;
use clap::Parser;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use args::Args;
use bank::Bank;
use store::Store;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let store = Arc::new(Store::default());
    let bank = Bank::default();

    let obs = obs_core::builder("shop")
        .service_version(env!("CARGO_PKG_VERSION"))
        .bundle(obs_axum::BUNDLE)
        .catalogue(store::SHOP)
        .readiness("bank", {
            let bank = bank.clone();
            move || {
                let bank = bank.clone();
                async move { bank.ping() }
            }
        })
        .init()?;

    let app = Router::new()
        .merge(routes::routes(store, bank))
        .layer(obs_axum::layer(&obs).body_sizes())
        // Outside of the layer, so that it sees the panic and not the answer made of it.
        .layer(CatchPanicLayer::new())
        .merge(obs_axum::endpoints(&obs).bind().await?)
        .with_state(());

    let listener = TcpListener::bind(args.addr)
        .await
        .map_err(|error| anyhow::anyhow!("cannot listen on {}: {error}", args.addr))?;
    let addr = listener.local_addr()?;
    eprintln!("{}", page::banner(addr, args.traffic));

    let customers = traffic::spawn(addr, args.traffic);
    if let Some(duration) = args.duration {
        let shutdown = obs.shutdown_handle();
        tokio::spawn(async move {
            tokio::time::sleep(duration).await;
            shutdown.trigger();
        });
    }

    let serve = axum::serve(listener, app).with_graceful_shutdown(obs.shutdown_signal());
    let served = obs.drain(serve.into_future()).await;
    customers.abort();
    served??;
    obs.finish().await;
    Ok(())
}
