//! The same API over a `metrics-exporter-prometheus` recorder.

use metrics::{counter, with_local_recorder};
use metrics_exporter_prometheus::PrometheusBuilder;
use obs_core::metrics::{Config, Format, Metrics, Sample};

obs_core::catalogue! {
    /// A shop.
    static SHOP;

    /// Orders placed.
    ORDERS: Counter = "shop_orders_total" (method);

    /// Orders being packed.
    PACKING: Gauge = "shop_orders_packing" ();

    /// Time to pack an order.
    PACK_DURATION: Histogram = "shop_pack_duration_seconds" (shift) [0.5, 1.0, 30.0];

    /// Time the packing robot worked.
    ROBOT: ObservableCounter = "shop_robot_seconds_total" ();
}

fn metrics() -> Metrics {
    let mut config = Config::default();
    config.catalogue.extend(SHOP);
    config.global_labels.push(("env".to_owned(), "test".to_owned()));
    let metrics = Metrics::on_exporter(PrometheusBuilder::new(), config);
    ORDERS.of(&metrics, ["card \"gold\"\n"]).increment(2);
    PACKING.of(&metrics, []).set(2.5);
    PACK_DURATION.of(&metrics, ["night"]).record(0.7);
    PACK_DURATION.of(&metrics, ["night"]).record(31.0);
    ROBOT.of(&metrics, []).set(1.5);
    metrics
}

#[test]
fn what_the_exporter_has_and_what_it_cannot_hold_are_one_exposition() {
    let text = metrics().render(Format::Text);
    for line in [
        r#"shop_orders_total{env="test",method="card \"gold\"\n"} 2"#,
        r#"shop_orders_packing{env="test"} 2.5"#,
        r#"shop_pack_duration_seconds_bucket{env="test",shift="night",le="1"} 1"#,
        r#"shop_pack_duration_seconds_count{env="test",shift="night"} 2"#,
        r#"shop_robot_seconds_total{env="test"} 1.5"#,
        "# HELP shop_orders_total Orders placed.",
        "# HELP shop_robot_seconds_total Time the packing robot worked.",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn series_are_visited_with_the_same_ids_each_time() {
    let metrics = metrics();
    let read = || {
        let mut seen = Vec::new();
        metrics.visit(&mut |series, sample| {
            let labels: Vec<_> = series.labels().map(|(n, v)| format!("{n}={v}")).collect();
            let value = match sample {
                Sample::Counter(total) => format!("counter {total}"),
                Sample::Gauge(value) => format!("gauge {value}"),
                Sample::Histogram { buckets, sum } => {
                    format!("histogram {:?} {buckets:?} {sum}", series.bounds)
                }
            };
            seen.push((series.name.to_owned(), series.id, labels, value));
        });
        seen.retain(|(name, ..)| name.starts_with("shop_"));
        seen.sort();
        seen
    };
    let first = read();
    let shown: Vec<_> = first
        .iter()
        .map(|(name, _, labels, value)| (&**name, labels.join(","), &**value))
        .collect();
    let env = "env=test".to_owned();
    assert_eq!(
        shown,
        [
            ("shop_orders_packing", env.clone(), "gauge 2.5"),
            ("shop_orders_total", format!("{env},method=card \"gold\"\n"), "counter 2"),
            (
                "shop_pack_duration_seconds",
                format!("{env},shift=night"),
                "histogram [0.5, 1.0, 30.0] [0, 1, 0, 1] 31.7"
            ),
            ("shop_robot_seconds_total", env, "counter 1.5"),
        ]
    );
    assert_eq!(read(), first);
}

#[test]
fn a_family_that_the_application_has_is_not_written_twice() {
    let metrics = metrics();
    with_local_recorder(metrics.recorder(), || counter!("shop_robot_seconds_total").increment(9));
    let text = metrics.render(Format::Text);
    assert_eq!(text.matches("# TYPE shop_robot_seconds_total ").count(), 1, "{text}");
}

#[test]
fn text_is_what_this_backend_writes() {
    assert_eq!(metrics().negotiate(Some("application/openmetrics-text")), Format::Text);
}

#[test]
fn global_labels_are_made_valid_as_on_our_recorder() {
    let mut config = Config::default();
    config.global_labels.push(("e.nv".to_owned(), "test".to_owned()));
    let metrics = Metrics::on_exporter(PrometheusBuilder::new(), config);
    PACKING.of(&metrics, []).set(1.0);
    ROBOT.of(&metrics, []).set(1.0);
    let text = metrics.render(Format::Text);
    for line in
        [r#"shop_orders_packing{e_nv="test"} 1"#, r#"shop_robot_seconds_total{e_nv="test"} 1"#]
    {
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }
}
