//! Whether a shard is connected, from what was seen of it and when.
//!
//! serenity's own `ShardRunnerInfo::stage` is not asked: it stays `connected` while an invalid
//! session is given up and after a fatal close.

use std::time::{Duration, Instant};

/// How often Discord asks for heartbeats. serenity does not tell what it asked.
const USUAL_INTERVAL: Duration = Duration::from_millis(41_250);

/// How a connection was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connect {
    /// With a session of its own.
    Identify,
    /// With the session that was there.
    Resume,
}

impl Connect {
    pub(crate) const ALL: [Self; 2] = [Self::Identify, Self::Resume];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Resume => "resume",
        }
    }
}

/// Why a connection ended of which nothing told: what can be concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It had been silent for a heartbeat.
    Heartbeat,
    /// Anything else.
    Unknown,
}

impl Reason {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::Unknown => "unknown",
        }
    }
}

/// One shard.
///
/// It is up from READY or RESUMED until the end of the connection is seen, and only as long as it
/// shows a sign of life, an event or an acknowledged heartbeat, within two heartbeats.
#[derive(Clone, Debug)]
pub(crate) struct Shard {
    connected: bool,
    /// The last acknowledgement or connection; events are kept beside, without a lock.
    sign: Option<Instant>,
    latency: Option<Duration>,
    interval: Duration,
}

impl Default for Shard {
    fn default() -> Self {
        Self { connected: false, sign: None, latency: None, interval: USUAL_INTERVAL }
    }
}

impl Shard {
    /// READY or RESUMED came at `now`. Returns why the connection before ended, if nothing has
    /// told that it had.
    pub(crate) fn connected(&mut self, now: Instant, event: Option<Instant>) -> Option<Reason> {
        let before = self.connected.then(|| self.silence(now, event));
        self.connected = true;
        self.sign = self.sign.max(Some(now));
        before
    }

    /// The connection has ended. Returns whether that is news.
    pub(crate) fn lost(&mut self) -> bool {
        std::mem::take(&mut self.connected)
    }

    /// There is no runner for this shard. Returns why the connection ended, if there was one.
    pub(crate) fn absent(&mut self, now: Instant, event: Option<Instant>) -> Option<Reason> {
        self.lost().then(|| self.silence(now, event))
    }

    /// The runner measured this latency, at `now` or before. A new one is a sign of life.
    pub(crate) fn latency(&mut self, latency: Option<Duration>, now: Instant) {
        if latency.is_some() && latency != self.latency {
            self.sign = self.sign.max(Some(now));
        }
        self.latency = latency;
    }

    /// Whether the shard is up at `now`, when its last event came at `event`.
    pub(crate) fn is_up(&self, now: Instant, event: Option<Instant>) -> bool {
        self.connected && self.age(now, event).is_some_and(|age| age < 2 * self.interval)
    }

    /// Whether READY or RESUMED was seen, and no end of the connection since.
    pub(crate) const fn is_connected(&self) -> bool {
        self.connected
    }

    /// Time since the last sign of life; `None` if there never was one.
    pub(crate) fn age(&self, now: Instant, event: Option<Instant>) -> Option<Duration> {
        self.sign.max(event).map(|sign| now.saturating_duration_since(sign))
    }

    /// Why a connection ended that was given up without a word.
    fn silence(&self, now: Instant, event: Option<Instant>) -> Reason {
        let silent = self.age(now, event).is_some_and(|age| age >= self.interval);
        if silent { Reason::Heartbeat } else { Reason::Unknown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEARTBEAT: Duration = Duration::from_secs(10);

    enum Seen {
        Connected(Option<Reason>),
        Lost(bool),
        Absent(Option<Reason>),
        /// A latency in milliseconds.
        Latency(Option<u64>),
        Event,
        Nothing,
    }
    use Seen::{Absent, Connected, Event, Latency, Lost, Nothing};

    fn run(steps: &[(u64, Seen, bool)]) {
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        let zero = Instant::now();
        let mut shard = Shard { interval: HEARTBEAT, ..Shard::default() };
        let mut event = None;
        for (at, seen, up) in steps {
            let now = zero + Duration::from_secs(*at);
            match seen {
                Connected(before) => assert_eq!(shard.connected(now, event), *before, "at {at}"),
                Lost(news) => assert_eq!(shard.lost(), *news, "at {at}"),
                Absent(reason) => assert_eq!(shard.absent(now, event), *reason, "at {at}"),
                Latency(ms) => shard.latency(ms.map(Duration::from_millis), now),
                Event => event = Some(now),
                Nothing => {}
            }
            assert_eq!(shard.is_up(now, event), *up, "at {at}");
        }
    }

    #[test]
    fn a_shard_is_up_from_its_connection_on() {
        run(&[
            (0, Nothing, false),
            (1, Absent(None), false),
            (2, Latency(Some(7)), false),
            (3, Event, false),
            (4, Connected(None), true),
            (5, Nothing, true),
        ]);
    }

    #[test]
    fn without_a_sign_of_life_for_two_heartbeats_it_is_down() {
        run(&[
            (0, Connected(None), true),
            (19, Nothing, true),
            (20, Nothing, false),
            (21, Event, true),
            (40, Nothing, true),
            (41, Latency(Some(90)), true),
            (60, Latency(Some(90)), true),
            // The runner still shows the latency that it measured at 41.
            (61, Latency(Some(90)), false),
            (62, Latency(Some(91)), true),
            // serenity forgets the latency when it resumes.
            (81, Latency(None), true),
            (82, Latency(None), false),
        ]);
    }

    #[test]
    fn an_end_counts_once_and_events_under_way_do_not_undo_it() {
        run(&[
            (0, Connected(None), true),
            (1, Lost(true), false),
            (1, Event, false),
            (2, Lost(false), false),
            (7, Absent(None), false),
            (9, Connected(None), true),
            (10, Absent(Some(Reason::Unknown)), false),
            (11, Absent(None), false),
        ]);
    }

    #[test]
    fn an_end_that_nothing_told_is_seen_when_the_runner_is_gone_or_connects_again() {
        run(&[
            (0, Connected(None), true),
            (1, Connected(Some(Reason::Unknown)), true),
            (12, Connected(Some(Reason::Heartbeat)), true),
            (15, Event, true),
            (23, Absent(Some(Reason::Unknown)), false),
            (30, Connected(None), true),
            (40, Absent(Some(Reason::Heartbeat)), false),
        ]);
    }

    #[test]
    fn a_clock_that_steps_back_ages_nothing() {
        run(&[
            (100, Connected(None), true),
            (50, Nothing, true),
            (60, Connected(Some(Reason::Unknown)), true),
        ]);
    }
}
