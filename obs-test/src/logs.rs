//! A capture of log records.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;
use tokio::runtime::Handle;
use tracing::Level;
use tracing_subscriber::filter::Targets;

use crate::claim::{self, Captured, Claim, Member, Target};
use crate::layer;
use crate::record::Record;
use crate::records::Records;
use crate::store::{Clock, Store};

/// Captures what this test logs, at every level, until the returned value is dropped.
///
/// See the [crate](crate#what-is-captured) for what belongs to a test.
///
/// ```
/// let logs = obs_test::capture();
/// tracing::info!(order.id = 42, total = 12.5, "order placed");
///
/// logs.one("order placed").assert_field("order.id", 42).assert_field("total", 12.5);
/// logs.assert_none_at_or_above(obs_test::Level::WARN);
/// ```
///
/// # Panics
///
/// If the process has a `tracing` subscriber that is not this crate's, or if a test on another thread
/// captures in the same tokio runtime.
#[track_caller]
pub fn capture() -> Logs {
    builder().start()
}

/// Captures as [`capture`] does, but only what passes a filter such as `info` or `warn,shop=debug`.
///
/// ```
/// let logs = obs_test::capture_at("info,rust_out::noise=off");
/// tracing::info!("order placed");
/// tracing::debug!("details");
/// tracing::info!(target: "rust_out::noise", "noise");
///
/// assert_eq!(logs.all().only().message(), "order placed");
/// ```
///
/// # Panics
///
/// As [`capture`], and if the filter does not parse.
#[track_caller]
pub fn capture_at(filter: &str) -> Logs {
    builder().filter(filter).start()
}

/// Begins a capture with settings.
pub const fn builder() -> Builder {
    Builder { filter: None, clock: None, thread: true, runtime: true }
}

/// A capture in the making, from [`builder`].
#[must_use = "nothing is captured before `start`"]
pub struct Builder {
    filter: Option<Targets>,
    clock: Option<Clock>,
    thread: bool,
    runtime: bool,
}

impl Builder {
    /// Captures only what passes a filter such as `info` or `warn,shop=debug`: levels, and levels of
    /// targets. By default everything.
    ///
    /// # Panics
    ///
    /// If it does not parse.
    #[track_caller]
    pub fn filter(mut self, filter: &str) -> Self {
        match filter.parse() {
            Ok(filter) => self.filter = Some(filter),
            Err(error) => {
                panic!("`{filter}`: expected a filter such as `info` or `warn,shop=debug`: {error}")
            }
        }
        self
    }

    /// Tells the time of the records in place of the clock of the system. Of several captures that
    /// see an event, the innermost one's clock counts.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    /// let logs = obs_test::builder().clock(move || time).start();
    /// tracing::info!("order placed");
    /// logs.one("order placed").assert_field("@timestamp", "2001-09-09T01:46:40.000000000Z");
    /// ```
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Box::new(now));
        self
    }

    /// Leaves the tokio runtime out, for tests that share one: of its other threads only spans that
    /// are opened under this capture are seen, and what it [`wrap`](Logs::wrap)s.
    pub const fn without_runtime(mut self) -> Self {
        self.runtime = false;
        self
    }

    /// Leaves out the thread and the runtime: what is captured is only what runs
    /// [`in_scope`](Logs::in_scope) or is [`wrap`](Logs::wrap)ped, and the spans opened there.
    ///
    /// ```
    /// let (shop, bank) = (obs_test::builder().detached().start(), obs_test::builder().detached().start());
    /// shop.in_scope(|| tracing::info!("order placed"));
    /// bank.in_scope(|| tracing::info!("order paid"));
    /// tracing::info!("seen by nobody");
    ///
    /// assert_eq!(shop.all().only().message(), "order placed");
    /// assert_eq!(bank.all().only().message(), "order paid");
    /// ```
    pub const fn detached(mut self) -> Self {
        self.thread = false;
        self.runtime = false;
        self
    }

    /// Begins to capture.
    ///
    /// # Panics
    ///
    /// If the process has a `tracing` subscriber that is not this crate's, or if a test on another
    /// thread captures in the same tokio runtime.
    #[track_caller]
    pub fn start(self) -> Logs {
        assert!(
            layer::install(),
            "the process has a `tracing` subscriber already, and lines go there: take `build()` in \
             place of `init()` in tests, or `without_logs()`, and install no other subscriber"
        );
        let Self { filter, clock, thread, runtime } = self;
        let store = Store::new(filter, clock);
        let claim = Claim(Arc::new(Member::new(Target::Logs(store))));
        if thread {
            claim.thread();
        }
        assert!(!runtime || claim.current_runtime(), "{SHARED_RUNTIME}");
        Logs { claim }
    }
}

pub(crate) const SHARED_RUNTIME: &str = "a capture of another thread has this tokio runtime: give \
     each test a runtime of its own, as `#[tokio::test]` does, or leave the runtime out with \
     `obs_test::builder().without_runtime()`";

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { filter, clock: _, thread, runtime } = self;
        let filter = filter.as_ref().map(ToString::to_string);
        f.debug_struct("Builder")
            .field("filter", &filter)
            .field("thread", thread)
            .field("runtime", runtime)
            .finish_non_exhaustive()
    }
}

/// What a test logs, from [`capture`]. Dropping it ends the capture.
#[derive(Debug)]
#[must_use = "the capture ends when this is dropped"]
pub struct Logs {
    claim: Claim,
}

impl Logs {
    /// All records so far.
    #[must_use]
    #[track_caller]
    pub fn all(&self) -> Records {
        let Some(store) = self.claim.0.store() else { return Records::new(Vec::new(), false) };
        let mut records = Vec::new();
        for line in store.lines() {
            records.push(Record::parse(line));
        }
        Records::new(records, store.clock.is_some())
    }

    /// The only record with this message; see [`Records`] for other ways to find one.
    ///
    /// # Panics
    ///
    /// If there is none, or several. The text lists what was captured.
    #[expect(clippy::must_use_candidate, reason = "it asserts, too")]
    #[track_caller]
    pub fn one(&self, message: &str) -> Record {
        self.all().one(message)
    }

    /// Asserts that no record has this message.
    ///
    /// # Panics
    ///
    /// If one has.
    #[track_caller]
    pub fn none(&self, message: &str) {
        self.all().none(message);
    }

    /// The records of one level.
    #[must_use]
    #[track_caller]
    pub fn with_level(&self, level: Level) -> Records {
        self.all().with_level(level)
    }

    /// The records with a field of this value; see [`Record::assert_field`].
    #[must_use]
    #[track_caller]
    pub fn with_field(&self, name: &str, value: impl Into<Value>) -> Records {
        self.all().with_field(name, value)
    }

    /// Asserts that no record has this level or a more severe one: `Level::WARN` forbids warnings
    /// and errors.
    ///
    /// # Panics
    ///
    /// If one has.
    #[track_caller]
    pub fn assert_none_at_or_above(&self, level: Level) {
        self.all().assert_none_at_or_above(level);
    }

    /// All records as text that is the same in each run; see [`Records::snapshot`].
    #[must_use]
    #[track_caller]
    pub fn snapshot(&self) -> String {
        self.all().snapshot()
    }

    /// Forgets the records so far.
    pub fn clear(&self) {
        if let Some(store) = self.claim.0.store() {
            store.clear();
        }
    }

    /// Captures what `run` logs, on whatever thread this is.
    ///
    /// ```
    /// let logs = obs_test::capture();
    /// std::thread::scope(|threads| {
    ///     threads.spawn(|| logs.in_scope(|| tracing::info!("packed")));
    /// });
    /// logs.one("packed");
    /// ```
    pub fn in_scope<T>(&self, run: impl FnOnce() -> T) -> T {
        claim::in_scope(&self.claim.0, run)
    }

    /// `run`, captured wherever it is called: for [`std::thread::spawn`] and thread pools.
    ///
    /// ```
    /// let logs = obs_test::capture();
    /// std::thread::spawn(logs.wrap(|| tracing::info!("packed"))).join().unwrap();
    /// logs.one("packed");
    /// ```
    pub fn wrap<F, T>(&self, run: F) -> impl FnOnce() -> T + use<F, T>
    where
        F: FnOnce() -> T,
    {
        let member = self.claim.0.clone();
        move || claim::in_scope(&member, run)
    }

    /// `future`, captured wherever it is polled and dropped: for tasks on a runtime that is not the
    /// test's.
    pub fn wrap_future<F: Future>(&self, future: F) -> Captured<F> {
        Captured::new(&self.claim.0, future)
    }

    /// Captures what the threads of this runtime log, as those of the runtime that the capture was
    /// started in.
    ///
    /// ```
    /// let logs = obs_test::capture();
    /// let runtime = tokio::runtime::Runtime::new()?;
    /// logs.runtime(runtime.handle());
    /// runtime.block_on(async {
    ///     let _ = tokio::spawn(async { tracing::info!("packed") }).await;
    /// });
    /// logs.one("packed");
    /// # Ok::<_, std::io::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If a test on another thread captures in it.
    #[track_caller]
    pub fn runtime(&self, handle: &Handle) {
        assert!(self.claim.runtime(handle), "{SHARED_RUNTIME}");
    }
}
