//! slog's child loggers stand for spans. Its JSON drain wants to be alone: a mutex, as its docs have it.

use std::io::{self, Write};
use std::sync::Mutex;

use slog::{Drain as _, Logger as Backend, info, o};
use slog_json::Json;

use super::{EVENTS_A_REQUEST, Logger, SLOG, Take};

fn in_children(root: &Backend, log: impl FnOnce(&Backend)) {
    let request = root.new(o!("method" => "GET", "route" => "/orders/{id}", "attempt" => 1));
    let query = request.new(o!("table" => "orders", "rows" => 17, "cached" => false));
    log(&query);
}

fn event(to: &Backend, order: u64) {
    info!(
        to, "order placed";
        "customer" => "c-1234567", "order" => order, "total" => 99.95, "paid" => true
    );
}

/// Hands lines over whole, as the others do: the drain itself writes some 90 pieces, which cost
/// nothing only where they are forgotten at once.
struct Lines<W> {
    line: Vec<u8>,
    sink: W,
}

impl<W: Take> Write for Lines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        if bytes.ends_with(b"\n") {
            self.sink.write_all(&self.line)?;
            self.line.clear();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn logger(sink: &impl Take) -> Logger {
    let lines = Lines { line: Vec::new(), sink: sink.clone() };
    let drain = Json::new(lines).add_default_keys().build();
    let root = Backend::root(Mutex::new(drain).fuse(), o!());
    let other = root.clone();
    Logger::new(
        SLOG,
        move |n| in_children(&root, |query| (0..n).for_each(|order| event(query, order))),
        move |n| {
            for _ in 0..n {
                in_children(&other, |query| {
                    (0..EVENTS_A_REQUEST).for_each(|order| event(query, order));
                });
            }
        },
    )
}
