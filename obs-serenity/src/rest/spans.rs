//! serenity's own spans and log messages, read for what only they tell.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::{Counter, Gauge, Histogram};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::{LookupSpan, SpanRef};
use tracing_subscriber::{Layer, Registry};

use super::call::{self, Call};
use super::handles::Method;
use super::route::Route;
use super::scope::{Scope, Shown};
use super::sentences::{self, CODES, Ends, Message, Reason, Sentence};
use super::{Attempt, Moment, Rest, ShardNews};
use crate::metrics::{GATEWAY_CLOSES, REST_CALL_DURATION, REST_IN_FLIGHT, SHARD_RESTARTS};
use crate::stage::Stage;

const CLIENT: &str = "serenity::http::client";
const LIMITER: &str = "serenity::http::ratelimiting";

/// `Http::request`: a call, with all its waits and attempts.
const REQUEST: &str = "request";
/// `Ratelimit::pre_hook`: the wait before an attempt.
const PRE_HOOK: &str = "pre_hook";
/// `Ratelimit::post_hook`: a response, and the wait that it asks for.
const POST_HOOK: &str = "post_hook";
/// `Shard::handle_gateway_closed`: the gateway closed a shard's connection.
const CLOSED: &str = "handle_gateway_closed";

/// A layer that records what serenity's spans and log messages tell; see [the module](super) for what.
///
/// It looks at four of serenity's spans and at the log messages, `DEBUG` and above, of its rate limiter
/// and shards. A filter of its own keeps everything else from it, so `tracing` answers for those at
/// their callsites. It reads a field's text only of a response with status 429 or to an upload, of a
/// close code, and the first 160 bytes of those messages. None of it is kept.
///
/// [`observe`](crate::observe) adds it to the subscriber that `init` installed; this is for a subscriber
/// of the application's own. What a filter of all of that keeps out, such as `serenity=warn` in a plain
/// `EnvFilter`, does not get here either: such a filter belongs to the layer that writes the log
/// ([`with_filter`](tracing_subscriber::Layer::with_filter)).
///
/// The subscriber under it is a [`Registry`].
///
/// ```
/// use tracing_subscriber::filter::EnvFilter;
/// use tracing_subscriber::prelude::*;
/// # use obs_core::metrics::{Config, Metrics};
/// # use obs_serenity::rest::{self, Rest};
/// # let rest = Rest::new(&Metrics::new(Config::default()));
/// # let log = tracing_subscriber::layer::Identity::new();
///
/// let subscriber = tracing_subscriber::registry()
///     .with(log.with_filter(EnvFilter::new("info,serenity=warn")))
///     .with(rest::layer(&rest));
/// # drop(subscriber);
/// ```
#[must_use]
pub fn layer<S>(rest: &Rest) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    Spans::new(rest).with_filter(Wanted)
}

/// The same for [`Obs::add_layer`](obs_core::Obs::add_layer), which asks the layer itself.
pub(crate) fn bare_layer(rest: &Rest) -> impl Layer<Registry> + Send + Sync + use<> {
    Spans::new(rest)
}

/// Lets through what [`Spans`] reads.
struct Wanted;

impl Wanted {
    fn wants(metadata: &Metadata<'_>) -> bool {
        let (target, name) = (metadata.target(), metadata.name());
        if metadata.is_span() {
            return matches!(
                (target, name),
                (CLIENT, REQUEST) | (LIMITER, PRE_HOOK | POST_HOOK) | (sentences::SHARD, CLOSED)
            );
        }
        let heard =
            [LIMITER, sentences::SHARD, sentences::SOCKET, sentences::RUNNER, sentences::MANAGER];
        *metadata.level() <= Level::DEBUG && heard.contains(&target)
    }
}

impl<S> Filter<S> for Wanted {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        Self::wants(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Self::wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}

struct Spans {
    rest: Rest,
    in_flight: Gauge,
    calls: Histogram,
    closes: [Counter; CODES.len()],
    ends: Mutex<Ends>,
}

/// Whether serenity said of which shard the connection was closed.
#[derive(Default)]
struct Told(AtomicBool);

impl Spans {
    fn new(rest: &Rest) -> Self {
        let metrics = &rest.inner.metrics;
        Self {
            in_flight: REST_IN_FLIGHT.of(metrics, []),
            calls: REST_CALL_DURATION.of(metrics, []),
            // There from the start: an increase from nothing is none to Prometheus.
            closes: CODES.map(|code| GATEWAY_CLOSES.of(metrics, [code])),
            ends: Mutex::default(),
            rest: rest.clone(),
        }
    }

    /// A response is there, seen by the classifier or not.
    fn responded(&self, call: &Call, response: Option<&Shown>) {
        if !call.seen()
            && let Some((url, status)) = response.and_then(|shown| shown.url().zip(shown.status()))
        {
            // The request that would tell the method has the upload in it.
            let method = if Route::of(url).is_message() { Method::Patch } else { Method::Post };
            self.rest.attempt(&Attempt::new(method, url, Some(status)), Moment::now());
        }
        self.limited(call, response.map_or(Scope::Unknown, Shown::scope));
    }

    /// It is known whose limit the call's last attempt hit, if it hit one.
    fn limited(&self, call: &Call, scope: Scope) {
        if let Some(limited) = call.limited() {
            if scope == Scope::Global {
                call.waits_for_all();
            }
            self.rest.limited(limited, scope);
        }
    }

    fn heard(&self, shard: Option<u32>, sentence: Sentence) {
        let end = self.ends().hear(shard, sentence);
        self.ended(end);
        let stage = match sentence {
            Sentence::Enters(stage) => stage,
            Sentence::Running => Stage::Handshake,
            _ => return,
        };
        if let Some(shard) = shard {
            self.rest.shard_news(ShardNews::Enters(shard, stage));
        }
    }

    fn ended(&self, end: Option<(u32, Reason)>) {
        self.rest.shard_news(end.map_or(ShardNews::Heard, |(shard, _)| ShardNews::Lost(shard)));
        if let Some((shard, reason)) = end {
            let shard = shard.to_string();
            SHARD_RESTARTS.of(&self.rest.inner.metrics, [&shard, reason.name()]).increment(1);
        }
    }

    fn ends(&self) -> MutexGuard<'_, Ends> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Layer<S> for Spans
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        Wanted::wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        match span.name() {
            REQUEST => {
                self.in_flight.increment(1.0);
                span.extensions_mut().insert(Arc::new(Call::new(Moment::now().instant)));
            }
            PRE_HOOK => {
                // One that nobody has told the scope of made the limiter wait and try again without a
                // look at the route's bucket: it does so for the global limit only.
                if let Some(call) = call_of(&span) {
                    self.limited(&call, Scope::Global);
                }
            }
            POST_HOOK => {
                let Some(call) = call_of(&span) else { return };
                // Formatting a response takes longer than all the rest of this.
                let read = !call.seen() || call.is_limited();
                let response = read.then(|| field(attributes, "response", Shown::read)).flatten();
                self.responded(&call, response.as_ref());
            }
            CLOSED => {
                let code = field(attributes, "data", sentences::close_code);
                self.closes[code.unwrap_or(CODES.len() - 1)].increment(1);
                span.extensions_mut().insert(Told::default());
            }
            _ => {}
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(call) = context.span(id).and_then(|span| own_call(&span)) {
            call::enter(call);
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if let Some(call) = context.span(id).and_then(|span| own_call(&span)) {
            call::exit(&call);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let span = context.event_span(event);
        let target = event.metadata().target();
        if target == LIMITER {
            // What the limiter logs outside its two hooks is that the global limit was hit.
            let call = span.filter(|span| span.name() == REQUEST).and_then(|span| own_call(&span));
            if let Some(call) = call {
                self.limited(&call, Scope::Global);
            }
            return;
        }
        let mut message = OneField::new("message", Message::read);
        event.record(&mut message);
        let Some(message) = message.found else { return };
        if let Some(span) = span.filter(|span| span.name() == CLOSED) {
            if let Some(told) = span.extensions().get::<Told>() {
                told.0.store(true, Ordering::Relaxed);
            }
            let end = self.ends().closed(message.shard());
            self.ended(end);
        } else if let Some((shard, sentence)) = message.sentence(target) {
            self.heard(shard, sentence);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        match span.name() {
            REQUEST => {
                self.in_flight.decrement(1.0);
                let Some(call) = own_call(&span) else { return };
                let took = Moment::now().instant.saturating_duration_since(call.opened);
                self.calls.record(took.as_secs_f64());
                self.limited(&call, Scope::Unknown);
                self.rest.waited(call.in_vain().map(|wait| (Route::other(), wait)));
            }
            PRE_HOOK => {
                if let Some(call) = call_of(&span) {
                    self.rest.waited(call.sent(Moment::now().instant));
                }
            }
            POST_HOOK => {
                if let Some(call) = call_of(&span) {
                    self.rest.waited(call.waited(Moment::now().instant));
                }
            }
            CLOSED => {
                let told =
                    span.extensions().get::<Told>().map(|told| told.0.load(Ordering::Relaxed));
                if told != Some(true) {
                    let end = self.ends().closed(None);
                    self.ended(end);
                }
            }
            _ => {}
        }
    }
}

fn own_call<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> Option<Arc<Call>> {
    span.extensions().get::<Arc<Call>>().cloned()
}

/// The call that one of the limiter's hooks works for.
fn call_of<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> Option<Arc<Call>> {
    own_call(&span.parent()?)
}

/// What `read` makes of the field of this name. Other fields, whole events and requests among them,
/// are not formatted.
fn field<T>(
    attributes: &Attributes<'_>,
    name: &'static str,
    read: fn(&dyn fmt::Debug) -> T,
) -> Option<T> {
    let mut field = OneField::new(name, read);
    attributes.record(&mut field);
    field.found
}

struct OneField<T> {
    name: &'static str,
    read: fn(&dyn fmt::Debug) -> T,
    found: Option<T>,
}

impl<T> OneField<T> {
    const fn new(name: &'static str, read: fn(&dyn fmt::Debug) -> T) -> Self {
        Self { name, read, found: None }
    }
}

impl<T> Visit for OneField<T> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == self.name {
            self.found = Some((self.read)(value));
        }
    }
}
