//! How many lines a place in the code may write.

use std::time::Duration;

use crate::log::target::is_within;

/// How many lines each callsite, a place in the code that records events, may write.
///
/// Off unless asked for: only who runs a service knows which of its lines may be missing. What is a
/// flood in one service is the order book of another.
///
/// A callsite may write [`burst`](Self::burst) lines at once, and gets them back at the rate given.
/// What is over the limit is held back for good and counted in
/// `obs_log_lines_rate_limited_total{level}`. The next line of the callsite says how many there
/// were before it, in `numeric_labels.log_suppressed`; where none follows, a line of its own does.
///
/// Records of the `log` crate have no callsites: there, each target of a level counts as one.
///
/// Exempt are level `ERROR`, unless [asked for](Self::errors), and the targets `obs_core` and
/// `obs_axum::access`: the access log is one callsite, whose lines are as many as the requests, and
/// it has a sampling of its own.
///
/// ```
/// use obs_core::log::RateLimit;
///
/// // A hot loop writes 2000 lines and then 200 a second; `OBS_LOG_RATE_LIMIT=200/s:2000`.
/// let limit = RateLimit::per_second(200).burst(2000).exempt("shop::orders");
/// let obs = obs_core::builder("shop").log_rate_limit(limit).env(&[]).build()?;
/// # Ok::<_, obs_core::InitError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it has an effect where the builder is given it"]
pub struct RateLimit {
    pub(super) rate: Option<Rate>,
    exempt: Vec<String>,
    errors: bool,
}

/// So many lines in so much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    lines: u32,
    per: Duration,
    burst: Option<u32>,
}

impl Rate {
    /// Nanoseconds after which a line more is allowed.
    pub(super) fn interval(self) -> u64 {
        let per = u64::try_from(self.per.as_nanos()).unwrap_or(u64::MAX);
        (per / u64::from(self.lines.max(1))).max(1)
    }

    pub(super) fn burst(self) -> u64 {
        let ten_seconds = 10_000_000_000 / self.interval();
        self.burst.map_or(ten_seconds, u64::from).max(1)
    }
}

impl RateLimit {
    /// This many lines in this time, on average.
    pub fn new(lines: u32, per: Duration) -> Self {
        Self { rate: Some(Rate { lines, per, burst: None }), ..Self::off() }
    }

    /// This many lines a second, on average.
    pub fn per_second(lines: u32) -> Self {
        Self::new(lines, Duration::from_secs(1))
    }

    /// No limit; the default.
    pub fn off() -> Self {
        let exempt = ["obs_core", "obs_axum::access"].map(str::to_owned).to_vec();
        Self { rate: None, exempt, errors: false }
    }

    /// Lines that a callsite may write at once after a time of silence; default what ten seconds
    /// allow, at least one.
    pub fn burst(mut self, lines: u32) -> Self {
        if let Some(rate) = &mut self.rate {
            rate.burst = Some(lines);
        }
        self
    }

    /// Leaves out a target and those below it: `shop` is `shop::orders` too.
    pub fn exempt(mut self, target: impl Into<String>) -> Self {
        self.exempt.push(target.into());
        self
    }

    /// Limits events of level `ERROR` too.
    pub fn errors(mut self) -> Self {
        self.errors = true;
        self
    }

    /// Whether events of this level and target are limited.
    pub(super) fn covers(&self, level: tracing::Level, target: &str) -> bool {
        self.rate.is_some()
            && (self.errors || level != tracing::Level::ERROR)
            && !self.exempt.iter().any(|exempt| is_within(target, exempt))
    }

    /// What was expected in place of a value that makes no limit.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let rate = self.rate?;
        let day = Duration::from_secs(24 * 60 * 60);
        let good = rate.lines > 0
            && !rate.per.is_zero()
            && rate.per <= day
            && rate.burst.is_none_or(|burst| burst > 0);
        (!good).then_some("lines and a burst above zero, and a time of at most a day")
    }

    /// `200/s`, `200/s:2000`, `12/m`, `off`.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str =
            "a rate such as `200/s`, with a burst as in `200/s:2000` if need be, or `off`";
        if text == "off" {
            return Ok(Self::off());
        }
        let (rate, burst) = match text.split_once(':') {
            Some((rate, burst)) => (rate, Some(burst.parse::<u32>().map_err(|_| EXPECTED)?)),
            None => (text, None),
        };
        let (lines, unit) = rate.split_once('/').ok_or(EXPECTED)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(EXPECTED),
        };
        let limit = Self::new(lines.parse().map_err(|_| EXPECTED)?, Duration::from_secs(seconds));
        let limit = burst.into_iter().fold(limit, Self::burst);
        if limit.problem().is_some() { Err(EXPECTED) } else { Ok(limit) }
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        Self::off()
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn texts() {
        // (text, nanoseconds between lines, burst)
        for (text, want) in [
            ("200/s", Some((5_000_000, 2000))),
            ("200/s:1", Some((5_000_000, 1))),
            ("12/m", Some((5_000_000_000, 2))),
            ("1/h", Some((3_600_000_000_000, 1))),
            ("4294967295/s", Some((1, 10_000_000_000))),
            ("off", None),
        ] {
            let limit = RateLimit::parse(text).map(|limit| limit.rate);
            let limit = limit.map(|rate| rate.map(|rate| (rate.interval(), rate.burst())));
            assert_eq!(limit, Ok(want), "{text}");
        }
        for text in ["", "200", "/s", "0/s", "-1/s", "200/s:0", "200/s:", "200/d", "1.5/s", "on"] {
            assert!(RateLimit::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_limited() {
        let limit = RateLimit::per_second(1).exempt("shop::orders");
        // (level, target, limited, limited with errors)
        for (level, target, limited, with_errors) in [
            (Level::INFO, "shop", true, true),
            (Level::WARN, "shop", true, true),
            (Level::ERROR, "shop", false, true),
            (Level::INFO, "shop::orders", false, false),
            (Level::INFO, "shop::orders::late", false, false),
            (Level::INFO, "shop::orders_late", true, true),
            (Level::INFO, "obs_axum::access", false, false),
            (Level::WARN, "obs_core::log", false, false),
        ] {
            assert_eq!(limit.covers(level, target), limited, "{level} {target}");
            assert_eq!(
                limit.clone().errors().covers(level, target),
                with_errors,
                "{level} {target}"
            );
            assert!(!RateLimit::off().covers(level, target), "{level} {target}");
        }
    }
}
