//! From an event to a line.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use tracing::{Event, Level, Metadata};

use super::clock::LEN as STAMP_LEN;
use super::control::{Admitted, Controls};
use super::fields::{Fields, UNNAMED};
use super::fold::Fold;
use super::local::{Buffers, SINKS, VALUES, deeper, with_buffers, with_plan};
use super::meters::Meters;
use super::options::Options;
use super::plan::{Plan, SAMPLE_RATE, SUPPRESSED, ServiceText, TRUNCATED};
use super::redact::{Redaction, Redactor};
use super::rules::Rules;
use super::schema;
use super::span::SpanFields;
use super::visit::Visitor;
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
    pub(crate) controls: Controls,
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
        controls: Controls,
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
            controls,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge where an event gets its time")]
fn system_time() -> SystemTime {
    SystemTime::now()
}

/// Tells the time.
pub(crate) type Clock = Box<dyn Fn() -> SystemTime + Send + Sync>;

/// Writes events as lines of JSON; see the [module](super).
pub(crate) struct Core {
    id: u64,
    parts: Parts,
    plans: RwLock<HashMap<usize, Arc<Plan>>>,
}

const TRACE_ID: u32 = schema::number("trace.id");
const SPAN_ID: u32 = schema::number("span.id");

const START: &[u8] = b"{\"@timestamp\":\"";
const END: &[u8] = b"}\n";
/// What is kept free in a line for the ids, the notes on what is missing, and the end.
const RESERVE: usize = 256;

impl Core {
    pub(crate) fn new(parts: Parts) -> Self {
        static LAYERS: AtomicU64 = AtomicU64::new(0);
        Self { id: LAYERS.fetch_add(1, Ordering::Relaxed), parts, plans: RwLock::default() }
    }

    /// Its number, which no other layer of the process has.
    pub(crate) const fn id(&self) -> u64 {
        self.id
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
        let Parts { service, rules, controls, .. } = &self.parts;
        let plan = if metadata.is_event() {
            Plan::of_event(metadata, service, &rules.redactor, controls.of(metadata))
        } else {
            Plan::of_span(metadata, &rules.redactor)
        };
        let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread's may be there by now; its rate counts.
        plans.entry(callsite).or_insert_with(|| Arc::new(plan)).clone()
    }

    /// Visits values. One whose formatting panics is left out, with those after it: the panic hook has
    /// told of it, and a log statement is no reason for a service to fail. Neither is a value that
    /// logs itself: where it is too deep within itself, all values are left out.
    fn visit(&self, visitor: &mut Visitor<'_>, record: impl FnOnce(&mut Visitor<'_>)) {
        let Some(_deeper) = deeper(&VALUES) else {
            visitor.leave_out();
            return;
        };
        let message = visitor.message.len();
        if catch_unwind(AssertUnwindSafe(|| record(&mut *visitor))).is_err() {
            visitor.fields.drop_unfinished();
            visitor.finish_message(message);
            visitor.fields.marks.truncated = true;
        }
    }

    /// Writes the line of `event`, within `span`.
    pub(crate) fn event(&self, event: &Event<'_>, span: impl FnOnce() -> Option<Arc<SpanFields>>) {
        let Parts { clock, controls, meters, .. } = &self.parts;
        self.plan(event.metadata(), |plan| {
            meters.events.count(plan.level);
            let time = clock();
            let Some(admitted) = controls.admit(&plan.control, event, nanos(time)) else { return };
            let span = span();
            with_buffers(|buffers| {
                self.write(plan, event, span.as_ref(), (time, admitted), buffers);
                meters.count(buffers.fields.marks);
                self.hand_over(plan, span.as_ref(), time, buffers);
            });
        });
    }

    /// Makes the line, but for its end.
    fn write(
        &self,
        plan: &Plan,
        event: &Event<'_>,
        span: Option<&Arc<SpanFields>>,
        (time, admitted): (SystemTime, Admitted),
        to: &mut Buffers,
    ) {
        let rules = &self.parts.rules;
        let Buffers { stamp, line, fields, message, .. } = to;
        line.extend_from_slice(START);
        stamp.write(line, time);
        line.extend_from_slice(&plan.head);
        message.start = line.len();
        let reserved = plan.tail.len() + RESERVE;
        let is_error = plan.level == Level::ERROR;
        let mut visitor =
            Visitor { slots: &plan.slots, rules, fields, message: line, reserved, is_error };
        self.visit(&mut visitor, |visitor| event.record(visitor));
        message.end = line.len();
        line.extend_from_slice(&plan.tail);

        let room = rules.max_line.saturating_sub(line.len() + RESERVE);
        fields.shrink(room);
        if let Some(span) = span {
            span.add_to(fields, room);
        }
        if let Some(context) = trace::current().or(span.and_then(|span| span.trace)) {
            if !fields.has(TRACE_ID) {
                hex(fields, TRACE_ID, b",\"trace.id\":", &context.trace_id.to_hex());
            }
            if !fields.has(SPAN_ID) {
                hex(fields, SPAN_ID, b",\"span.id\":", &context.span_id.to_hex());
            }
        }
        if fields.marks.truncated {
            note(fields, TRUNCATED, |text| text.extend_from_slice(b"\"true\""));
        }
        let Admitted { sample_rate, suppressed } = admitted;
        for (name, number) in [(SAMPLE_RATE, sample_rate.map(u64::from)), (SUPPRESSED, suppressed)]
        {
            if let Some(number) = number {
                count(fields, name, number);
            }
        }
        line.extend_from_slice(&fields.text);
    }

    /// Ends the line and gives it to the sinks, unless it is the same as the one before.
    fn hand_over(
        &self,
        plan: &Plan,
        span: Option<&Arc<SpanFields>>,
        time: SystemTime,
        buffers: &mut Buffers,
    ) {
        let Parts { controls, sinks, .. } = &self.parts;
        let Buffers { line, fields, message, .. } = buffers;
        line.extend_from_slice(END);
        if let Some(mut folder) = controls.folder() {
            let text = &line[START.len() + STAMP_LEN..];
            // As if each were another line.
            let text = if plan.control.never_folded { &[] } else { text };
            let fold = folder.see(plan.metadata, text, nanos(time));
            drop(folder);
            match fold {
                Fold::Write => {}
                Fold::Held => return,
                Fold::WriteAfter(repeated) => self.tell_repeated(repeated, time),
            }
        }
        let line = Line {
            level: plan.level,
            time,
            json: line,
            message: line.get(message.clone()).unwrap_or_default(),
            target: plan.metadata.target(),
            fields,
            span,
        };
        // A sink that logs each line that it is given would be given lines without end.
        let Some(_deeper) = deeper(&SINKS) else { return };
        for sink in sinks {
            sink.write(&line);
        }
    }

    pub(super) const fn service(&self) -> &ServiceText {
        &self.parts.service
    }

    pub(super) fn sinks(&self) -> &[Box<dyn Sink>] {
        &self.parts.sinks
    }

    pub(super) const fn controls(&self) -> &Controls {
        &self.parts.controls
    }

    pub(super) fn now(&self) -> SystemTime {
        (self.parts.clock)()
    }

    /// Bytes that the fields of a span may have.
    pub(crate) const fn max_fields(&self) -> usize {
        self.parts.rules.max_line
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
                self.parts.meters.count(fields.marks);
                then(fields);
            });
        });
    }
}

fn hex(fields: &mut Fields, id: u32, key: &[u8], digits: &[u8]) {
    let start = fields.text.len();
    fields.text.extend_from_slice(key);
    let value = fields.text.len();
    fields.text.push(b'"');
    fields.text.extend_from_slice(digits);
    fields.text.push(b'"');
    fields.push(id, id, start, value);
}

/// Appends a number of the layer's own.
pub(super) fn count(fields: &mut Fields, name: &str, number: u64) {
    note(fields, name, |text| {
        text.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
    });
}

/// Appends one of the labels that are reserved for the layer.
fn note(fields: &mut Fields, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
    let namespace = if name == TRUNCATED { "labels" } else { "numeric_labels" };
    let start = fields.text.len();
    for part in [",\"", namespace, ".", name, "\":"] {
        fields.text.extend_from_slice(part.as_bytes());
    }
    let at = fields.text.len();
    value(&mut fields.text);
    // No span has a label of that name.
    fields.push(UNNAMED, UNNAMED, start, at);
}

/// Nanoseconds since 1970, until the year 2554.
pub(super) fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("id", &self.id).finish_non_exhaustive()
    }
}
