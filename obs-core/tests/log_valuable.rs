//! Values of the `valuable` crate, of which `tracing` has no stable interface:
//! `RUSTFLAGS="--cfg tracing_unstable" cargo test -p obs-core --features valuable --test log_valuable`.

#![cfg(all(tracing_unstable, feature = "valuable"))]

use std::collections::BTreeMap;
use std::sync::mpsc;

use obs_core::log::EcsLayer;
use tracing::field::valuable;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;

#[test]
fn they_become_the_fields_that_json_becomes() {
    let (lines, read) = mpsc::channel();
    let layer = EcsLayer::builder("shop").build(move |_, line| {
        let _ = lines.send(serde_json::from_slice::<serde_json::Value>(line));
    });
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let order = BTreeMap::from([("id", "7"), ("password", "hunter2")]);
        let _span = info_span!("span", sizes = valuable(&vec![1, 2])).entered();
        info!(order = valuable(&order), user.id = valuable(&42), "placed");
    });
    let line = read.recv().unwrap().unwrap();
    assert_eq!(line["labels.order_id"], "7");
    assert_eq!(line["labels.order_password"], "[redacted]");
    assert_eq!(line["numeric_labels.sizes"], serde_json::json!([1, 2]));
    assert_eq!(line["user.id"], "42");
}
