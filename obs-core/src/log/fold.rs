//! Folding: a line that is the same as the one before is counted instead of written.

use std::fmt;

use tracing::Metadata;

use super::by_level::ByLevel;
use crate::metrics::{Metrics, own};

/// A run that goes on is told of this often, in nanoseconds.
const PERIOD: u64 = 10_000_000_000;

/// A longer line is written each time: it is not worth the memory.
const MAX_LEN: usize = 64 * 1024;

/// Sees every line that is about to be written, in order.
pub(crate) struct Folder {
    /// The last line without its time; empty if there is none to compare with.
    last: Vec<u8>,
    /// Its callsite.
    of: Option<&'static Metadata<'static>>,
    /// Lines like it that were held back and not told of.
    held: u64,
    /// When the first of them came.
    since: u64,
    counted: ByLevel,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// It is written.
    Write,
    /// It is not written: it is the same as the one before. It is counted.
    Held,
    /// It is written, after a line that tells of those held back.
    WriteAfter(Repeated),
}

/// Lines that were held back because they were the same as the one before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    /// Their callsite: on the way to an output other threads may write lines between these and the
    /// one that tells.
    pub(crate) of: &'static Metadata<'static>,
    pub(crate) times: u64,
}

impl Folder {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self {
            last: Vec::new(),
            of: None,
            held: 0,
            since: 0,
            counted: ByLevel::new(metrics, &own::LOG_LINES_FOLDED),
        }
    }

    /// Decides about a line at `now`, in nanoseconds. `line` is all of it but its time; an empty one is
    /// never the same as another.
    pub(crate) fn see(&mut self, of: &'static Metadata<'static>, line: &[u8], now: u64) -> Fold {
        if !line.is_empty() && line == self.last && self.of == Some(of) {
            if self.held == 0 {
                self.since = now;
            }
            self.held += 1;
            self.counted.of(*of.level()).increment(1);
            return Fold::Held;
        }
        let repeated = self.finish();
        self.last.clear();
        if line.len() <= MAX_LEN {
            self.last.extend_from_slice(line);
        }
        self.of = Some(of);
        repeated.map_or(Fold::Write, Fold::WriteAfter)
    }

    /// What to tell of a run that has gone on, or stood still, for ten seconds. To be asked every
    /// second or so.
    pub(crate) fn sweep(&mut self, now: u64) -> Option<Repeated> {
        // A clock that was set back must not make it wait.
        self.since = self.since.min(now);
        if now - self.since >= PERIOD { self.finish() } else { None }
    }

    /// What is left to tell, for the end of the log. The run goes on.
    pub(crate) fn finish(&mut self) -> Option<Repeated> {
        let times = std::mem::take(&mut self.held);
        self.of.filter(|_| times > 0).map(|of| Repeated { of, times })
    }
}

/// The text of the line that tells.
impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.times {
            1 => f.write_str("the last line of this place was repeated once"),
            times => write!(f, "the last line of this place was repeated {times} times"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tracing::Level;
    use tracing_core::callsite::DefaultCallsite;
    use tracing_core::{Kind, metadata};

    use super::*;
    use crate::metrics::{Config, Format};

    static INFO_SITE: DefaultCallsite = DefaultCallsite::new(&INFO);
    static INFO: Metadata<'static> = metadata! {
        name: "event",
        target: "shop",
        level: Level::INFO,
        fields: &["message"],
        callsite: &INFO_SITE,
        kind: Kind::EVENT,
    };
    static WARN_SITE: DefaultCallsite = DefaultCallsite::new(&WARN);
    static WARN: Metadata<'static> = metadata! {
        name: "event",
        target: "shop",
        level: Level::WARN,
        fields: &["message"],
        callsite: &WARN_SITE,
        kind: Kind::EVENT,
    };

    const SECOND: u64 = 1_000_000_000;

    fn folder() -> (Folder, Metrics) {
        let metrics = Metrics::new(Config::default());
        (Folder::new(&metrics), metrics)
    }

    fn after(of: &'static Metadata<'static>, times: u64) -> Fold {
        Fold::WriteAfter(Repeated { of, times })
    }

    #[test]
    fn a_run_is_written_once_and_told_of_before_what_follows() {
        use Fold::{Held, Write};
        let (mut folder, metrics) = folder();
        let (info, warn) = (&INFO, &WARN);
        for (i, (of, line, want)) in [
            (info, "a", Write),
            (info, "b", Write),
            (info, "b", Held),
            (info, "b", Held),
            (info, "a", after(info, 2)),
            (info, "b", Write),
            (warn, "b", Write),
            (warn, "b", Held),
            (info, "c", after(warn, 1)),
            (info, "", Write),
            (info, "", Write),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(folder.see(of, line.as_bytes(), 0), want, "line {i}");
        }
        let text = metrics.render(Format::Text);
        for line in [
            "obs_log_lines_folded_total{level=\"info\"} 2\n",
            "obs_log_lines_folded_total{level=\"warn\"} 1\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn a_long_run_is_told_of_every_ten_seconds_and_at_the_end() {
        let (mut folder, _) = folder();
        let told = |repeated: Option<Repeated>| repeated.map(|repeated| repeated.to_string());
        let mut see = |at: u64| {
            folder.see(&INFO, b"a", at * SECOND);
            told(folder.sweep(at * SECOND))
        };
        let times: Vec<_> = (100..135).filter_map(|at| see(at).map(|text| (at, text))).collect();
        let text = "the last line of this place was repeated 11 times".to_owned();
        assert_eq!(times, [(111, text.clone()), (122, text.clone()), (133, text)]);
        assert_eq!(
            told(folder.finish()).as_deref(),
            Some("the last line of this place was repeated once")
        );
        assert_eq!(told(folder.finish()), None);
        assert_eq!(folder.see(&INFO, b"a", 135 * SECOND), Fold::Held);
    }

    #[test]
    fn a_run_that_stands_still_is_told_of_and_so_is_one_before_the_clock_was_set_back() {
        let (mut folder, _) = folder();
        for at in [100, 100, 101] {
            folder.see(&INFO, b"a", at * SECOND);
        }
        assert_eq!(folder.sweep(109 * SECOND), None);
        assert_eq!(folder.sweep(50 * SECOND), None);
        assert_eq!(folder.sweep(60 * SECOND), Some(Repeated { of: &INFO, times: 2 }));
        assert_eq!(folder.sweep(70 * SECOND), None);
    }

    #[test]
    fn a_line_that_is_too_long_is_written_each_time() {
        let (mut folder, _) = folder();
        let long = vec![b'x'; MAX_LEN + 1];
        for _ in 0..2 {
            assert_eq!(folder.see(&INFO, &long, 0), Fold::Write);
        }
        assert_eq!(folder.see(&INFO, &long[1..], 0), Fold::Write);
        assert_eq!(folder.see(&INFO, &long[1..], 0), Fold::Held);
    }

    proptest! {
        /// Unfolding what is written gives the lines that came.
        #[test]
        fn nothing_is_lost(lines in prop::collection::vec(0_u8..3, 0..100), sweeps in any::<u64>()) {
            let (mut folder, _) = folder();
            let mut unfolded: Vec<u8> = Vec::new();
            let repeat = |unfolded: &mut Vec<u8>, repeated: Repeated| {
                let last = *unfolded.last().unwrap();
                unfolded.extend((0..repeated.times).map(|_| last));
            };
            for (i, line) in lines.iter().enumerate() {
                let now = u64::try_from(i).unwrap() * PERIOD;
                match folder.see(&INFO, &[*line], now) {
                    Fold::Write => unfolded.push(*line),
                    Fold::Held => {}
                    Fold::WriteAfter(repeated) => {
                        repeat(&mut unfolded, repeated);
                        unfolded.push(*line);
                    }
                }
                if sweeps >> (i % 64) & 1 == 1 {
                    folder.sweep(now + PERIOD).into_iter().for_each(|r| repeat(&mut unfolded, r));
                }
            }
            folder.finish().into_iter().for_each(|r| repeat(&mut unfolded, r));
            prop_assert_eq!(unfolded, lines);
        }
    }
}
