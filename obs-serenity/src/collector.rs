//! Sees what a shard's connection brings before it is made into handler's events: also what
//! serenity could not read.
//!
//! A collector belongs to a runner, of which a shard gets a new one with each session. It is added
//! when the poller sees a new runner, and again where READY came without passing through one. The
//! newest takes over from those before, which may be on the same runner.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use serenity::gateway::{CollectorCallback, ShardMessenger};
use serenity::model::event::Event;

use crate::events::EventType;
use crate::gateway::Gateway;
use crate::metrics::GATEWAY_UNPARSED_EVENTS;
use crate::shards::Slot;

/// A shard's collectors.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    added: AtomicU64,
    /// The one that counts.
    active: AtomicU64,
    /// Whether the latest READY has passed through one.
    saw_ready: AtomicBool,
}

impl Gateway {
    /// Adds a collector to the runner of `shard`, which takes over from those before.
    pub(crate) fn collect(self: &Arc<Self>, slot: &Slot, shard: &ShardMessenger) {
        let number = slot.collector.added.fetch_add(1, Ordering::Relaxed) + 1;
        let (gateway, id) = (Arc::clone(self), slot.id);
        let callback = move |event: &Event| gateway.collected(id, number, event);
        shard.add_collector(CollectorCallback(Box::new(callback)));
        // Only now: an event in between counts with the one before.
        slot.collector.active.fetch_max(number, Ordering::Relaxed);
    }

    /// Adds a collector unless READY, which is being handled, has passed through one.
    pub(crate) fn collect_unless_counted(self: &Arc<Self>, slot: &Slot, shard: &ShardMessenger) {
        if !slot.collector.saw_ready.swap(false, Ordering::Relaxed) {
            self.collect(slot, shard);
        }
    }

    /// Called by the runner for each event, before any handler is. Returns whether to call again.
    pub(crate) fn collected(&self, id: u32, number: u64, event: &Event) -> bool {
        let Some(slot) = self.shards.get(id) else { return false };
        let active = slot.collector.active.load(Ordering::Relaxed);
        if number == active {
            match event {
                Event::Ready(_) => slot.collector.saw_ready.store(true, Ordering::Relaxed),
                Event::Unknown(event) => self.unparsed(slot, &event.kind),
                // The handler's wrapper counts these.
                _ => {}
            }
        }
        number >= active
    }

    fn unparsed(&self, slot: &Slot, kind: &str) {
        #[expect(clippy::disallowed_methods, reason = "an event is a sign of life when it comes")]
        let now = Instant::now();
        let event_type = EventType::of(kind);
        self.shards.event(slot, now);
        self.shards.count(slot, event_type);
        GATEWAY_UNPARSED_EVENTS.of(&self.metrics, [event_type.name()]).increment(1);
    }
}
