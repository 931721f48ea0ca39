//! One call of the bot's handler: how long it takes, and whether it panics.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use metrics::{Counter, Gauge, Histogram};
use obs_core::metrics::Metrics;

use crate::commands::{Scope, Scoped};
use crate::events::Handled;
use crate::metrics::{EVENT_HANDLER_DURATION, EVENT_HANDLERS_IN_FLIGHT, HANDLER_PANICS};

/// What a method of a handler returns.
pub(crate) type Handling<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// The handles of one kind of event.
#[derive(Debug)]
pub(crate) struct Series {
    duration: Histogram,
    in_flight: Gauge,
    panics: Counter,
}

impl Series {
    pub(crate) fn new(metrics: &Metrics, event: Handled) -> Self {
        let label = [event.name()];
        Self {
            duration: EVENT_HANDLER_DURATION.of(metrics, label),
            in_flight: EVENT_HANDLERS_IN_FLIGHT.of(metrics, label),
            panics: HANDLER_PANICS.of(metrics, label),
        }
    }
}

/// A call that has begun. It is in flight until it is dropped, however it ends.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    series: &'a Series,
    started: Instant,
}

impl<'a> Call<'a> {
    pub(crate) fn begin(series: &'a Series, started: Instant) -> Self {
        series.in_flight.increment(1.0);
        Self { series, started }
    }

    fn ended(&self) {
        self.series.duration.record(self.started.elapsed().as_secs_f64());
    }

    fn panicked(&self) {
        self.series.panics.increment(1);
        self.ended();
    }

    /// When it began.
    pub(crate) const fn started(&self) -> Instant {
        self.started
    }

    /// Makes the call, and follows it and the command in it to their end.
    ///
    /// The one allocation is the box that the trait asks for.
    pub(crate) fn follow(self, scope: Scope, make: impl FnOnce() -> Handling<'a>) -> Handling<'a> {
        match catch_unwind(AssertUnwindSafe(make)) {
            Ok(inner) => Box::pin(Followed { inner: scope.run(inner), call: Some(self) }),
            Err(panic) => {
                self.panicked();
                drop(self);
                resume_unwind(panic)
            }
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.series.in_flight.decrement(1.0);
    }
}

/// The future of a call.
struct Followed<'a> {
    inner: Scoped<Handling<'a>>,
    /// Gone once the call has ended.
    call: Option<Call<'a>>,
}

impl Future for Followed<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        // The panic goes on as it came, and nothing of the handler is used after it.
        match catch_unwind(AssertUnwindSafe(|| Pin::new(&mut this.inner).poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => {
                if let Some(call) = this.call.take() {
                    call.ended();
                }
                Poll::Ready(())
            }
            Err(panic) => {
                if let Some(call) = this.call.take() {
                    call.panicked();
                }
                resume_unwind(panic)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::task::Waker;

    use obs_core::metrics::Format;

    use super::*;

    fn lines(metrics: &Metrics) -> [u64; 3] {
        let text = metrics.render(Format::Text);
        ["duration_seconds_count", "handlers_in_flight", "handler_panics_total"].map(|name| {
            let line = text.lines().find(|line| line.contains(&format!("{name}{{"))).unwrap();
            line.rsplit(' ').next().unwrap().parse().unwrap()
        })
    }

    fn begin(series: &Series) -> Call<'_> {
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        let now = Instant::now();
        Call::begin(series, now)
    }

    fn poll(handling: &mut Handling<'_>) -> Poll<()> {
        handling.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_call_is_in_flight_until_it_ends_and_counts_once() {
        let metrics = Metrics::new(obs_core::metrics::Config::default());
        let series = Series::new(&metrics, Handled::Message);
        let mut polls = 0;
        let mut handling = begin(&series).follow(Scope::none(), || {
            Box::pin(poll_fn(move |_| {
                polls += 1;
                if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
            }))
        });
        assert_eq!(lines(&metrics), [0, 1, 0]);
        assert!(poll(&mut handling).is_pending());
        assert_eq!(lines(&metrics), [0, 1, 0]);
        assert!(poll(&mut handling).is_ready());
        assert_eq!(lines(&metrics), [1, 0, 0], "also before the future is dropped");
        drop(handling);
        assert_eq!(lines(&metrics), [1, 0, 0]);
    }

    #[test]
    fn a_cancelled_call_is_not_in_flight_and_has_no_duration() {
        let metrics = Metrics::new(obs_core::metrics::Config::default());
        let series = Series::new(&metrics, Handled::Message);
        let mut handling = begin(&series).follow(Scope::none(), || Box::pin(pending()));
        assert!(poll(&mut handling).is_pending());
        drop(handling);
        drop(begin(&series).follow(Scope::none(), || Box::pin(pending())));
        assert_eq!(lines(&metrics), [0, 0, 0]);
    }

    #[test]
    fn a_panic_is_counted_and_passes_on_as_it_was() {
        let metrics = Metrics::new(obs_core::metrics::Config::default());
        let series = Series::new(&metrics, Handled::Message);
        let mut handling = begin(&series)
            .follow(Scope::none(), || Box::pin(async { std::panic::panic_any(7_u8) }));
        let panic = catch_unwind(AssertUnwindSafe(|| poll(&mut handling))).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&7_u8));
        assert_eq!(lines(&metrics), [1, 0, 1]);
        drop(handling);
        assert_eq!(lines(&metrics), [1, 0, 1]);

        // A handler that is written without `async_trait` may panic before there is a future.
        let early = AssertUnwindSafe(|| {
            begin(&series).follow(Scope::none(), || std::panic::panic_any(8_u8))
        });
        let panic = catch_unwind(early).map(drop).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&8_u8));
        assert_eq!(lines(&metrics), [2, 0, 2]);
    }
}
