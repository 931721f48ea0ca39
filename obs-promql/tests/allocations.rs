//! What an evaluation allocates: for series and results, never for samples.

use std::hint::black_box;

use obs_promql::{Options, Query, Range, Series};

/// Counters with this many samples each, one a second.
fn counters(series: usize, samples: i64) -> Vec<Series> {
    let counter = |number: usize| {
        let instance = number.to_string();
        let labels = [("__name__", "hits_total"), ("instance", &*instance), ("job", "api")];
        let mut counter = Series::new(labels.into_iter().collect());
        for second in 0..samples {
            counter.push(second * 1000, (second * 3) as f64);
        }
        counter
    };
    (0..series).map(counter).collect()
}

fn query(text: &str) -> Query {
    obs_promql::parse(text).expect("a good query")
}

/// Allocations and bytes of the second evaluation: the first may set up what is kept.
fn cost(mut evaluate: impl FnMut()) -> (u64, u64) {
    evaluate();
    let info = allocation_counter::measure(&mut evaluate);
    (info.count_total, info.bytes_total)
}

const QUERIES: [&str; 6] = [
    "hits_total",
    "rate(hits_total[SPAN])",
    "sum by (job) (increase(hits_total[SPAN]))",
    "max_over_time(hits_total[SPAN]) > bool on (instance) avg_over_time(hits_total[SPAN])",
    "topk(3, deriv(hits_total[SPAN]))",
    "stddev(stdvar_over_time(hits_total[SPAN]))",
];

#[test]
fn samples_cost_no_allocation() {
    let (few, many) = (counters(20, 60), counters(20, 6_000));
    for text in QUERIES {
        let (short, long) = (text.replace("SPAN", "50s"), text.replace("SPAN", "5900s"));
        let options = Options::default();
        let at = |text: &str, source: &Vec<Series>, now| {
            let query = query(text);
            cost(|| {
                black_box(query.instant(source, now, &options).expect("a value"));
            })
        };
        assert_eq!(at(&short, &few, 59_000), at(&long, &many, 5_999_000), "{text}");
    }
}

#[test]
fn a_range_costs_as_many_allocations_as_an_instant() {
    let source = counters(20, 6_000);
    let options = Options::default();
    for text in QUERIES {
        let query = query(&text.replace("SPAN", "60s"));
        let over = |steps: i64| {
            let range = Range { start: 60_000, end: 60_000 + (steps - 1) * 1000, step: 1000 };
            let (count, _) = cost(|| {
                black_box(query.range(&source, range, &options).expect("a value"));
            });
            count
        };
        // Blocks and lists grow by doubling; nothing is allocated for a step.
        let (short, long) = (over(10), over(5_000));
        assert!(long <= short + 200, "{text}: {short} allocations for 10 steps, {long} for 5000");
    }
}

#[test]
fn allocations_grow_with_series_and_no_faster() {
    let options = Options::default();
    for text in QUERIES {
        let query = query(&text.replace("SPAN", "60s"));
        let of = |series: usize| {
            let source = counters(series, 120);
            let (count, bytes) = cost(|| {
                black_box(query.instant(&source, 119_000, &options).expect("a value"));
            });
            (count as f64, bytes as f64)
        };
        let ((count, bytes), (counts, many_bytes)) = (of(200), of(2_000));
        assert!(counts <= 11.0 * count && many_bytes <= 11.0 * bytes, "{text}: {counts} {count}");
    }
}
