//! The subscriber of the process, which hands each line to the captures that it belongs to.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::time::SystemTime;

use obs_core::log::EcsLayer;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_log::{LogTracer, NormalizeEvent as _};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

use crate::claim::{self, Members};

/// The service of captured lines.
const SERVICE: &str = "test";

/// Installs the subscriber when first called; false if the process has one that is not ours.
pub(crate) fn install() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(|| {
        let lines = EcsLayer::builder(SERVICE).clock(now).build(|_level, line| deliver(line));
        let subscriber = tracing_subscriber::registry().with(RouteLayer { lines });
        let installed = tracing::subscriber::set_global_default(subscriber).is_ok();
        if installed {
            // An application that has a logger of its own keeps it.
            let _ = LogTracer::init();
        }
        installed
    })
}

thread_local! {
    /// Who gets the line that is being written on this thread.
    static READERS: RefCell<Members> = const { RefCell::new(Vec::new()) };
}

fn deliver(line: &[u8]) {
    let line = String::from_utf8_lossy(line);
    let line = line.strip_suffix('\n').unwrap_or(&line);
    READERS.with_borrow(|readers| {
        for store in readers.iter().filter_map(|reader| reader.store()) {
            store.push(line);
        }
    });
}

/// The time that the innermost reader's clock tells.
#[expect(clippy::disallowed_methods, reason = "the edge where an event gets its time")]
fn now() -> SystemTime {
    READERS.with_borrow(|readers| {
        let clock = readers.iter().rev().find_map(|reader| reader.store()?.clock.as_ref());
        clock.map_or_else(SystemTime::now, |clock| clock())
    })
}

/// Puts the readers back of the line around this one, whose value logs while it is formatted.
struct Restore(Members);

impl Restore {
    fn after(readers: Members) -> Self {
        Self(READERS.replace(readers))
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        READERS.set(std::mem::take(&mut self.0));
    }
}

/// The captures that a span was opened under.
struct OpenedUnder(Members);

struct RouteLayer {
    lines: EcsLayer,
}

impl Layer<Registry> for RouteLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, Registry>) {
        self.lines.on_new_span(attributes, id, context.clone());
        let Some(span) = context.span(id) else { return };
        let mut members = claim::here();
        if let Some(parent) = span.parent() {
            add_members_of(&parent, &mut members);
        }
        if !members.is_empty() {
            span.extensions_mut().insert(OpenedUnder(members));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, Registry>) {
        self.lines.on_record(id, values, context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, Registry>) {
        let mut members = claim::here();
        if let Some(span) = context.event_span(event) {
            add_members_of(&span, &mut members);
        }
        // A record of the `log` crate has its target in a field.
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        members.retain(|member| member.store().is_some_and(|store| store.wants(metadata)));
        if members.is_empty() {
            return;
        }
        let _restore = Restore::after(members);
        self.lines.on_event(event, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, Registry>) {
        Layer::<Registry>::on_close(&self.lines, id, context);
    }
}

fn add_members_of<S>(span: &tracing_subscriber::registry::SpanRef<'_, S>, to: &mut Members)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    if let Some(OpenedUnder(members)) = span.extensions().get() {
        for member in members {
            claim::add(to, member);
        }
    }
}
