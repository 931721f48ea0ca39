//! Panics are log events and are counted.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, Location, PanicHookInfo};

use metrics::Counter;
use tracing::Level;

use crate::log::Log;
use crate::metrics::{Metrics, own};
use crate::trace;

/// Makes ours the panic hook of the process. With `keep`, the one before runs after it.
///
/// Where the panic is likely to end the process, the event is written by the time this returns, as
/// far as `log` can in its flush timeout.
pub(crate) fn install(metrics: &Metrics, keep: bool, log: Option<Log>) {
    let panics = own::PANICS.of(metrics, []);
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let logged = report(info, &panics);
        let ends = cfg!(panic = "abort") || std::thread::current().name() == Some("main");
        if let Some(log) = log.as_ref().filter(|_| ends) {
            log.flush();
        }
        // Without a log, the message would be lost with us.
        if keep || !logged {
            before(info);
        }
    }));
}

/// Whether somebody logs what this says.
///
/// A panic in here would abort the process, and no `catch_unwind` would stop it: nothing below
/// indexes, unwraps or waits for a lock of ours.
fn report(info: &PanicHookInfo<'_>, panics: &Counter) -> bool {
    panics.increment(1);
    if !tracing::enabled!(target: "panic", Level::ERROR) {
        return false;
    }
    let backtrace = Backtrace::capture();
    let captured = backtrace.status() == BacktraceStatus::Captured;
    let thread = std::thread::current();
    let message = message(info);
    tracing::event!(
        target: "panic",
        Level::ERROR,
        "error.type" = "panic",
        "error.message" = message,
        "error.stack_trace" = captured.then(|| tracing::field::display(&backtrace)),
        "process.thread.name" = thread.name(),
        "trace.id" = trace::current().map(|context| tracing::field::display(context.trace_id)),
        "log.origin.file.name" = info.location().map(Location::file),
        "log.origin.file.line" = info.location().map(Location::line),
        "panicked: {message}",
    );
    true
}

/// The panic's text, cut at 4 KiB: `assert_eq!` prints values of any size.
fn message<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    const BYTES: usize = 4096;
    let payload = info.payload();
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is no text");
    let end = message.char_indices().map(|(at, _)| at).take_while(|at| *at <= BYTES).last();
    match end {
        Some(end) if message.len() > BYTES => message.get(..end).unwrap_or(message),
        _ => message,
    }
}
