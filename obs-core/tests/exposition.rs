//! Names, labels and values that would make a scraper refuse the whole exposition.

use std::collections::HashMap;
use std::thread::ScopedJoinHandle;
use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, gauge, histogram, with_local_recorder};
use obs_core::metrics::{Config, Format, Metrics, Sample};

obs_core::catalogue! {
    /// A shop.
    static SHOP;

    /// Orders placed.
    ORDERS: Counter = "shop_orders_total" (method);

    /// Size of an order's papers.
    PAPERS: Histogram = "shop_papers_bytes" () [100.0, 1e6];

    /// Time the packing robot worked.
    ROBOT: ObservableCounter = "shop_robot_seconds_total" ();
}

fn metrics() -> Metrics {
    metrics_with(|_| {})
}

fn metrics_with(change: impl FnOnce(&mut Config)) -> Metrics {
    let mut config = Config::default();
    change(&mut config);
    Metrics::new(config)
}

#[track_caller]
fn assert_lines(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|l| l == *line), "{line} is missing in\n{text}");
    }
}

#[test]
fn a_unit_ends_the_name_that_openmetrics_gives_the_family() {
    let metrics = metrics();
    with_local_recorder(metrics.recorder(), || {
        gauge!("uptime_seconds_total").set(1.0);
        counter!("sent_bytes_total_total").increment(1);
        describe_counter!("sent_bytes_total_total", metrics::Unit::Bytes, "Sent.");
        describe_gauge!("wait_milliseconds_total", metrics::Unit::Milliseconds, "Wait.");
        gauge!("wait_milliseconds_total").set(1.0);
        counter!("worked_seconds_total").increment(1);
    });
    let text = metrics.render(Format::OpenMetrics);
    let units: Vec<_> = text.lines().filter(|line| line.starts_with("# UNIT ")).collect();
    assert_eq!(units, ["# UNIT worked_seconds seconds"]);
}

#[test]
fn a_counter_that_is_called_total_keeps_a_name() {
    let metrics = metrics();
    with_local_recorder(metrics.recorder(), || counter!("_total").increment(1));
    let text = metrics.render(Format::OpenMetrics);
    assert_lines(&text, &["# TYPE _total unknown", "_total 1"]);
    assert!(!text.contains("\n_created"), "{text}");
}

#[test]
fn no_label_takes_a_name_that_means_something_else() {
    let metrics = metrics_with(|config| {
        config.global_labels = vec![("le".into(), "global".into())];
    });
    with_local_recorder(metrics.recorder(), || {
        histogram!("size", "__le" => "clash").record(0.003);
        gauge!("level", "-_name__" => "clash").set(1);
        gauge!("depth").set(1);
    });
    assert_lines(
        &metrics.render(Format::Text),
        &[
            r#"size_bucket{exported_le="clash",le="0.005"} 1"#,
            r#"level{exported_le="global",name__="clash"} 1"#,
            r#"depth{exported_le="global"} 1"#,
        ],
    );
}

#[test]
fn a_label_set_that_looks_like_the_overflow_series_is_that_series() {
    let metrics = metrics_with(|config| config.series_limit = 1);
    with_local_recorder(metrics.recorder(), || {
        counter!("hits_total", "otel_metric_overflow" => "true").increment(1);
        for path in ["/a", "/b", "/c"] {
            counter!("hits_total", "path" => path).increment(1);
        }
    });
    let text = metrics.render(Format::Text);
    let hits: Vec<_> = text.lines().filter(|line| line.starts_with("hits_total")).collect();
    let overflow = r#"hits_total{otel_metric_overflow="true"} 3"#;
    assert_eq!(hits, [r#"hits_total{path="/a"} 1"#, overflow]);
}

#[test]
fn a_gauge_does_not_write_into_an_observable_counter_of_its_name() {
    let metrics = metrics();
    let total = ROBOT.of(&metrics, []);
    total.set(2.5);
    with_local_recorder(metrics.recorder(), || gauge!("shop_robot_seconds_total").set(-7.0));
    assert_lines(
        &metrics.render(Format::Text),
        &[
            "# TYPE shop_robot_seconds_total counter",
            "shop_robot_seconds_total 2.5",
            "shop_robot_seconds_total_conflicting_gauge -7",
            r#"obs_metric_conflicts_total{metric="shop_robot_seconds_total"} 1"#,
        ],
    );
}

#[test]
fn a_reading_that_is_no_total_leaves_an_observable_counter_as_it_is() {
    let metrics = metrics();
    let total = ROBOT.of(&metrics, []);
    for reading in [2.5, f64::NAN, -1.0, f64::NEG_INFINITY] {
        total.set(reading);
    }
    assert_lines(&metrics.render(Format::OpenMetrics), &["shop_robot_seconds_total 2.5"]);
}

#[test]
fn names_that_are_made_valid_share_their_description_and_their_conflict() {
    let metrics = metrics();
    with_local_recorder(metrics.recorder(), || {
        describe_counter!("jobs.done", "Jobs done.");
        counter!("jobs_done").increment(1);
        counter!("wait_ing").increment(1);
        gauge!("wait.ing", "queue" => "a").set(1.0);
        gauge!("wait_ing", "queue" => "b").set(2.0);
    });
    assert_lines(
        &metrics.render(Format::Text),
        &[
            "# HELP jobs_done Jobs done.",
            r#"wait_ing_conflicting_gauge{queue="a"} 1"#,
            r#"wait_ing_conflicting_gauge{queue="b"} 2"#,
        ],
    );
}

#[test]
fn a_million_is_a_bound_that_prometheus_knows_by_the_same_name() {
    let metrics = metrics();
    PAPERS.of(&metrics, []).record(5e5);
    for format in [Format::Text, Format::OpenMetrics] {
        assert_lines(&metrics.render(format), &[r#"shop_papers_bytes_bucket{le="1e+06"} 1"#]);
    }
}

#[test]
fn counts_that_overflow_do_not_fall() {
    let metrics = metrics();
    let papers = PAPERS.of(&metrics, []);
    papers.record_many(1.0, usize::MAX);
    papers.record_many(1e5, usize::MAX);
    let max = u64::MAX;
    assert_lines(
        &metrics.render(Format::Text),
        &[
            &format!(r#"shop_papers_bytes_bucket{{le="1e+06"}} {max}"#),
            &format!("shop_papers_bytes_count {max}"),
        ],
    );
}

#[test]
fn no_increment_is_lost_to_expiry() {
    const THREADS: u64 = 3;
    const EACH: u64 = 30_000;
    let metrics = metrics_with(|config| config.idle_timeout = Some(Duration::ZERO));
    let mut shown = HashMap::new();
    let mut read = || {
        metrics.visit(&mut |series, sample| {
            if let ("shop_orders_total", Sample::Counter(total)) = (series.name, sample) {
                shown.insert(series.id, total);
            }
        });
    };
    std::thread::scope(|scope| {
        let recording: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    for i in 0..EACH {
                        ORDERS.of(&metrics, [&(i % 3).to_string()]).increment(1);
                    }
                })
            })
            .collect();
        while !recording.iter().all(ScopedJoinHandle::is_finished) {
            read();
        }
    });
    read();
    assert_eq!(shown.values().sum::<f64>(), (THREADS * EACH) as f64);
}

#[test]
fn a_gauge_that_keeps_its_value_is_not_idle_while_it_is_set() {
    let metrics = metrics_with(|config| config.idle_timeout = Some(Duration::ZERO));
    let set = || with_local_recorder(metrics.recorder(), || gauge!("replicas").set(3.0));
    for scrape in 0..4 {
        set();
        let text = metrics.render(Format::Text);
        assert!(text.contains("\nreplicas 3\n"), "scrape {scrape}: {text}");
    }
    assert!(!metrics.render(Format::Text).contains("\nreplicas 3\n"));
}

#[test]
fn what_is_set_once_by_us_outlasts_the_idle_timeout() {
    let idle = Duration::from_nanos(1);
    let obs = obs_core::builder("shop").env(&[]).idle_timeout(idle).build().unwrap();
    for scrape in 0..4 {
        let text = obs.metrics().render(Format::Text);
        for name in ["obs_build_info{", "process_start_time_seconds "] {
            let there = text.lines().any(|line| line.starts_with(name));
            let expected = name.starts_with("obs") || cfg!(target_os = "linux");
            assert_eq!(there, expected, "{name} in scrape {scrape}: {text}");
        }
    }
}
