//! The recorder as an application and a scraper see it.

use std::time::Duration;

use metrics::{counter, describe_histogram, gauge, histogram, with_local_recorder};
use obs_core::metrics::{Config, Format, Kind, Metrics, Sample};

obs_core::catalogue! {
    /// A shop.
    static SHOP;

    /// Orders placed,
    /// by payment method.
    ORDERS: Counter = "shop_orders_total" (method);

    /// Orders being packed.
    PACKING: Gauge = "shop_orders_packing" ();

    /// Time to pack an order.
    PACK_DURATION: Histogram = "shop_pack_duration_seconds" (shift) [0.5, 1.0, 30.0];
}

fn metrics_with(change: impl FnOnce(&mut Config)) -> Metrics {
    let mut config = Config::default();
    config.clock = || 1_700_000_000_123;
    change(&mut config);
    Metrics::new(config)
}

fn metrics() -> Metrics {
    metrics_with(|_| {})
}

/// The output without what obs-core says of itself.
fn shown(metrics: &Metrics, format: Format) -> String {
    let own = |line: &&str| {
        ["obs_", "# HELP obs_", "# TYPE obs_"].iter().any(|start| line.starts_with(start))
    };
    let text = metrics.render(format);
    text.lines().filter(|line| !own(line)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn text_format() {
    let metrics = metrics_with(|config| config.catalogue.extend(SHOP));
    ORDERS.of(&metrics, ["ideal"]).increment(2);
    ORDERS.of(&metrics, ["card \"gold\"\n"]).increment(1);
    PACKING.of(&metrics, []).set(2.5);
    PACK_DURATION.of(&metrics, ["night"]).record(1.0);
    PACK_DURATION.of(&metrics, ["night"]).record(31.0);
    assert_eq!(
        shown(&metrics, Format::Text),
        r#"# HELP shop_orders_packing Orders being packed.
# TYPE shop_orders_packing gauge
shop_orders_packing 2.5
# HELP shop_orders_total Orders placed, by payment method.
# TYPE shop_orders_total counter
shop_orders_total{method="card \"gold\"\n"} 1
shop_orders_total{method="ideal"} 2
# HELP shop_pack_duration_seconds Time to pack an order.
# TYPE shop_pack_duration_seconds histogram
shop_pack_duration_seconds_bucket{shift="night",le="0.5"} 0
shop_pack_duration_seconds_bucket{shift="night",le="1.0"} 1
shop_pack_duration_seconds_bucket{shift="night",le="30.0"} 1
shop_pack_duration_seconds_bucket{shift="night",le="+Inf"} 2
shop_pack_duration_seconds_sum{shift="night"} 32
shop_pack_duration_seconds_count{shift="night"} 2
"#
    );
}

#[test]
fn open_metrics_has_units_creation_times_and_an_end() {
    let metrics = metrics();
    ORDERS.of(&metrics, ["ideal"]).increment(2);
    PACK_DURATION.of(&metrics, ["night"]).record(1.0);
    with_local_recorder(metrics.recorder(), || counter!("visits").increment(1));
    assert_eq!(
        shown(&metrics, Format::OpenMetrics),
        r#"# HELP shop_orders Orders placed, by payment method.
# TYPE shop_orders counter
shop_orders_total{method="ideal"} 2
shop_orders_created{method="ideal"} 1700000000.123
# HELP shop_pack_duration_seconds Time to pack an order.
# TYPE shop_pack_duration_seconds histogram
# UNIT shop_pack_duration_seconds seconds
shop_pack_duration_seconds_bucket{shift="night",le="0.5"} 0
shop_pack_duration_seconds_bucket{shift="night",le="1.0"} 1
shop_pack_duration_seconds_bucket{shift="night",le="30.0"} 1
shop_pack_duration_seconds_bucket{shift="night",le="+Inf"} 1
shop_pack_duration_seconds_sum{shift="night"} 1
shop_pack_duration_seconds_count{shift="night"} 1
shop_pack_duration_seconds_created{shift="night"} 1700000000.123
# TYPE visits unknown
visits 1
# EOF
"#
    );
}

#[test]
fn creation_times_can_be_left_out() {
    let metrics = metrics_with(|config| config.created = false);
    ORDERS.of(&metrics, ["ideal"]).increment(2);
    assert!(!metrics.render(Format::OpenMetrics).contains("_created"));
}

#[test]
fn the_macros_of_the_facade_record_here_too() {
    let metrics = metrics();
    with_local_recorder(metrics.recorder(), || {
        counter!("jobs.done", "queue" => "mail").increment(1);
        counter!("jobs_done", "queue" => "mail").increment(1);
        counter!("seen_total").absolute(7);
        counter!("seen_total").absolute(5);
        gauge!("depth").set(3);
        gauge!("depth").decrement(0.5);
        histogram!("size", "le" => "clash").record(0.3);
        describe_histogram!("size", metrics::Unit::Bytes, "Sizes\nof \\ things.");
    });
    let text = shown(&metrics, Format::Text);
    for line in [
        "jobs_done{queue=\"mail\"} 2",
        "seen_total 7",
        "depth 2.5",
        "size_bucket{exported_le=\"clash\",le=\"0.5\"} 1",
        "# HELP size Sizes\\nof \\\\ things.",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }
    assert_eq!(text.matches("# TYPE jobs_done ").count(), 1);
}

#[test]
fn a_metric_described_before_or_after_its_first_sample_has_its_unit_and_help() {
    let metrics = metrics();
    with_local_recorder(metrics.recorder(), || {
        describe_histogram!("pause_milliseconds", metrics::Unit::Milliseconds, "Pauses.");
        histogram!("pause_milliseconds").record(1.0);
        histogram!("gap_milliseconds").record(1.0);
        describe_histogram!("gap_milliseconds", metrics::Unit::Milliseconds, "Gaps.");
        metrics::describe_gauge!("gap_milliseconds", "Another kind's.");
    });
    let text = metrics.render(Format::OpenMetrics);
    for line in [
        "# HELP pause_milliseconds Pauses.",
        "# UNIT pause_milliseconds milliseconds",
        "# HELP gap_milliseconds Gaps.",
        "# UNIT gap_milliseconds milliseconds",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn a_declared_histogram_has_its_buckets_without_registration() {
    let metrics = metrics();
    PACK_DURATION.of(&metrics, ["day"]).record(20.0);
    let own = &[0.5, 1.0, 2.0, 30.0];
    PACK_DURATION.of_with_bounds(&metrics, ["night"], own).record(1.5);
    let mut seen = Vec::new();
    metrics.visit(&mut |series, sample| {
        if let Sample::Histogram { buckets, sum } = sample {
            seen.push((
                series.label_text.to_owned(),
                series.bounds.to_vec(),
                buckets.to_vec(),
                sum,
            ));
        }
    });
    assert_eq!(
        seen,
        [
            (r#"shift="day""#.to_owned(), vec![0.5, 1.0, 30.0], vec![0, 0, 1, 0], 20.0),
            (r#"shift="night""#.to_owned(), own.to_vec(), vec![0, 0, 1, 0, 0], 1.5),
        ]
    );
}

#[test]
fn a_second_kind_under_a_name_stays_visible_under_another() {
    let metrics = metrics();
    with_local_recorder(metrics.recorder(), || {
        counter!("thing").increment(1);
        gauge!("thing").set(2.0);
        gauge!("thing").set(3.0);
        histogram!("lag").record(1.0);
        counter!("lag_count").increment(9);
        counter!("hits_total").increment(4);
        gauge!("hits").set(5.0);
    });
    let text = metrics.render(Format::Text);
    for line in [
        "thing 1",
        "thing_conflicting_gauge 3",
        "lag_count 1",
        "lag_count_conflicting_counter 9",
        "hits_total 4",
        "hits_conflicting_gauge 5",
        "obs_metric_conflicts_total{metric=\"thing\"} 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }
    let mut types: Vec<_> = text.lines().filter(|l| l.starts_with("# TYPE")).collect();
    let all = types.len();
    types.dedup_by_key(|l| l.split(' ').nth(2));
    assert_eq!(types.len(), all, "a name has two TYPE lines");
}

#[test]
fn a_full_metric_counts_in_its_overflow_series() {
    let metrics = metrics_with(|config| config.series_limit = 3);
    for i in 0..10 {
        ORDERS.of(&metrics, [&i.to_string()]).increment(1);
    }
    ORDERS.of(&metrics, ["1"]).increment(1);
    let text = metrics.render(Format::Text);
    for line in [
        r#"shop_orders_total{method="1"} 2"#,
        r#"shop_orders_total{otel_metric_overflow="true"} 7"#,
        r#"obs_metric_series_overflow_total{metric="shop_orders_total"} 7"#,
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }
    assert_eq!(text.matches("\nshop_orders_total{").count(), 4);
}

#[test]
fn global_labels_are_on_each_series_that_has_no_own() {
    let metrics = metrics_with(|config| {
        config.global_labels = vec![("e.nv".into(), "test".into()), ("method".into(), "x".into())];
    });
    ORDERS.of(&metrics, ["card"]).increment(1);
    PACKING.of(&metrics, []).set(1.0);
    let text = metrics.render(Format::Text);
    assert!(text.contains("shop_orders_total{e_nv=\"test\",method=\"card\"} 1\n"), "{text}");
    assert!(text.contains("shop_orders_packing{e_nv=\"test\",method=\"x\"} 1\n"), "{text}");
}

#[test]
fn an_idle_series_goes_and_a_held_handle_never_loses_its_series() {
    let metrics = metrics_with(|config| config.idle_timeout = Some(Duration::ZERO));
    let held = ORDERS.of(&metrics, ["held"]);
    ORDERS.of(&metrics, ["dropped"]).increment(1);
    let _ = metrics.render(Format::Text);
    let text = metrics.render(Format::Text);
    assert!(!text.contains("dropped"), "{text}");

    held.increment(41);
    ORDERS.of(&metrics, ["held"]).increment(1);
    assert!(metrics.render(Format::Text).contains("shop_orders_total{method=\"held\"} 42\n"));
}

#[test]
fn series_ids_are_stable_and_not_used_again() {
    let ids = |metrics: &Metrics| {
        let mut ids = Vec::new();
        metrics.visit(&mut |series, _| ids.push((series.id, series.label_text.to_owned())));
        ids
    };
    let metrics = metrics_with(|config| config.idle_timeout = Some(Duration::ZERO));
    drop(ORDERS.of(&metrics, ["b"]));
    let held = ORDERS.of(&metrics, ["a"]);
    let first = ids(&metrics);
    assert_eq!(
        first.iter().map(|(_, labels)| &**labels).collect::<Vec<_>>(),
        ["", r#"method="a""#, r#"method="b""#]
    );
    ids(&metrics);
    drop(ORDERS.of(&metrics, ["b"]));
    let second = ids(&metrics);
    assert_eq!(first[1], second[1]);
    assert!(second[2].0 > first.iter().map(|(id, _)| *id).max().unwrap(), "{first:?} {second:?}");
    drop(held);
}

#[test]
fn visit_may_record_and_register() {
    let metrics = metrics();
    ORDERS.of(&metrics, ["card"]).increment(1);
    let mut seen = Vec::new();
    metrics.visit(&mut |series, sample| {
        ORDERS.of(&metrics, ["made while visiting"]).increment(1);
        if let Sample::Counter(total) = sample {
            let labels: Vec<_> = series.labels().map(|(n, v)| format!("{n}={v}")).collect();
            seen.push((series.kind, labels, total));
        }
    });
    assert!(seen.contains(&(Kind::Counter, vec!["method=card".to_owned()], 1.0)), "{seen:?}");
}

/// The sizes of what is written, until there is no more room.
#[derive(Default)]
struct Chunks {
    sizes: Vec<usize>,
    room: Option<usize>,
}

impl std::io::Write for Chunks {
    fn write(&mut self, chunk: &[u8]) -> std::io::Result<usize> {
        if self.room.is_some_and(|room| self.sizes.len() >= room) {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.sizes.push(chunk.len());
        Ok(chunk.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn output_comes_in_chunks_and_in_the_same_order_each_time() {
    let metrics = metrics_with(|config| config.series_limit = 20_000);
    for i in 0..10_000 {
        ORDERS.of(&metrics, [&format!("method-{i}")]).increment(i);
    }
    let mut sizes = Chunks::default();
    metrics.encode(Format::Text, &mut sizes).unwrap();
    let Chunks { sizes, .. } = sizes;
    assert!(sizes.len() > 3 && sizes.iter().all(|&size| size < 80 * 1024), "{sizes:?}");
    assert_eq!(metrics.render(Format::Text), metrics.render(Format::Text));

    let mut full = Chunks { room: Some(2), ..Chunks::default() };
    let error = metrics.encode(Format::Text, &mut full).unwrap_err();
    assert_eq!((error.kind(), full.sizes.len()), (std::io::ErrorKind::StorageFull, 2));
}

#[test]
fn collectors_run_before_each_read() {
    let metrics = metrics();
    let depth = PACKING.of(&metrics, []);
    let reads = std::sync::atomic::AtomicU32::new(0);
    metrics.on_collect(move || {
        let before = reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        depth.set(f64::from(before + 1));
    });
    assert!(metrics.render(Format::Text).contains("shop_orders_packing 1\n"));
    assert!(metrics.render(Format::Text).contains("shop_orders_packing 2\n"));
}
