//! Lines of services that do what nobody should, and of clients that mean no good.

use std::sync::{Arc, Mutex};

use obs_core::log::{EcsLayer, EcsLayerBuilder, Redaction};
use serde_json::{Map, Value};
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;

#[path = "support/unique.rs"]
mod unique;

/// The lines that came out of a layer.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn layer(&self, layer: EcsLayerBuilder) -> EcsLayer {
        let Self(to) = self.clone();
        layer.build(move |_, line| {
            let line = str::from_utf8(line).expect("lines are UTF-8");
            let line = line.strip_suffix('\n').expect("a line ends");
            assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
            to.lock().expect("no test panics with it").push(line.to_owned());
        })
    }

    fn raw(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no test panics with it"))
    }

    fn read(&self) -> Vec<Map<String, Value>> {
        self.raw().iter().map(|line| unique::object(line)).collect()
    }
}

fn lines_of(layer: EcsLayerBuilder, log: impl FnOnce()) -> Vec<Map<String, Value>> {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry().with(lines.layer(layer));
    tracing::subscriber::with_default(subscriber, log);
    lines.read()
}

fn line_of(log: impl FnOnce()) -> Value {
    let mut lines = lines_of(EcsLayer::builder("shop"), log);
    assert_eq!(lines.len(), 1, "{lines:?}");
    Value::Object(labels(lines.remove(0)))
}

/// What a line has besides what every line has.
fn labels(mut line: Map<String, Value>) -> Map<String, Value> {
    line.retain(|key, _| key.contains("labels.") || key.starts_with("error."));
    line
}

macro_rules! fields {
    ($($json:tt)*) => { serde_json::json!({ $($json)* }) };
}

#[test]
fn each_of_two_layers_has_its_own_say_about_a_span() {
    let (open, closed) = (Lines::default(), Lines::default());
    let subscriber = tracing_subscriber::registry()
        .with(closed.layer(EcsLayer::builder("shop")))
        .with(open.layer(EcsLayer::builder("shop").redaction(Redaction::new().without_keys())));
    tracing::subscriber::with_default(subscriber, || {
        let outer =
            info_span!("outer", password = "hunter2", pin = tracing::field::Empty).entered();
        let _inner = info_span!("inner", token = "hunter3").entered();
        outer.record("pin", 1);
        info!("in both");
    });
    let [open, closed] = [open, closed].map(|lines| Value::Object(labels(lines.read().remove(0))));
    assert_eq!(
        open,
        fields! { "labels.token": "hunter3", "labels.password": "hunter2", "numeric_labels.pin": 1 }
    );
    assert_eq!(
        closed,
        fields! { "labels.token": "[redacted]", "labels.password": "[redacted]", "numeric_labels.pin": 1 }
    );
}

#[test]
fn a_span_that_the_layer_did_not_see_is_passed_over() {
    let lines = Lines::default();
    let layer = lines.layer(EcsLayer::builder("shop"));
    let (reload, handle) = tracing_subscriber::reload::Layer::new(Some(layer.clone()));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(reload), || {
        let _outer = info_span!("outer", outer = 1).entered();
        handle.reload(None).expect("the subscriber is there");
        let middle = info_span!("middle", middle = 1).entered();
        handle.reload(Some(layer)).expect("the subscriber is there");
        middle.record("middle", 2);
        info!("in the middle");
        let _inner = info_span!("inner", inner = 1).entered();
        info!("within");
    });
    let lines: Vec<_> = lines.read().into_iter().map(|line| Value::Object(labels(line))).collect();
    assert_eq!(
        lines,
        [
            fields! { "numeric_labels.outer": 1 },
            fields! { "numeric_labels.inner": 1, "numeric_labels.outer": 1 },
        ]
    );
}
