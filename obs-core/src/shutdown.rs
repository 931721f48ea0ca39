//! Graceful shutdown: one moment at which it begins, and two deadlines that follow from it.

use std::fmt;
use std::future::{Future, IntoFuture, pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How long the parts of a shutdown take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShutdownConfig {
    /// From readiness going down to the end of accepting requests.
    pub(crate) delay: Duration,
    /// From then on, for requests in flight.
    pub(crate) timeout: Duration,
}

/// Begins the shutdown, and tells whether it has begun. A cheap handle; clones share everything.
#[derive(Clone, Debug)]
pub struct ShutdownHandle {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: ShutdownConfig,
    state: watch::Sender<State>,
    /// Only `init` listens to signals: a `build` has no effect on the process.
    signals: bool,
    listening: AtomicBool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    began: Option<Instant>,
    /// A second signal: all waiting is over.
    forced: bool,
}

impl ShutdownHandle {
    pub(crate) fn new(config: ShutdownConfig, signals: bool) -> Self {
        let state = watch::Sender::new(State::default());
        Self {
            shared: Arc::new(Shared { config, state, signals, listening: AtomicBool::new(false) }),
        }
    }

    /// Begins the shutdown, as a signal does. Nothing happens if it has begun already.
    pub fn trigger(&self) {
        let now = Instant::now();
        self.shared.state.send_if_modified(|state| {
            let begins = state.began.is_none();
            state.began.get_or_insert(now);
            begins
        });
    }

    /// Ends all waiting, as a second signal does: for the delay, and for requests in flight.
    pub fn force(&self) {
        self.trigger();
        self.shared.state.send_if_modified(|state| !std::mem::replace(&mut state.forced, true));
    }

    /// Whether the shutdown has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.shared.state.borrow().began.is_some()
    }

    /// Resolves when the shutdown begins: readiness is down, and requests are still accepted.
    pub fn begun(&self) -> impl Future<Output = ()> + Send + use<> {
        self.reached(None)
    }

    /// Resolves when no more requests are to be accepted: the shutdown has begun, and its delay is
    /// over. Does not listen to signals itself.
    pub fn draining(&self) -> impl Future<Output = ()> + Send + use<> {
        self.reached(Some(self.shared.config.delay))
    }

    /// Resolves when the time for requests in flight is over.
    pub fn deadline(&self) -> impl Future<Output = ()> + Send + use<> {
        let ShutdownConfig { delay, timeout } = self.shared.config;
        self.reached(Some(delay.saturating_add(timeout)))
    }

    /// Resolves when no more requests are to be accepted; listens to signals from its first poll.
    pub(crate) fn signal(&self) -> impl Future<Output = ()> + Send + use<> {
        let draining = self.draining();
        let handle = self.clone();
        async move {
            handle.listen();
            draining.await;
        }
    }

    pub(crate) fn drain<W: IntoFuture>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<W::Output, DeadlineExceeded>> + use<W> {
        let handle = self.clone();
        async move {
            handle.listen();
            first(work.into_future(), handle.deadline()).await.map_err(|()| DeadlineExceeded {
                timeout: handle.shared.config.timeout,
                forced: handle.shared.state.borrow().forced,
            })
        }
    }

    /// Resolves `after` the beginning, or when that is forced; at the beginning itself for `None`.
    fn reached(&self, after: Option<Duration>) -> impl Future<Output = ()> + Send + use<> {
        let mut states = self.shared.state.subscribe();
        async move {
            let began = states.wait_for(|state| state.began.is_some()).await.map(|s| s.began);
            let Ok(began) = began else {
                // The service is gone, and nothing can begin any more.
                return pending().await;
            };
            let Some((began, after)) = began.zip(after) else { return };
            let forced = async {
                if states.wait_for(|state| state.forced).await.is_err() {
                    pending::<()>().await;
                }
            };
            match began.checked_add(after) {
                Some(at) => drop(first(forced, sleep_until(at)).await),
                None => forced.await,
            }
        }
    }

    /// Has one task turn signals into calls of [`Self::trigger`] and [`Self::force`].
    ///
    /// Not before somebody waits: who listens takes the signal's effect away from it, and a
    /// service that did not wait could not be ended any more.
    fn listen(&self) {
        /// Lets another runtime listen once the one of this task is gone.
        struct Listening(ShutdownHandle);
        impl Drop for Listening {
            fn drop(&mut self) {
                self.0.shared.listening.store(false, Ordering::Release);
            }
        }

        if !self.shared.signals || self.shared.listening.swap(true, Ordering::AcqRel) {
            return;
        }
        let listening = Listening(self.clone());
        // Registered before this returns: a signal that comes now is not lost.
        match Signals::new() {
            Ok(mut signals) => {
                #[expect(clippy::disallowed_methods, reason = "turns signals into calls")]
                tokio::spawn(async move {
                    let handle = &listening.0;
                    loop {
                        let signal = signals.next().await;
                        if handle.has_begun() {
                            tracing::warn!(signal, "second signal: shutting down at once");
                            handle.force();
                        } else {
                            tracing::info!(signal, "shutting down");
                            handle.trigger();
                        }
                    }
                });
            }
            Err(error) => tracing::error!(%error, "signals do not shut this service down"),
        }
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        let Self { terminate, interrupt } = self;
        poll_fn(|cx| {
            // `None` never comes: the sender lives as long as the process.
            if terminate.poll_recv(cx).is_ready() {
                Poll::Ready("SIGTERM")
            } else if interrupt.poll_recv(cx).is_ready() {
                Poll::Ready("SIGINT")
            } else {
                Poll::Pending
            }
        })
        .await
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
        "ctrl-c"
    }
}

/// The output of `a`, or `Err` if `b` is ready and `a` is not.
async fn first<A: Future, B: Future>(a: A, b: B) -> Result<A::Output, B::Output> {
    let (mut a, mut b) = (pin!(a), pin!(b));
    poll_fn(|cx| match a.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => b.as_mut().poll(cx).map(Err),
    })
    .await
}

/// Work was dropped because the shutdown had to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadlineExceeded {
    timeout: Duration,
    forced: bool,
}

impl DeadlineExceeded {
    /// Whether a second signal ended the shutdown, and not the deadline.
    #[must_use]
    pub const fn is_forced(&self) -> bool {
        self.forced
    }
}

impl fmt::Display for DeadlineExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.forced {
            f.write_str("a second signal ended the shutdown before all work was done")
        } else {
            write!(
                f,
                "work was not done within {:?} of the shutdown: see OBS_SHUTDOWN_TIMEOUT",
                self.timeout
            )
        }
    }
}

impl std::error::Error for DeadlineExceeded {}
