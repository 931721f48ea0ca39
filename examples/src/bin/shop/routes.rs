//! What the shop answers.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream::{self, Stream, StreamExt as _};
use obs_axum::ErrorCause;
use serde::Deserialize;

use crate::bank::{Bank, PaymentError};
use crate::page;
use crate::store::{ORDER_VALUE, ORDERS, Order, PRODUCTS, PaymentMethod, Product, Store};

#[derive(Clone, Debug)]
struct Shop {
    store: Arc<Store>,
    bank: Bank,
}

/// The shop's routes.
pub(crate) fn routes(store: Arc<Store>, bank: Bank) -> Router {
    Router::new()
        .route("/", get(async || Html(page::HOME)))
        .route("/products", get(async || Json(PRODUCTS)))
        .route("/products/{id}", get(product))
        .route("/orders", post(place_order))
        .route("/orders/{id}", get(order))
        .route("/orders.csv", get(export))
        .route("/events", get(events))
        .route("/reports/sales", get(sales_report))
        .route("/stocktaking", post(stocktaking))
        .route("/bank/break", post(async |State(shop): State<Shop>| shop.bank.set_broken(true)))
        .route("/bank/mend", post(async |State(shop): State<Shop>| shop.bank.set_broken(false)))
        .with_state(Shop { store, bank })
}

async fn product(Path(id): Path<u32>) -> Result<Json<Product>, StatusCode> {
    find(id).map(Json).ok_or(StatusCode::NOT_FOUND)
}

fn find(id: u32) -> Option<Product> {
    PRODUCTS.into_iter().find(|product| product.id == id)
}

#[derive(Debug, Deserialize)]
struct NewOrder {
    product: u32,
    payment_method: PaymentMethod,
}

async fn place_order(State(shop): State<Shop>, Json(new): Json<NewOrder>) -> Response {
    let Some(product) = find(new.product) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    let method = new.payment_method;
    let outcome = match shop.bank.charge().await {
        Ok(()) => "paid",
        Err(PaymentError::Declined) => "declined",
        Err(PaymentError::Unavailable) => "failed",
    };
    ORDERS.with([method.as_str(), outcome]).increment(1);
    match outcome {
        "paid" => {
            ORDER_VALUE.with([]).record(product.euros);
            let order = shop.store.add(&product, method);
            tracing::info!(order.id, order.euros, "order placed");
            (StatusCode::CREATED, Json(order)).into_response()
        }
        "declined" => StatusCode::PAYMENT_REQUIRED.into_response(),
        _ => {
            tracing::error!(product.id, "the bank did not take the payment");
            (StatusCode::BAD_GATEWAY, ErrorCause("bank_unavailable"), "try again").into_response()
        }
    }
}

async fn order(State(shop): State<Shop>, Path(id): Path<u64>) -> Result<Json<Order>, StatusCode> {
    shop.store.order(id).map(Json).ok_or(StatusCode::NOT_FOUND)
}

/// All orders as CSV, a line at a time: a body of unknown size.
async fn export(State(shop): State<Shop>) -> impl IntoResponse {
    let header = stream::once(async { "id,product,euros\n".to_owned() });
    let lines = stream::iter(shop.store.orders())
        .map(|order| format!("{},{},{}\n", order.id, order.product, order.euros));
    let body = header.chain(lines).map(|line| Ok::<_, Infallible>(Bytes::from(line)));
    ([(header::CONTENT_TYPE, "text/csv")], Body::from_stream(body))
}

/// The number of open orders, each second, for as long as somebody listens.
async fn events(State(shop): State<Shop>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let ticks = stream::unfold(shop, |shop| async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let event =
            Event::default().event("open_orders").data(shop.store.orders().len().to_string());
        Some((Ok(event), shop))
    });
    Sse::new(ticks).keep_alive(KeepAlive::default())
}

async fn sales_report(State(shop): State<Shop>) -> String {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(400..1500))).await;
    let total: f64 = shop.store.orders().iter().map(|order| order.euros).sum();
    format!("{total:.2} euros in open orders\n")
}

/// Counts what is on the shelf, and loses count.
#[expect(clippy::panic, reason = "shows how a panic is counted and logged")]
async fn stocktaking() -> StatusCode {
    panic!("the shelf is not where the plan has it")
}
