//! Any text, and what is nearly an expression: an error or a value, never a panic, and soon.

#![expect(clippy::disallowed_methods, reason = "how long to try is told by the environment")]

use std::time::{Duration, Instant};

use obs_promql::script::Script;
use obs_promql::{Options, Range, Series, Syntax};

/// What nobody may fall below: threads of tests and of tokio have as much.
const STACK: usize = 2 * 1024 * 1024;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

const WORDS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "=~",
    "!~",
    "!=",
    "=",
    "==",
    "<",
    ">=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "@",
    "#",
    "\"",
    "'",
    "`",
    "\\",
    "\n",
    "\u{0}",
    "é",
    "\u{10ffff}",
    "[5m]",
    "[1h:1m]",
    "[:]",
    " offset ",
    " @ start()",
    " by (a)",
    " without (a)",
    " on (a)",
    " ignoring ()",
    " group_left ()",
    " bool ",
    " and ",
    " or ",
    " unless ",
    " fill (0)",
    " fill_left (1)",
    " anchored",
    " smoothed",
    "</",
    ">/",
    "sum",
    "topk",
    "rate(",
    "histogram_quantile(",
    "label_replace(",
    "info(",
    "0x1f",
    "1e999",
    "1_000",
    "5m",
    "-5m",
    "Inf",
    "NaN",
    "1e-400",
    "step()",
    "range()",
    "min_of(1, 2)",
    "x{a=\"b\"}",
    "{\"u v\"}",
    "=~\"(a|b)*\"",
    "=~\"[[:^alpha:]]{3,9}\"",
    "offset -1w",
];

/// Joins, cuts, doubles and swaps.
fn mutated(random: &mut Random, seeds: &[String]) -> String {
    let mut text = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let cut = |random: &mut Random, text: &str| {
            let at = random.below(text.len() + 1);
            (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
        };
        let (a, b) = (cut(random, &text), cut(random, &text));
        let (a, b) = (a.min(b), a.max(b));
        match random.below(7) {
            0 => text.replace_range(a..b, ""),
            1 => text.insert_str(a, WORDS[random.below(WORDS.len())]),
            2 => text.replace_range(a..b, WORDS[random.below(WORDS.len())]),
            3 => {
                let part = text[a..b].repeat(1 + random.below(40));
                text.insert_str(b, &part);
            }
            4 => text = format!("({text}) + ({})", seeds[random.below(seeds.len())]),
            5 => text = WORDS[random.below(WORDS.len())].repeat(1 + random.below(300)) + &text,
            _ => {
                let part = seeds[random.below(seeds.len())].clone();
                text.insert_str(a, &part);
            }
        }
        if text.len() > 20_000 {
            text.truncate(cut(random, &text));
        }
    }
    text
}

fn series() -> Vec<Series> {
    let mut all = Vec::new();
    for (name, le) in [("x", ""), ("hits_total", ""), ("x_bucket", "1"), ("x_bucket", "+Inf")] {
        let labels = [("__name__", name), ("a", "b"), ("le", le), ("job", "j")];
        let mut series = Series::new(labels.into_iter().collect());
        for step in 0..20_i32 {
            series.push(i64::from(step) * 15_000, f64::from(step * step % 7));
        }
        series.push_stale(301_000);
        all.push(series);
    }
    all
}

fn try_one(text: &str, source: &Vec<Series>) {
    let Ok(query) = Syntax::everything().parse(text) else { return };
    let (printed, pretty) = (query.to_string(), query.pretty());
    for options in [Options::default(), Options::test_engine()] {
        let options = Options { max_samples: 5_000, ..options };
        let _ = query.instant(source, 300_000, &options);
        let _ = query.range(source, Range { start: 0, end: 400_000, step: 50_000 }, &options);
    }
    // What was long enough to be cut into lines is the same as what was not.
    let flat = |text: &str| text.split_whitespace().collect::<String>();
    if !text.contains(char::is_control) && !printed.contains('"') {
        assert_eq!(flat(&printed), flat(&pretty), "{text}");
    }
}

/// `PROMQL_FUZZ_SECONDS` says how long, and `PROMQL_FUZZ_SEED` from where: 5 seconds, and 60 where CI runs.
#[test]
fn no_text_panics_or_hangs() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seconds = number("PROMQL_FUZZ_SECONDS");
    let seconds = seconds.unwrap_or(if std::env::var_os("CI").is_some() { 60 } else { 5 });
    let seed = number("PROMQL_FUZZ_SEED").unwrap_or(1);
    let mut seeds = vec![String::new()];
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");
    for entry in std::fs::read_dir(dir).expect("the crate's own cases") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let script = Script::parse("a case", &text).expect("a script");
        seeds.extend(script.expressions().map(|(_, text)| text.to_owned()));
    }
    let run = move || {
        let source = series();
        let until = Instant::now() + Duration::from_secs(seconds);
        let mut tried = 0_u64;
        while Instant::now() < until {
            let mut random = Random(seed.wrapping_add(tried).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let text = mutated(&mut random, &seeds);
            let told = Told { text: &text, number: tried, seed };
            try_one(&text, &source);
            drop(told);
            tried += 1;
        }
        tried
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread");
    let tried = thread.join().expect("no text panics");
    println!("{tried} texts in {seconds} s from seed {seed}");
    assert!(tried > 0);
}

/// Says on which text it ended.
struct Told<'a> {
    text: &'a str,
    number: u64,
    seed: u64,
}

impl Drop for Told<'_> {
    #[expect(clippy::print_stderr, reason = "it is how a failure is found again")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { text, number, seed } = self;
            eprintln!("text {number} of seed {seed}: {text:?}");
        }
    }
}
