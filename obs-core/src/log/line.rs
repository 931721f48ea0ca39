//! From an event to a line.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use metrics::Counter;
use tracing::{Event, Level, Metadata};

use super::fields::Fields;
use super::local::{Buffers, with_buffers, with_plan};
use super::options::Options;
use super::plan::{Plan, ServiceText, TRUNCATED, level_name};
use super::redact::{Redaction, Redactor};
use super::rules::Rules;
use super::schema;
use super::span::SpanFields;
use super::visit::Visitor;
use crate::metrics::{Metrics, own};
use crate::{Service, trace};

/// Where finished lines go.
pub(crate) trait Sink: Send + Sync {
    fn write(&self, line: &Line<'_>);
}

/// A finished line, and its parts.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) level: Level,
    pub(crate) time: SystemTime,
    /// The line in JSON, with its line break.
    pub(crate) json: &'a [u8],
    /// The message, as the inside of a JSON string.
    pub(crate) message: &'a [u8],
    pub(crate) target: &'a str,
    pub(crate) fields: &'a Fields,
    pub(crate) span: Option<&'a Arc<SpanFields>>,
}

/// What the layer is made of.
pub(crate) struct Parts {
    pub(crate) service: ServiceText,
    pub(crate) rules: Rules,
    pub(crate) clock: Clock,
    pub(crate) sinks: Vec<Box<dyn Sink>>,
    pub(crate) meters: Meters,
}

impl<F: Fn(&Line<'_>) + Send + Sync> Sink for F {
    fn write(&self, line: &Line<'_>) {
        self(line);
    }
}

impl Parts {
    pub(crate) fn new(
        service: &Service,
        options: &Options,
        redaction: &Redaction,
        sinks: Vec<Box<dyn Sink>>,
        meters: Meters,
    ) -> Self {
        Self {
            service: ServiceText::new(service, options.origin),
            rules: Rules {
                redactor: Redactor::new(redaction),
                // One value leaves room for the others.
                max_value: options.line_limit / 2,
                max_line: options.line_limit,
                backtrace: options.backtrace,
            },
            clock: Box::new(system_time),
            sinks,
            meters,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge where an event gets its time")]
fn system_time() -> SystemTime {
    SystemTime::now()
}

/// Tells the time.
pub(crate) type Clock = Box<dyn Fn() -> SystemTime + Send + Sync>;

/// Counters of the log's own metrics.
#[derive(Clone)]
pub(crate) struct Meters {
    /// From `TRACE` to `ERROR`.
    pub(crate) events: [Counter; 5],
    pub(crate) hidden_keys: Counter,
    pub(crate) hidden_values: Counter,
}

/// Writes events as lines of JSON; see the [module](super).
pub(crate) struct Core {
    id: u64,
    parts: Parts,
    plans: RwLock<HashMap<usize, Arc<Plan>>>,
}

const TRACE_ID: u32 = schema::number("trace.id");
const SPAN_ID: u32 = schema::number("span.id");

/// What is kept free in a line for the ids, the mark of a cut, and the end.
const RESERVE: usize = 160;

impl Core {
    pub(crate) fn new(parts: Parts) -> Self {
        static LAYERS: AtomicU64 = AtomicU64::new(0);
        Self { id: LAYERS.fetch_add(1, Ordering::Relaxed), parts, plans: RwLock::default() }
    }

    pub(crate) fn plan<T>(
        &self,
        metadata: &'static Metadata<'static>,
        then: impl FnOnce(&Plan) -> T,
    ) -> T {
        with_plan(self.id, metadata, || self.find(metadata), then)
    }

    fn find(&self, metadata: &'static Metadata<'static>) -> Arc<Plan> {
        let callsite = std::ptr::from_ref(metadata).addr();
        let plans = self.plans.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(&callsite) {
            return plan.clone();
        }
        drop(plans);
        let Parts { service, rules, .. } = &self.parts;
        let plan = if metadata.is_event() {
            Plan::of_event(metadata, service, &rules.redactor)
        } else {
            Plan::of_span(metadata, &rules.redactor)
        };
        let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread's may be there by now; its rate counts.
        plans.entry(callsite).or_insert_with(|| Arc::new(plan)).clone()
    }

    /// Visits values. One whose formatting panics is left out, with those after it: the panic hook has
    /// told of it, and a log statement is no reason for a service to fail.
    fn visit(&self, visitor: &mut Visitor<'_>, record: impl FnOnce(&mut Visitor<'_>)) {
        let message = visitor.message.len();
        if catch_unwind(AssertUnwindSafe(|| record(&mut *visitor))).is_err() {
            visitor.fields.drop_unfinished();
            self.parts.rules.redactor.scrub(visitor.message, message);
            visitor.fields.marks.truncated = true;
        }
    }

    fn write(
        &self,
        plan: &Plan,
        event: &Event<'_>,
        span: Option<&Arc<SpanFields>>,
        to: &mut Buffers,
    ) {
        let Parts { rules, clock, sinks, .. } = &self.parts;
        let Buffers { stamp, line, fields, .. } = to;
        let time = clock();
        line.extend_from_slice(b"{\"@timestamp\":\"");
        stamp.write(line, time);
        line.extend_from_slice(&plan.head);
        let message = line.len();
        let is_error = plan.level == Level::ERROR;
        let reserved = plan.tail.len() + RESERVE;
        let mut visitor =
            Visitor { slots: &plan.slots, rules, fields, message: line, reserved, is_error };
        self.visit(&mut visitor, |visitor| event.record(visitor));
        let message = message..line.len();
        line.extend_from_slice(&plan.tail);

        let room = rules.max_line.saturating_sub(line.len() + RESERVE);
        fields.shrink(room);
        if let Some(span) = span {
            span.add_to(fields, room);
        }
        if let Some(context) = trace::current() {
            if !fields.has(TRACE_ID) {
                hex(line, b",\"trace.id\":\"", &context.trace_id.to_hex());
            }
            if !fields.has(SPAN_ID) {
                hex(line, b",\"span.id\":\"", &context.span_id.to_hex());
            }
        }
        line.extend_from_slice(&fields.text);
        if fields.marks.truncated {
            label(line, TRUNCATED, "true");
        }
        line.extend_from_slice(b"}\n");
        self.count(fields);

        let line = Line {
            level: plan.level,
            time,
            json: line,
            message: line.get(message).unwrap_or_default(),
            target: plan.metadata.target(),
            fields,
            span,
        };
        for sink in sinks {
            sink.write(&line);
        }
    }

    /// Writes the line of `event`, within `span`.
    pub(crate) fn event(&self, event: &Event<'_>, span: impl FnOnce() -> Option<Arc<SpanFields>>) {
        self.plan(event.metadata(), |plan| {
            self.parts.meters.count(plan.level);
            with_buffers(|buffers| self.write(plan, event, span().as_ref(), buffers));
        });
    }

    /// Bytes that the fields of a span may have.
    pub(crate) const fn max_fields(&self) -> usize {
        self.parts.rules.max_line
    }

    fn count(&self, fields: &Fields) {
        let Meters { hidden_keys, hidden_values, .. } = &self.parts.meters;
        for (hidden, counter) in
            [(fields.marks.hidden_keys, hidden_keys), (fields.marks.hidden_values, hidden_values)]
        {
            if hidden > 0 {
                counter.increment(hidden.into());
            }
        }
    }

    /// Hands the fields of a span's callsite that `record` visits to `then`.
    pub(crate) fn fields_of_span(
        &self,
        metadata: &'static Metadata<'static>,
        record: impl FnOnce(&mut Visitor<'_>),
        then: impl FnOnce(&Fields),
    ) {
        self.plan(metadata, |plan| {
            with_buffers(|Buffers { fields, text, .. }| {
                let Parts { rules, .. } = &self.parts;
                let mut visitor = Visitor {
                    slots: &plan.slots,
                    rules,
                    fields,
                    message: text,
                    reserved: 0,
                    is_error: false,
                };
                self.visit(&mut visitor, record);
                self.count(fields);
                then(fields);
            });
        });
    }
}

fn hex(line: &mut Vec<u8>, key: &[u8], digits: &[u8]) {
    line.extend_from_slice(key);
    line.extend_from_slice(digits);
    line.push(b'"');
}

/// Appends `,"labels.name":"value"`.
fn label(line: &mut Vec<u8>, name: &str, value: &str) {
    line.extend_from_slice(b",\"labels.");
    line.extend_from_slice(name.as_bytes());
    line.extend_from_slice(b"\":\"");
    line.extend_from_slice(value.as_bytes());
    line.push(b'"');
}

impl Meters {
    pub(crate) fn of(metrics: &Metrics) -> Self {
        let levels = [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
        let hidden = |kind| own::LOG_REDACTIONS.of(metrics, [kind]);
        Self {
            events: levels.map(|level| own::LOG_EVENTS.of(metrics, [level_name(level)])),
            hidden_keys: hidden("key"),
            hidden_values: hidden("value"),
        }
    }

    /// Counters that count for nobody.
    pub(crate) fn none() -> Self {
        Self {
            events: [const { () }; 5].map(|()| Counter::noop()),
            hidden_keys: Counter::noop(),
            hidden_values: Counter::noop(),
        }
    }

    fn count(&self, level: Level) {
        let counter = match level {
            Level::TRACE => 0,
            Level::DEBUG => 1,
            Level::INFO => 2,
            Level::WARN => 3,
            Level::ERROR => 4,
        };
        self.events[counter].increment(1);
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("id", &self.id).finish_non_exhaustive()
    }
}
