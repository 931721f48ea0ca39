//! Which events are logged, changed while the service runs.

mod announce;
mod filter;
mod layer;
mod state;

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

pub(super) use announce::TARGET;
pub use filter::FilterError;
pub use layer::LevelLayer;
pub use state::LevelState;

use announce::Change;
use filter::Filter;
use layer::Live;
use state::{Levels, Until};

/// A longer limit is a change to stay, and belongs in the settings.
const MAX_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Which events are logged: asked and changed while the service runs.
///
/// A cheap handle; clones share everything. From [`Obs::log_level`](crate::Obs::log_level).
///
/// A filter is what [`Builder::log_filter`](crate::Builder::log_filter) takes. It is in force for
/// every event that is recorded after the call returns, on whatever thread. Each change is an event
/// of target `obs_core::log` with `from`, `to` and `until`, which no filter leaves out: at level
/// `INFO`, or `WARN` where the filter lets no warnings pass.
///
/// Spans that exist keep their fields and ids. A span that the filter left out when it began is
/// not there afterwards either, and directives on spans (`[…]`) hold for spans that begin later.
///
/// # Time limits
///
/// [`set_for`](Self::set_for) goes back by itself, so that nobody has to remember. The last call
/// wins: a second time limit takes the place of the first, and goes back to what was there before
/// *both*; [`set`](Self::set) and [`reset`](Self::reset) end a time limit. What it goes back to is
/// the filter of the last `set`, or of the settings.
///
/// ```
/// use std::time::Duration;
///
/// let obs = obs_core::builder("shop").env(&[]).build()?; // `init` in a service
/// let level = obs.log_level().expect("no `without_logs`");
/// level.set_for("info,hyper=debug", Duration::from_secs(600)).unwrap();
/// assert_eq!(level.current(), "info,hyper=debug");
/// level.reset();
/// assert_eq!(level.current(), "info");
/// # Ok::<_, obs_core::InitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LevelHandle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    live: Arc<Live>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    levels: Levels,
    warnings: Vec<String>,
    /// Whether a thread waits for the end of a time limit.
    watched: bool,
}

impl LevelHandle {
    /// The handle of a log that begins with the filter `default`.
    pub(crate) fn new(default: &str) -> Result<Self, FilterError> {
        Filter::parse(default).map(Self::of)
    }

    /// Logs nothing: stands in where the settings are bad and no log begins.
    pub(crate) fn off() -> Self {
        Self::of(Filter::off())
    }

    fn of(filter: Filter) -> Self {
        let state = State {
            levels: Levels::new(filter.text.clone()),
            warnings: filter.warnings.clone(),
            watched: false,
        };
        let live = Arc::new(Live::new(filter));
        let shared = Shared { live, state: Mutex::new(state), changed: Condvar::new() };
        Self { shared: Arc::new(shared) }
    }

    /// The filter as a layer, for a subscriber that the application puts together itself; see
    /// [`Obs::log_layer`](crate::Obs::log_layer). It filters what all layers see.
    #[must_use]
    pub fn layer(&self) -> LevelLayer {
        LevelLayer(Arc::clone(&self.shared.live))
    }

    /// The filter in force, without spaces and empty directives.
    #[must_use]
    pub fn current(&self) -> String {
        self.shared.lock().levels.current().to_owned()
    }

    /// The filter in force, until when, and what the settings say.
    #[must_use]
    pub fn state(&self) -> LevelState {
        let state = self.shared.lock();
        LevelState {
            filter: state.levels.current().to_owned(),
            until: state.levels.until().map(|until| until.shown),
            default: state.levels.default_filter().to_owned(),
            warnings: state.warnings.clone(),
        }
    }

    /// Changes the filter, until the next change or the end of the process.
    ///
    /// What is taken but may not have been meant, such as a lone word that is a target to
    /// `tracing`, is logged as a warning.
    ///
    /// # Errors
    ///
    /// If `filter` is none: a misspelt level, a directive that makes no sense, more than 4096
    /// bytes. The filter in force stays.
    pub fn set(&self, filter: &str) -> Result<(), FilterError> {
        let filter = Filter::parse(filter)?;
        // Without a time limit there is no thread to start.
        let _ = self.shared.change(filter, "the log filter was changed", None);
        Ok(())
    }

    /// Changes the filter for this long, and then goes back; see [time limits](Self#time-limits).
    ///
    /// # Errors
    ///
    /// If `filter` is none, `time` is zero or more than seven days, or no thread could be started
    /// to wait for its end. The filter in force stays.
    pub fn set_for(&self, filter: &str, time: Duration) -> Result<(), FilterError> {
        let filter = Filter::parse(filter)?;
        if time.is_zero() || time > MAX_FOR {
            let text = format!("{time:?}: a time limit is above zero and at most seven days");
            return Err(FilterError::of(text));
        }
        let (now, shown) = clocks();
        let until = Some(Until { at: now + time, shown: shown + time });
        self.shared.change(filter, "the log filter was changed for a time", until).map_err(
            |error| {
                FilterError::of(format!("no thread to wait for the end of the time limit: {error}"))
            },
        )
    }

    /// Goes back to the filter of the settings.
    pub fn reset(&self) {
        let default = self.shared.lock().levels.default_filter().to_owned();
        // It was good when the service began.
        if let Ok(filter) = Filter::parse(&default) {
            let _ = self.shared.change(filter, "the log filter was reset", None);
        }
    }

    /// Logs the warnings about the filter of the settings, which may have left out everything.
    pub(crate) fn tell_warnings(&self) {
        let warnings = self.shared.lock().warnings.clone();
        warnings.iter().for_each(|warning| announce::warn(warning));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(
        self: &Arc<Self>,
        filter: Filter,
        message: &str,
        until: Option<Until>,
    ) -> io::Result<()> {
        let (to, warnings) = (filter.text.clone(), filter.warnings.clone());
        let mut state = self.lock();
        let from = state.levels.current().to_owned();
        match until {
            Some(until) => {
                self.watch(&mut state)?;
                state.levels.set_until(to.clone(), until);
            }
            None => state.levels.set(to.clone()),
        }
        let dark = self.apply(&mut state, filter);
        self.changed.notify_all();
        // A writer that is slow or asks this handle must find it unlocked.
        drop(state);
        let until = until.map(|until| state::rfc3339(until.shown));
        Change { message, from: &from, to: &to, until: until.as_deref() }.tell(dark);
        warnings.iter().for_each(|warning| announce::warn(warning));
        Ok(())
    }

    /// Under the lock, so that what is in force is what the state says. Whether not even warnings
    /// pass from here on.
    fn apply(&self, state: &mut State, filter: Filter) -> bool {
        let dark = filter.is_dark();
        state.warnings.clone_from(&filter.warnings);
        self.live.replace(filter);
        dark
    }

    /// Has one thread wait for the end of time limits, for as long as there are some.
    ///
    /// A thread and not a task: `init` may have been called before there was a runtime, and a
    /// runtime that is stuck is when somebody looks at the log.
    fn watch(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        if !state.watched {
            let shared = Arc::clone(self);
            thread::Builder::new().name("obs-log-level".to_owned()).spawn(move || shared.wait())?;
            state.watched = true;
        }
        Ok(())
    }

    fn wait(&self) {
        let _watching = Watching(self);
        let mut state = self.lock();
        while let Some(until) = state.levels.until() {
            let (now, _) = clocks();
            let Some((from, to)) = state.levels.expire(now) else {
                let left = until.at.saturating_duration_since(now);
                let woken = self.changed.wait_timeout(state, left);
                state = woken.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            };
            let to = to.to_owned();
            // It was in force before.
            let dark = Filter::parse(&to).is_ok_and(|filter| self.apply(&mut state, filter));
            drop(state);
            let message = "the time of the log filter is over";
            Change { message, from: &from, to: &to, until: None }.tell(dark);
            state = self.lock();
        }
        state.watched = false;
    }
}

/// Lets another thread watch if this one dies of a panic in somebody's writer.
struct Watching<'a>(&'a Shared);

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lock().watched = false;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "what time limits are measured with")]
fn clocks() -> (Instant, SystemTime) {
    (Instant::now(), SystemTime::now())
}
