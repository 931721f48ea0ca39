//! The shop's own customers, over real HTTP.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

/// Sends `rate` requests a second to `addr` until the task is aborted.
pub(crate) fn spawn(addr: SocketAddr, rate: f64) -> JoinHandle<()> {
    tokio::spawn(async move {
        if rate <= 0.0 {
            return;
        }
        let customer = Customer { client: reqwest::Client::new(), base: format!("http://{addr}") };
        let mut tick = interval(Duration::from_secs_f64(1.0 / rate));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Every kind of visit soon, in an order that mixes them: 37 and 100 have no common factor.
        for i in 0..100 {
            tick.tick().await;
            tokio::spawn(customer.clone().visit(i * 37 % 100));
        }
        loop {
            tick.tick().await;
            tokio::spawn(customer.clone().visit(fastrand::u32(0..100)));
        }
    })
}

#[derive(Clone, Debug)]
struct Customer {
    client: reqwest::Client,
    base: String,
}

impl Customer {
    /// One request. `kind` below 100 says which, so that the common ones come often.
    async fn visit(self, kind: u32) {
        let answer = match kind {
            0..30 => self.get("/products").await,
            30..50 => self.get(&format!("/products/{}", fastrand::u32(1..5))).await,
            50..54 => self.get("/products/99").await,
            54..80 => self.order().await,
            80..86 => self.get("/orders/1").await,
            86..89 => self.get("/orders.csv").await,
            89..92 => self.get("/reports/sales").await,
            92..94 => self.leave_early("/reports/sales", Duration::from_millis(150)).await,
            94..96 => self.leave_early("/events", Duration::from_secs(5)).await,
            96..98 => self.get(&format!("/wp-admin/{}.php", fastrand::u32(..))).await,
            98 => self.get("/").await,
            _ => self.client.post(format!("{}/stocktaking", self.base)).send().await.map(drop),
        };
        // The shop is closing, or the visit ended as it was meant to.
        if let Err(error) = answer {
            tracing::debug!(%error, "a customer got no answer");
        }
    }

    async fn get(&self, path: &str) -> reqwest::Result<()> {
        let response = self.client.get(format!("{}{path}", self.base)).send().await?;
        response.bytes().await.map(drop)
    }

    async fn order(&self) -> reqwest::Result<()> {
        let methods = ["card", "ideal", "invoice"];
        let method = methods[fastrand::usize(..methods.len())];
        let order = json!({ "product": fastrand::u32(1..5), "payment_method": method });
        let response =
            self.client.post(format!("{}/orders", self.base)).json(&order).send().await?;
        response.bytes().await.map(drop)
    }

    async fn leave_early(&self, path: &str, after: Duration) -> reqwest::Result<()> {
        timeout(after, self.get(path)).await.unwrap_or(Ok(()))
    }
}
