//! A subscriber that records metrics of what it is told, alone in its process: it is the global one.

use metrics::{counter, gauge, histogram, set_global_recorder};
use obs_core::metrics::{Config, Format, Metrics};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

obs_core::catalogue! {
    /// A shop.
    static SHOP;

    /// Time to pack an order.
    PACK_DURATION: Histogram = "shop_pack_duration_seconds" (shift) [60.0, 3600.0];
}

struct CountEvents;

impl<S: Subscriber> Layer<S> for CountEvents {
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        histogram!("event_bytes").record(3.0);
        counter!("events_total").increment(1);
    }
}

#[test]
fn a_warning_about_one_metric_may_register_another() {
    let config = {
        let mut config = Config::default();
        config.series_limit = 1;
        config
    };
    let metrics = Metrics::new(config);
    set_global_recorder(metrics.clone()).unwrap();
    let subscriber = tracing_subscriber::registry().with(CountEvents);
    tracing::subscriber::set_global_default(subscriber).unwrap();

    PACK_DURATION.with(["day"]).record(1.0);
    PACK_DURATION.with(["night"]).record(1.0);
    gauge!("events_total").set(1.0);

    let text = metrics.render(Format::Text);
    for line in [
        "event_bytes_bucket{le=\"10.0\"} 1",
        "events_total 1",
        "events_conflicting_total 1",
        "shop_pack_duration_seconds_bucket{otel_metric_overflow=\"true\",le=\"60.0\"} 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }
    assert!(!text.contains("# HELP event_bytes"), "{text}");
}
