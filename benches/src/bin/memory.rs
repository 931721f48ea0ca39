//! Memory that series take, and memory that observations take between two scrapes.
//!
//! Each figure is from a process of its own, which starts this program with the figure's name.

use std::alloc::System;
use std::error::Error;

use metrics::Recorder;
use obs_benches::resident::{in_own_process, rss};
use obs_benches::series::{self, BOUNDS, HTTP_BOUNDS, METADATA, Shape};
use obs_benches::{conditions, ratio};
use obs_core::metrics::Format;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SERIES: Shape = Shape { families: 1, series: 100_000 };

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(figure) = std::env::args().nth(1) {
        let (allocated, resident) = measure(&figure)?;
        println!("{allocated} {resident}");
        return Ok(());
    }
    per_series()?;
    over_observations()
}

/// Requested from the allocator and not given back.
fn allocated() -> f64 {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated as f64 - stats.bytes_deallocated as f64
}

/// What `keep` keeps: allocated and resident bytes.
fn kept<T>(keep: impl FnOnce() -> T) -> (f64, f64) {
    let before = (allocated(), rss());
    let kept = keep();
    let after = (allocated(), rss());
    drop(kept);
    (after.0 - before.0, after.1 - before.1)
}

fn measure(figure: &str) -> Result<(f64, f64), String> {
    let per_series = |(allocated, resident): (f64, f64)| {
        let n = SERIES.total() as f64;
        (allocated / n, resident / n)
    };
    Ok(match figure {
        "series-ours" => per_series(kept(|| {
            let metrics = series::ours();
            drop(series::our_histograms(&metrics, SERIES));
            // A scrape, as streamed to a client.
            let _ = metrics.encode(Format::Text, &mut std::io::sink());
            metrics
        })),
        "series-ours-held" => per_series(kept(|| {
            let metrics = series::ours();
            let handles = series::our_histograms(&metrics, SERIES);
            let _ = metrics.encode(Format::Text, &mut std::io::sink());
            (metrics, handles)
        })),
        "series-exporter" => per_series(kept(|| {
            let recorder = series::exporter(BOUNDS);
            drop(series::facade_histograms(&recorder, SERIES));
            recorder.handle().render_to_write(&mut std::io::sink()).expect("a sink");
            recorder
        })),
        "series-exporter-held" => per_series(kept(|| {
            let recorder = series::exporter(BOUNDS);
            let handles = series::facade_histograms(&recorder, SERIES);
            recorder.handle().render_to_write(&mut std::io::sink()).expect("a sink");
            (recorder, handles)
        })),
        "series-prometheus" => per_series(kept(|| series::prometheus_histograms(SERIES))),
        "series-prometheus-client" => per_series(kept(|| series::client_histograms(SERIES))),
        "observations-ours" => {
            let metrics = series::ours();
            observe(20, metrics.recorder())
        }
        "observations-exporter" => observe(2, &series::exporter(HTTP_BOUNDS)),
        other => return Err(format!("no figure {other}")),
    })
}

/// Records `millions` of observations into one histogram: bytes a million.
fn observe(millions: u32, recorder: &dyn Recorder) -> (f64, f64) {
    let key = metrics::Key::from_static_name("ops_seconds");
    let histogram = recorder.register_histogram(&key, &METADATA);
    // Touches what is touched once.
    histogram.record(0.1);
    let (allocated, resident) = kept(|| {
        for i in 0..millions * 1_000_000 {
            histogram.record(f64::from(i % 1000) * 0.01);
        }
    });
    (allocated / f64::from(millions), resident / f64::from(millions))
}

fn figure(name: &str) -> Result<[f64; 2], Box<dyn Error>> {
    match in_own_process(name)?[..] {
        [allocated, resident] => Ok([allocated, resident]),
        ref other => Err(format!("{name} printed {other:?}").into()),
    }
}

fn per_series() -> Result<(), Box<dyn Error>> {
    conditions::print("memory: bytes a histogram series, 10 buckets, 3 labels, 100,000 series");
    println!("{:<52} {:>12} {:>12}", "", "allocated", "resident");
    let mut rows = Vec::new();
    for (name, title) in [
        ("series-ours", "ours, after a scrape"),
        ("series-exporter", "exporter, after a scrape"),
        ("series-ours-held", "ours, after a scrape, handles held"),
        ("series-exporter-held", "exporter, after a scrape, handles held"),
        ("series-prometheus", "prometheus"),
        ("series-prometheus-client", "prometheus-client"),
    ] {
        let [allocated, resident] = figure(name)?;
        println!("  {title:<50} {allocated:>12.0} {resident:>12.0}");
        rows.push((allocated, resident));
    }
    ratio("histogram_series_bytes", "ours/exporter", rows[0].1, rows[1].1);
    ratio("histogram_series_allocated", "ours/exporter", rows[0].0, rows[1].0);
    ratio("histogram_series_held_bytes", "ours/exporter", rows[2].1, rows[3].1);
    Ok(())
}

fn over_observations() -> Result<(), Box<dyn Error>> {
    conditions::print("memory: bytes a million observations of one histogram, no scrape");
    println!("{:<52} {:>12} {:>12}", "", "allocated", "resident");
    let ours = figure("observations-ours")?;
    println!("  {:<50} {:>12.0} {:>12.0}", "ours, 20 million", ours[0], ours[1]);
    let exporter = figure("observations-exporter")?;
    println!(
        "  {:<50} {:>12.0} {:>12.0}",
        "exporter, 2 million, no upkeep", exporter[0], exporter[1]
    );
    println!("flat_memory_bytes_per_million ours {:.0}", ours[0].max(ours[1]));
    ratio("observations_without_scrape", "ours/exporter", ours[0], exporter[0]);
    Ok(())
}
