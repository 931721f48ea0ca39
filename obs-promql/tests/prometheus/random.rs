//! Random numbers, series and expressions, all of a seed.

use obs_promql::{Labels, STALE, Series};

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// The first sample, in milliseconds since 1970.
pub(crate) const START: i64 = 1_700_000_000_000;
/// The time between two samples.
const STEP: i64 = 15_000;
/// Samples of a series that has no gap.
const SAMPLES: i64 = 240;
/// The last sample.
pub(crate) const END: i64 = START + (SAMPLES - 1) * STEP;

/// Counters, gauges and classic histograms, with gaps, resets, stale markers, NaN and infinities.
pub(crate) fn series(random: &mut Random) -> Vec<Series> {
    let mut all = Vec::new();
    for job in ["api", "web"] {
        for instance in ["a:1", "b:2", "c:3"] {
            for code in ["200", "404", "500"] {
                let labels = [
                    ("__name__", "requests_total"),
                    ("job", job),
                    ("instance", instance),
                    ("code", code),
                ];
                all.push(counter(random, &labels));
            }
            let labels = [("__name__", "temperature"), ("job", job), ("instance", instance)];
            all.push(gauge(random, &labels));
            let labels =
                [("__name__", "limit"), ("job", job), ("instance", instance), ("kind", "x")];
            all.push(gauge(random, &labels));
            all.extend(histogram(random, &[("job", job), ("instance", instance)]));
        }
        all.push(gauge(random, &[("__name__", "job_info"), ("job", job), ("version", "1.2")]));
    }
    // A head keeps series in the order in which they came, and hands them out in it: sums and ties
    // follow. This one hands them out as sorted.
    all.sort_by(|a, b| a.labels().cmp(b.labels()));
    all
}

/// A series that has ended before it begins: all of them come at the same time, the first.
fn begun(pairs: &[(&str, &str)]) -> Series {
    let labels: Labels = pairs.iter().copied().collect();
    let mut series = Series::new(labels);
    series.push_stale(START - 7_200_000);
    series
}

/// When samples come: mostly at each step, near it at times, with gaps.
fn times(random: &mut Random) -> Vec<i64> {
    let jitter = random.chance(30);
    let mut times = Vec::new();
    let mut number = if random.chance(20) { random.below(100) as i64 } else { 0 };
    while number < SAMPLES {
        let off = if jitter { random.below(400) as i64 } else { 0 };
        times.push(START + number * STEP + off);
        number += if random.chance(2) { random.below(40) as i64 + 1 } else { 1 };
    }
    times
}

fn counter(random: &mut Random, pairs: &[(&str, &str)]) -> Series {
    let mut series = begun(pairs);
    let mut value = (random.unit() * 1000.0).floor();
    let fractions = random.chance(40);
    for time in times(random) {
        if random.chance(1) {
            value = 0.0;
        }
        let grown = random.unit() * 20.0;
        value += if fractions { grown } else { grown.floor() };
        series.push(time, if random.chance(1) { STALE } else { value });
    }
    series
}

fn gauge(random: &mut Random, pairs: &[(&str, &str)]) -> Series {
    let mut series = begun(pairs);
    let scale = random.pick(&[1.0, 1e-6, 1e9, 273.15]);
    let odd = random.chance(30);
    for time in times(random) {
        let value = match random.below(60) {
            0 => STALE,
            1 if odd => f64::NAN,
            2 if odd => random.pick(&[f64::INFINITY, f64::NEG_INFINITY]),
            3 => 0.0,
            4 => -0.0,
            _ => (random.unit() - 0.4) * scale,
        };
        series.push(time, value);
    }
    series
}

fn histogram(random: &mut Random, pairs: &[(&str, &str)]) -> Vec<Series> {
    let bounds = ["0.1", "0.5", "1", "2.5", "+Inf"];
    let mut counts = [0.0; 5];
    let mut all: Vec<Series> = bounds
        .iter()
        .map(|le| {
            let own = [("__name__", "latency_seconds_bucket"), ("le", *le)];
            begun(&[pairs, &own[..]].concat())
        })
        .collect();
    for time in times(random) {
        if random.chance(1) {
            counts = [0.0; 5];
        }
        let from = random.below(5);
        for (number, (series, count)) in all.iter_mut().zip(&mut counts).enumerate() {
            if number >= from {
                *count += 3.0;
            }
            series.push(time, *count);
        }
    }
    all
}

/// An expression whose value is an instant vector.
pub(crate) fn vector(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return selector(random);
    }
    let deeper = depth - 1;
    match random.below(16) {
        0 | 1 => selector(random),
        2..=4 => windowed(random, deeper),
        5 | 6 => {
            let op =
                random.pick(&["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"]);
            format!("{op}{}({})", grouping(random), vector(random, deeper))
        }
        7 => match random.below(4) {
            0 => format!(
                "quantile{}({}, {})",
                grouping(random),
                random.pick(&["0.5", "0.9", "0", "1", "0.123"]),
                vector(random, deeper)
            ),
            // Of values that are to the bit alike: they become labels.
            1 => format!("count_values{}(\"value\", {})", grouping(random), selector(random)),
            pick => {
                let op = if pick == 2 { "topk" } else { "bottomk" };
                // All else comes in the order of a map, and which of those that tie is left out with it.
                let ordered =
                    if random.chance(50) { windowed(random, 0) } else { selector(random) };
                format!("{op}{}({}, {ordered})", grouping(random), random.below(4))
            }
        },
        8 => mapped(random, deeper),
        9 | 10 => {
            let op = random.pick(&["+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<="]);
            let bool = if "=!><".contains(&op[..1]) && random.chance(50) { " bool" } else { "" };
            let (vector, scalar) = (vector(random, deeper), scalar(random, deeper));
            if random.chance(50) {
                format!("({vector} {op}{bool} {scalar})")
            } else {
                format!("({scalar} {op}{bool} {vector})")
            }
        }
        11 | 12 => matched(random, deeper),
        13 => format!(
            "({} {}{} {})",
            vector(random, deeper),
            random.pick(&["and", "or", "unless"]),
            matching(random),
            vector(random, deeper)
        ),
        14 => format!("-{}", wrapped(random, deeper)),
        _ => format!(
            "histogram_quantile({}, {})",
            random.pick(&["0.5", "0.99", "0", "1", "0.25"]),
            random.pick(&[
                "latency_seconds_bucket",
                "rate(latency_seconds_bucket[5m])",
                "sum by (le, job) (rate(latency_seconds_bucket[3m]))",
                "sum by (le) (latency_seconds_bucket)",
                "increase(latency_seconds_bucket{le!=\"1\"}[10m])",
            ])
        ),
    }
}

fn wrapped(random: &mut Random, depth: usize) -> String {
    format!("({})", vector(random, depth))
}

fn selector(random: &mut Random) -> String {
    let name = random.pick(&[
        "requests_total",
        "requests_total",
        "temperature",
        "limit",
        "latency_seconds_bucket",
        "job_info",
        "absent_metric",
    ]);
    let matcher = random.pick(&[
        "",
        "",
        "{job=\"api\"}",
        "{instance=~\"a.*\"}",
        "{job!=\"web\"}",
        "{instance!~\"a:1|b:2\"}",
        "{code=~\"4..|5..\"}",
        "{missing=\"\"}",
    ]);
    format!("{name}{matcher}{}", modifier(random))
}

fn modifier(random: &mut Random) -> &'static str {
    random.pick(&[
        "",
        "",
        "",
        "",
        " offset 5m",
        " offset -90s",
        " @ 1700001800",
        " @ end()",
        " @ start() offset 1m",
    ])
}

fn range(random: &mut Random) -> &'static str {
    random.pick(&["1m", "2m", "5m", "17m", "1h", "14s", "90s500ms"])
}

fn matrix(random: &mut Random, depth: usize) -> String {
    if depth > 0 && random.chance(25) {
        let step = random.pick(&["", "1m", "30s", "7s"]);
        let inner = vector(random, depth - 1);
        let range = random.pick(&["5m", "10m", "1m"]);
        return format!("({inner})[{range}:{step}]{}", modifier(random));
    }
    let selector = random.pick(&[
        "requests_total",
        "temperature",
        "limit",
        "latency_seconds_bucket{le=\"1\"}",
        "requests_total{code=\"500\"}",
        "job_info",
    ]);
    format!("{selector}[{}]{}", range(random), modifier(random))
}

fn windowed(random: &mut Random, depth: usize) -> String {
    let function = random.pick(&[
        "rate",
        "rate",
        "increase",
        "delta",
        "irate",
        "idelta",
        "resets",
        "changes",
        "deriv",
        "avg_over_time",
        "sum_over_time",
        "min_over_time",
        "max_over_time",
        "count_over_time",
        "last_over_time",
        "present_over_time",
        "stddev_over_time",
        "stdvar_over_time",
        "absent_over_time",
    ]);
    match random.below(12) {
        0 => format!(
            "quantile_over_time({}, {})",
            random.pick(&["0.5", "0.95", "0", "1"]),
            matrix(random, depth)
        ),
        1 => format!("predict_linear({}, {})", matrix(random, depth), random.pick(&["600", "-60"])),
        _ => format!("{function}({})", matrix(random, depth)),
    }
}

fn mapped(random: &mut Random, depth: usize) -> String {
    let inner = vector(random, depth);
    match random.below(8) {
        0 => format!("clamp({inner}, {}, {})", random.below(10), random.below(1000)),
        1 => format!("clamp_max({inner}, {})", scalar(random, depth)),
        2 => format!("round({inner}, {})", random.pick(&["1", "0.1", "7"])),
        3 => format!(
            "label_replace({inner}, \"to\", \"$1-x\", \"{}\", \"(.*):.*\")",
            random.pick(&["instance", "job", "missing"])
        ),
        4 => format!("label_join({inner}, \"to\", \"-\", \"job\", \"instance\")"),
        5 => format!("timestamp({inner})"),
        6 => format!("absent({inner})"),
        _ => {
            let function = random.pick(&[
                "abs",
                "ceil",
                "floor",
                "sgn",
                "sqrt",
                "exp",
                "ln",
                "log2",
                "log10",
                "deg",
                "rad",
                "hour",
                "minute",
                "day_of_week",
                "days_in_month",
                "sort",
            ]);
            format!("{function}({inner})")
        }
    }
}

fn matching(random: &mut Random) -> &'static str {
    random.pick(&[
        "",
        " on (job)",
        " on (job, instance)",
        " ignoring (code)",
        " ignoring (code, kind)",
    ])
}

fn matched(random: &mut Random, depth: usize) -> String {
    let op = random.pick(&["+", "-", "*", "/", "==", ">", "< bool", "!= bool", "atan2"]);
    // Many of those that are made without a thought are errors; these mostly are not.
    match random.below(5) {
        0 => format!("(requests_total {op} on (job, instance) group_left temperature)"),
        1 => format!("(temperature {op} ignoring (kind) limit)"),
        2 => format!("(requests_total {op} on (job) group_left (version) job_info)"),
        3 => format!(
            "(sum by (job) ({}) {op} sum by (job) ({}))",
            vector(random, depth),
            vector(random, depth)
        ),
        _ => format!(
            "({} {op}{} {})",
            vector(random, depth),
            matching(random),
            vector(random, depth)
        ),
    }
}

fn grouping(random: &mut Random) -> &'static str {
    random.pick(&[
        "",
        " by (job) ",
        " by (job, code) ",
        " without (instance) ",
        " by (missing) ",
        " without () ",
    ])
}

fn scalar(random: &mut Random, depth: usize) -> String {
    match random.below(8) {
        0 if depth > 0 => format!("scalar({})", vector(random, depth - 1)),
        1 => "time()".to_owned(),
        2 if depth > 0 => {
            let op = random.pick(&["+", "-", "*", "/", "%", "^"]);
            format!("({} {op} {})", scalar(random, depth - 1), scalar(random, depth - 1))
        }
        3 => random.pick(&["NaN", "Inf", "-Inf", "0", "1e-9", "0x10"]).to_owned(),
        4 => "pi()".to_owned(),
        _ => random.pick(&["1", "2", "-3.5", "100", "0.25"]).to_owned(),
    }
}
