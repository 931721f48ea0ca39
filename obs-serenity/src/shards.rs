//! The shards of a client: found by id without a lock, made when first seen.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use metrics::{Counter, Gauge};
use obs_core::metrics::Metrics;

use crate::events::EventType;
use crate::metrics::{
    GATEWAY_EVENTS, SHARD_CONNECTS, SHARD_LAST_EVENT_AGE, SHARD_LATENCY, SHARD_RESTARTS, SHARD_UP,
    SHARDS_CONFIGURED, SHARDS_CONNECTED,
};
use crate::shard::{Connect, Reason, Shard};
use crate::stage::{Stage, Stages};

const CHUNK: usize = 64;
const CHUNKS: usize = 256;

/// Shards that count events under their own number. Each takes up to a series per type, and a metric
/// holds 2000 by default.
const COUNTED_APART: u32 = 16;

type Chunk = Box<[OnceLock<Slot>; CHUNK]>;

/// The shards that were seen, and those that are meant to be.
pub(crate) struct Shards {
    metrics: Metrics,
    /// Events are stamped in nanoseconds since this.
    base: Instant,
    chunks: [OnceLock<Chunk>; CHUNKS],
    slots: AtomicU32,
    /// So many slots count events under their own number.
    counted_apart: AtomicU32,
    stages: AtomicBool,
    configured: AtomicU32,
    identified: AtomicU32,
    log_is_read: AtomicBool,
    /// Whether all were up at once.
    complete: AtomicBool,
    gauges: OnceLock<[Gauge; 2]>,
}

/// How many shards there are to be, and are up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) up: u32,
    pub(crate) configured: u32,
    /// Whether all were up at once, at this time or before.
    pub(crate) complete: bool,
}

impl Shards {
    pub(crate) fn new(metrics: &Metrics, now: Instant) -> Self {
        Self {
            metrics: metrics.clone(),
            base: now,
            chunks: [const { OnceLock::new() }; CHUNKS],
            slots: AtomicU32::new(0),
            counted_apart: AtomicU32::new(COUNTED_APART),
            stages: AtomicBool::new(false),
            configured: AtomicU32::new(0),
            identified: AtomicU32::new(0),
            log_is_read: AtomicBool::new(false),
            complete: AtomicBool::new(false),
            gauges: OnceLock::new(),
        }
    }

    /// The shard with this number; `None` beyond 16,384, which no bot has reached.
    pub(crate) fn get(&self, id: u32) -> Option<&Slot> {
        let at = usize::try_from(id).ok()?;
        let chunk = self.chunks.get(at / CHUNK)?;
        let chunk = chunk.get_or_init(|| Box::new([const { OnceLock::new() }; CHUNK]));
        Some(chunk[at % CHUNK].get_or_init(|| self.slot(id)))
    }

    fn slot(&self, id: u32) -> Slot {
        let label = id.to_string();
        Slot {
            id,
            number: self.slots.fetch_add(1, Ordering::Relaxed),
            state: Mutex::default(),
            next: Mutex::default(),
            stages: OnceLock::new(),
            last_event: AtomicU64::new(0),
            present: AtomicBool::new(false),
            events: [const { OnceLock::new() }; EventType::COUNT],
            connects: Connect::ALL
                .map(|kind| SHARD_CONNECTS.of(&self.metrics, [&label, kind.name()])),
            up: SHARD_UP.of(&self.metrics, [&label]),
            latency: OnceLock::new(),
            age: OnceLock::new(),
            #[cfg(feature = "collector")]
            collector: crate::collector::Collector::default(),
            label,
        }
    }

    /// The shards that were made so far.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.chunks
            .iter()
            .filter_map(OnceLock::get)
            .flat_map(|chunk| chunk.iter())
            .filter_map(OnceLock::get)
    }

    /// These are to run here. They are down until they connect.
    pub(crate) fn configure(&self, ids: std::ops::Range<u32>) {
        self.configured.store(ids.len().try_into().unwrap_or(u32::MAX), Ordering::Relaxed);
        for id in ids {
            self.get(id);
        }
    }

    /// The bot has so many shards, says Discord. Nothing where it was said how many run here.
    pub(crate) fn total(&self, total: u32) {
        let _ = self.configured.compare_exchange(0, total, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// An event came on this shard.
    pub(crate) fn event(&self, slot: &Slot, now: Instant) {
        let stamp = now.saturating_duration_since(self.base).as_nanos();
        // 0 is none. 64 bits of nanoseconds are five centuries.
        let stamp = u64::try_from(stamp).unwrap_or(u64::MAX).max(1);
        slot.last_event.fetch_max(stamp, Ordering::Relaxed);
    }

    fn last_event(&self, slot: &Slot) -> Option<Instant> {
        let stamp = slot.last_event.load(Ordering::Relaxed);
        (stamp > 0).then(|| self.base + Duration::from_nanos(stamp))
    }

    /// Counts the events of so many shards under their own numbers, or of none.
    pub(crate) fn count_apart(&self, shards: u32) {
        self.counted_apart.store(shards, Ordering::Relaxed);
    }

    /// Records the stages of connections too.
    pub(crate) fn record_stages(&self) {
        self.stages.store(true, Ordering::Relaxed);
    }

    /// serenity has logged that the shard's next connection is in this stage.
    pub(crate) fn enters(&self, id: u32, stage: Stage) {
        if let Some(slot) = self.get(id) {
            *slot.next() = Some(stage);
        }
    }

    /// Counts an event that the gateway sent.
    pub(crate) fn count(&self, slot: &Slot, event: EventType) {
        slot.events[event.index()]
            .get_or_init(|| {
                let shard = match self.counted_apart.load(Ordering::Relaxed) {
                    0 => "all",
                    apart if slot.number < apart => &slot.label,
                    _ => "other",
                };
                GATEWAY_EVENTS.of(&self.metrics, [shard, event.name()])
            })
            .increment(1);
    }

    /// READY or RESUMED came on this shard.
    pub(crate) fn connected(&self, slot: &Slot, kind: Connect, now: Instant) {
        slot.connects[kind as usize].increment(1);
        if kind == Connect::Identify {
            self.identified.fetch_add(1, Ordering::Relaxed);
        }
        *slot.next() = None;
        let ended = slot.state().connected(now, self.last_event(slot));
        if let Some(reason) = ended {
            self.count_restart(slot, reason);
        }
        self.publish(now);
    }

    /// How many sessions were started.
    pub(crate) fn identified(&self) -> u32 {
        self.identified.load(Ordering::Relaxed)
    }

    /// serenity's log is read, by a layer that counts the ends of connections with their reasons.
    pub(crate) fn log_is_read(&self) {
        self.log_is_read.store(true, Ordering::Relaxed);
    }

    /// serenity has logged that the shard's connection ended.
    pub(crate) fn lost(&self, id: u32, now: Instant) {
        let Some(slot) = self.get(id) else { return };
        slot.state().lost();
        self.publish(now);
    }

    /// The shard has a runner, with this latency. Returns whether it had none when last seen.
    pub(crate) fn present(&self, id: u32, latency: Option<Duration>, now: Instant) -> bool {
        let Some(slot) = self.get(id) else { return false };
        slot.state().latency(latency, now);
        if let Some(latency) = latency {
            let gauge = slot.latency.get_or_init(|| SHARD_LATENCY.of(&self.metrics, [&slot.label]));
            gauge.set(latency.as_secs_f64());
        }
        !slot.present.swap(true, Ordering::Relaxed)
    }

    /// The shards but those that have a runner have none.
    pub(crate) fn absent(&self, has_runner: impl Fn(u32) -> bool, now: Instant) {
        for slot in self.iter().filter(|slot| !has_runner(slot.id)) {
            slot.present.store(false, Ordering::Relaxed);
            *slot.next() = None;
            let ended = slot.state().absent(now, self.last_event(slot));
            if let Some(reason) = ended {
                self.count_restart(slot, reason);
            }
        }
    }

    /// The client has ended, and its shards with it: no restarts.
    pub(crate) fn end(&self, now: Instant) {
        for slot in self.iter() {
            slot.state().lost();
            slot.present.store(false, Ordering::Relaxed);
            *slot.next() = None;
        }
        self.publish(now);
    }

    fn count_restart(&self, slot: &Slot, reason: Reason) {
        if self.log_is_read.load(Ordering::Relaxed) {
            return;
        }
        SHARD_RESTARTS.of(&self.metrics, [&slot.label, reason.name()]).increment(1);
    }

    /// Brings the gauges up to date.
    pub(crate) fn publish(&self, now: Instant) -> Tally {
        let mut up = 0;
        let with_stages = self.stages.load(Ordering::Relaxed);
        for slot in self.iter() {
            let event = self.last_event(slot);
            let (is_up, is_connected, age) = {
                let state = slot.state();
                (state.is_up(now, event), state.is_connected(), state.age(now, event))
            };
            if with_stages {
                let stages = slot.stages.get_or_init(|| Stages::new(&self.metrics, &slot.label));
                stages.set(Stage::of(is_connected, *slot.next()));
            }
            up += u32::from(is_up);
            slot.up.set(f64::from(u8::from(is_up)));
            if let Some(age) = age {
                let gauge =
                    slot.age.get_or_init(|| SHARD_LAST_EVENT_AGE.of(&self.metrics, [&slot.label]));
                gauge.set(age.as_secs_f64());
            }
        }
        let configured = self.configured.load(Ordering::Relaxed);
        let complete = configured > 0 && up >= configured;
        let complete = self.complete.fetch_or(complete, Ordering::Relaxed) || complete;
        if configured > 0 {
            let [configured_gauge, up_gauge] = self.gauges.get_or_init(|| {
                [SHARDS_CONFIGURED.of(&self.metrics, []), SHARDS_CONNECTED.of(&self.metrics, [])]
            });
            configured_gauge.set(f64::from(configured));
            up_gauge.set(f64::from(up));
        }
        Tally { up, configured, complete }
    }
}

impl fmt::Debug for Shards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shards").field("configured", &self.configured).finish_non_exhaustive()
    }
}

/// One shard and its handles.
pub(crate) struct Slot {
    pub(crate) id: u32,
    label: String,
    /// In the order of their first appearance.
    number: u32,
    state: Mutex<Shard>,
    /// The stage of its next connection, while there is one to come.
    next: Mutex<Option<Stage>>,
    stages: OnceLock<Stages>,
    last_event: AtomicU64,
    /// Whether it had a runner when last seen.
    present: AtomicBool,
    events: [OnceLock<Counter>; EventType::COUNT],
    connects: [Counter; 2],
    up: Gauge,
    latency: OnceLock<Gauge>,
    age: OnceLock<Gauge>,
    #[cfg(feature = "collector")]
    pub(crate) collector: crate::collector::Collector,
}

impl Slot {
    fn state(&self) -> MutexGuard<'_, Shard> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> MutexGuard<'_, Option<Stage>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use obs_core::metrics::Format;

    use super::*;

    fn shards() -> (Shards, Metrics, Instant) {
        let metrics = Metrics::new(obs_core::metrics::Config::default());
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        let now = Instant::now();
        (Shards::new(&metrics, now), metrics, now)
    }

    fn value(metrics: &Metrics, series: &str) -> Option<f64> {
        let text = metrics.render(Format::Text);
        let line = text
            .lines()
            .find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    #[test]
    fn a_shard_that_never_connects_is_down_from_the_start() {
        let (shards, metrics, now) = shards();
        shards.configure(0..2);
        let slot = shards.get(0).unwrap();
        shards.connected(slot, Connect::Identify, now);
        let tally = shards.publish(now);
        assert_eq!(tally, Tally { up: 1, configured: 2, complete: false });
        assert_eq!(value(&metrics, r#"discord_shard_up{shard="0"}"#), Some(1.0));
        assert_eq!(value(&metrics, r#"discord_shard_up{shard="1"}"#), Some(0.0));
        assert_eq!(value(&metrics, "discord_shards_configured"), Some(2.0));
        assert_eq!(value(&metrics, "discord_shards_connected"), Some(1.0));
    }

    #[test]
    fn a_runner_that_is_gone_is_a_restart_and_an_end_of_the_client_is_none() {
        let (shards, metrics, now) = shards();
        shards.configure(0..1);
        let slot = shards.get(0).unwrap();
        assert!(shards.present(0, None, now), "a new runner");
        shards.connected(slot, Connect::Identify, now);
        assert!(!shards.present(0, Some(Duration::from_millis(40)), now));
        shards.absent(|_| true, now);
        assert_eq!(shards.publish(now).up, 1);

        shards.absent(|_| false, now);
        assert_eq!(shards.publish(now).up, 0);
        let restarts = r#"discord_shard_restarts_total{reason="unknown",shard="0"}"#;
        assert_eq!(value(&metrics, restarts), Some(1.0));
        assert!(shards.present(0, None, now), "a runner after one was gone is a new one");
        shards.connected(slot, Connect::Identify, now);
        shards.log_is_read();
        shards.lost(0, now);
        assert_eq!(value(&metrics, r#"discord_shard_up{shard="0"}"#), Some(0.0));
        shards.connected(slot, Connect::Identify, now);
        shards.absent(|_| false, now);
        assert_eq!(value(&metrics, restarts), Some(1.0), "who reads the log counts");

        shards.connected(slot, Connect::Resume, now);
        shards.end(now);
        assert_eq!(value(&metrics, restarts), Some(1.0));
        assert_eq!(value(&metrics, r#"discord_shard_up{shard="0"}"#), Some(0.0));
        let connects = |kind: &str| {
            value(&metrics, &format!(r#"discord_shard_connects_total{{kind="{kind}",shard="0"}}"#))
        };
        assert_eq!((connects("identify"), connects("resume")), (Some(3.0), Some(1.0)));
        assert_eq!(value(&metrics, r#"discord_shard_latency_seconds{shard="0"}"#), Some(0.04));
    }

    #[test]
    fn events_keep_a_shard_up_and_silence_does_not() {
        let (shards, _, now) = shards();
        shards.configure(7..8);
        let slot = shards.get(7).unwrap();
        shards.connected(slot, Connect::Identify, now);
        let at = |seconds: u64| shards.publish(now + Duration::from_secs(seconds));
        assert_eq!((at(82).up, at(83).up, at(83).complete), (1, 0, true));
        shards.event(slot, now + Duration::from_secs(90));
        assert_eq!((at(172).up, at(173).up), (1, 0));
    }

    #[test]
    fn shards_beyond_the_first_count_their_events_together() {
        let (shards, metrics, _) = shards();
        for id in 100..140 {
            let slot = shards.get(id).unwrap();
            shards.count(slot, EventType::of("READY"));
        }
        let text = metrics.render(Format::Text);
        let series = text.lines().filter(|l| l.starts_with("discord_gateway_events_total{"));
        assert_eq!(series.count(), 17);
        let other = r#"discord_gateway_events_total{shard="other",type="READY"}"#;
        assert_eq!(value(&metrics, other), Some(24.0));
        assert!(shards.get(u32::MAX).is_none());
    }

    #[test]
    fn each_shard_may_count_its_events_or_none() {
        for (apart, first) in [(u32::MAX, "0"), (0, "all")] {
            let (shards, metrics, _) = shards();
            shards.count_apart(apart);
            for id in 0..40 {
                shards.count(shards.get(id).unwrap(), EventType::of("READY"));
            }
            let text = metrics.render(Format::Text);
            let series = text.lines().filter(|l| l.starts_with("discord_gateway_events_total{"));
            assert_eq!(series.count(), if apart == 0 { 1 } else { 40 });
            let first = format!(r#"discord_gateway_events_total{{shard="{first}",type="READY"}}"#);
            assert_eq!(value(&metrics, &first), Some(if apart == 0 { 40.0 } else { 1.0 }));
        }
    }

    #[test]
    fn stages_are_recorded_if_asked_for_and_one_is_1() {
        let (shards, metrics, now) = shards();
        shards.configure(0..1);
        shards.publish(now);
        assert!(!metrics.render(Format::Text).contains("discord_shard_stage{"));
        shards.record_stages();
        let slot = shards.get(0).unwrap();
        let stages = || {
            shards.publish(now);
            let text = metrics.render(Format::Text);
            let lines = text.lines().filter(|line| line.starts_with("discord_shard_stage{"));
            let lines: Vec<_> = lines.map(ToOwned::to_owned).collect();
            assert_eq!(lines.len(), 6, "{text}");
            let ones: Vec<_> = lines.iter().filter(|line| line.ends_with(" 1")).collect();
            assert_eq!(ones.len(), 1, "{text}");
            ones[0].split('"').nth(3).unwrap().to_owned()
        };
        assert_eq!(stages(), "disconnected");
        shards.enters(0, Stage::Identifying);
        assert_eq!(stages(), "identifying");
        shards.connected(slot, Connect::Identify, now);
        assert_eq!(stages(), "connected");
        shards.lost(0, now);
        assert_eq!(stages(), "disconnected");
        shards.enters(0, Stage::Resuming);
        assert_eq!(stages(), "resuming");
        shards.absent(|_| false, now);
        assert_eq!(stages(), "disconnected");
    }
}
