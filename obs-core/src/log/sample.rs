//! Sampling: one of many lines stands for the others.

use metrics::Counter;
use tracing::Level;

use super::by_level::ByLevel;
use super::target::{is_vital, is_within};
use crate::metrics::{Metrics, own};

/// Which events are written only now and then: one in so many, at random.
///
/// Never silent: a line that is kept says for how many it stands in
/// `numeric_labels.log_sample_rate`, and what was left out is counted in
/// `obs_log_lines_sampled_total{level}`. Never sampled are events of level `ERROR` and `WARN`, and those
/// of the targets `obs_core::audit`, the anchors of the audit log, and `obs_core::log`.
///
/// The longest target that fits decides; where none does, the level.
///
/// ```
/// use obs_core::log::Sampling;
/// use tracing::Level;
///
/// // `OBS_LOG_SAMPLE=debug=100,shop::cache=10,shop::cache::miss=1`
/// let sampling = Sampling::new()
///     .level(Level::DEBUG, 100)
///     .target("shop::cache", 10)
///     .target("shop::cache::miss", 1);
/// let obs = obs_core::builder("shop").log_sampling(sampling).env(&[]).build()?;
/// # Ok::<_, obs_core::InitError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "it has an effect where the builder is given it"]
pub struct Sampling {
    levels: Vec<(Level, u32)>,
    targets: Vec<(String, u32)>,
}

impl Sampling {
    /// Every event is kept; the default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps one in `one_in` events of a level, `INFO`, `DEBUG` or `TRACE`; the last word on a
    /// level holds.
    pub fn level(mut self, level: Level, one_in: u32) -> Self {
        self.levels.push((level, one_in));
        self
    }

    /// Keeps one in `one_in` events of a target and those below it: `shop` is `shop::orders` too. 1
    /// keeps all of them, whatever a level or a shorter target says.
    pub fn target(mut self, target: impl Into<String>, one_in: u32) -> Self {
        self.targets.push((target.into(), one_in));
        self
    }

    /// For how many events one of this level and target stands.
    fn rate(&self, level: Level, target: &str) -> u32 {
        if level <= Level::WARN || is_vital(target) {
            return 1;
        }
        let targets = self.targets.iter().filter(|(path, _)| is_within(target, path));
        let of_target = targets.max_by_key(|(path, _)| path.len()).map(|(_, one_in)| *one_in);
        let levels = || self.levels.iter().rev().find(|(of, _)| *of == level);
        of_target.or_else(|| levels().map(|(_, one_in)| *one_in)).unwrap_or(1)
    }

    /// What was expected in place of what makes no sampling.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let rates = self.levels.iter().map(|(_, one_in)| one_in);
        if rates.chain(self.targets.iter().map(|(_, one_in)| one_in)).any(|one_in| *one_in == 0) {
            return Some("a number above zero for each: one in so many is kept");
        }
        if self.targets.iter().any(|(target, _)| target.is_empty()) {
            return Some("a target that is not empty");
        }
        let always = self.levels.iter().any(|(level, _)| *level <= Level::WARN);
        always.then_some("levels info, debug or trace: errors and warnings are never sampled")
    }

    /// `debug=100,shop::cache=10`: a level or a target, and one in how many is kept.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str =
            "a level or target and one in how many is kept, such as `debug=100,shop::cache=10`";
        if text == "off" {
            return Ok(Self::new());
        }
        let mut sampling = Self::new();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (what, one_in) = item.split_once('=').ok_or(EXPECTED)?;
            let (what, one_in) = (what.trim(), one_in.trim().parse().map_err(|_| EXPECTED)?);
            sampling = match what.parse() {
                // `Level` takes numbers too, which nobody means here.
                Ok(level) if !what.starts_with(|c: char| c.is_ascii_digit()) => {
                    sampling.level(level, one_in)
                }
                _ => sampling.target(what, one_in),
            };
        }
        sampling.problem().map_or(Ok(sampling), Err)
    }
}

/// Samples events, callsite by callsite.
pub(crate) struct Sampler {
    config: Sampling,
    counted: ByLevel,
}

/// The sampling of one callsite, looked up once.
#[derive(Clone)]
pub(crate) struct Sample {
    one_in: u32,
    counted: Counter,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// It is written, and stands for this many.
    OneIn(u32),
    /// It is not written, and counted.
    LeftOut,
}

impl Sampler {
    pub(crate) fn new(config: Sampling, metrics: &Metrics) -> Self {
        Self { config, counted: ByLevel::new(metrics, &own::LOG_LINES_SAMPLED) }
    }

    /// The sampling of events of a level and target; `None` if all of them are kept.
    pub(crate) fn sample(&self, level: Level, target: &str) -> Option<Sample> {
        let one_in = self.config.rate(level, target);
        (one_in > 1).then(|| Sample { one_in, counted: self.counted.of(level).clone() })
    }
}

impl Sample {
    /// Decides about one event.
    pub(crate) fn keep(&self) -> Keep {
        self.draw(fastrand::u32(..))
    }

    /// Decides by a number that is drawn from all that there are.
    fn draw(&self, random: u32) -> Keep {
        if (u64::from(random) * u64::from(self.one_in)) >> 32 == 0 {
            Keep::OneIn(self.one_in)
        } else {
            self.counted.increment(1);
            Keep::LeftOut
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Config, Format};

    #[test]
    fn the_longest_target_decides_and_else_the_level() {
        let sampling =
            Sampling::parse("debug=100, shop::cache=10,shop::cache::miss=1,obs_core=2,").unwrap();
        for (level, target, one_in) in [
            (Level::INFO, "shop", 1),
            (Level::DEBUG, "shop", 100),
            (Level::TRACE, "shop", 1),
            (Level::INFO, "shop::cache", 10),
            (Level::DEBUG, "shop::cache", 10),
            (Level::DEBUG, "shop::cached", 100),
            (Level::DEBUG, "shop::cache::miss", 1),
            (Level::DEBUG, "shop::cache::miss::late", 1),
            (Level::WARN, "shop::cache", 1),
            (Level::ERROR, "shop::cache", 1),
            (Level::INFO, "obs_core::audit", 1),
            (Level::DEBUG, "obs_core::log::file", 1),
            (Level::INFO, "obs_core", 2),
        ] {
            assert_eq!(sampling.rate(level, target), one_in, "{level} {target}");
        }
    }

    #[test]
    fn texts() {
        let expected = Sampling::new().level(Level::DEBUG, 100).target("hyper", 2);
        assert_eq!(Sampling::parse("DEBUG=100,hyper=2"), Ok(expected));
        assert_eq!(Sampling::parse("off"), Ok(Sampling::new()));
        for text in ["hyper", "hyper=0", "hyper=-1", "hyper=all", "=10", "warn=10", "error=2", "10"]
        {
            assert!(Sampling::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn one_in_so_many_is_kept_and_the_others_are_counted() {
        let metrics = Metrics::new(Config::default());
        let sampler =
            |sampling| Sampler::new(sampling, &metrics).sample(Level::DEBUG, "shop::cache");
        assert!(sampler(Sampling::new().target("shop", 1)).is_none());
        let sample = sampler(Sampling::new().target("shop", 10)).unwrap();
        // Numbers that lie evenly between none and all.
        let draws = (0..1000_u32).map(|i| sample.draw(i * (u32::MAX / 1000 + 1)));
        let kept = draws.filter(|keep| *keep == Keep::OneIn(10)).count();
        assert_eq!(kept, 100);
        let text = metrics.render(Format::Text);
        assert!(text.contains("obs_log_lines_sampled_total{level=\"debug\"} 900\n"), "{text}");

        // Far more than ever: a standard deviation is 30.
        let kept = (0..10_000).filter(|_| sample.keep() == Keep::OneIn(10)).count();
        assert!((700..1300).contains(&kept), "{kept}");
    }
}
