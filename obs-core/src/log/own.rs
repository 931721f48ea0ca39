//! What the log says about itself: lines that no event made.

use std::time::SystemTime;

use tracing::{Level, Metadata};

use super::clock::Stamp;
use super::escape::escape;
use super::fields::Fields;
use super::fold::Repeated;
use super::limit::HeldBack;
use super::line::{Core, Line, count};
use super::plan::{REPEATED, SUPPRESSED, level_name, quoted};

/// A line without an event.
pub(crate) struct Own<'a> {
    pub(crate) level: Level,
    pub(crate) target: &'a str,
    /// The place in the source that it is about.
    pub(crate) origin: Option<&'a Metadata<'a>>,
    pub(crate) message: &'a str,
    /// Counts of what it tells, under names of labels.
    pub(crate) numbers: &'a [(&'a str, u64)],
}

impl Core {
    /// Makes a line of `own` for `then`.
    pub(crate) fn own<T>(
        &self,
        own: &Own<'_>,
        time: SystemTime,
        then: impl FnOnce(&Line<'_>) -> T,
    ) -> T {
        let (mut line, mut fields) = (Vec::with_capacity(512), Fields::default());
        line.extend_from_slice(b"{\"@timestamp\":\"");
        Stamp::default().write(&mut line, time);
        line.extend_from_slice(b"\",\"log.level\":\"");
        line.extend_from_slice(level_name(own.level).as_bytes());
        line.extend_from_slice(b"\",\"message\":\"");
        let start = line.len();
        escape(&mut line, own.message);
        let message = start..line.len();
        line.extend_from_slice(self.service().text());
        quoted(&mut line, "log.logger", own.target);
        if let Some((file, number)) = own.origin.and_then(|origin| origin.file().zip(origin.line()))
        {
            quoted(&mut line, "log.origin.file.name", file);
            line.extend_from_slice(format!(",\"log.origin.file.line\":{number}").as_bytes());
        }
        for (name, number) in own.numbers {
            count(&mut fields, name, *number);
        }
        line.extend_from_slice(&fields.text);
        line.extend_from_slice(b"}\n");
        then(&Line {
            level: own.level,
            time,
            json: &line,
            message: line.get(message).unwrap_or_default(),
            target: own.target,
            fields: &fields,
            span: None,
        })
    }

    /// Tells of lines that were folded.
    pub(super) fn tell_repeated(&self, repeated: Repeated, time: SystemTime) {
        self.tell(
            &Own {
                level: *repeated.of.level(),
                target: repeated.of.target(),
                origin: Some(repeated.of),
                message: &repeated.to_string(),
                numbers: &[(REPEATED, repeated.times)],
            },
            time,
        );
    }

    /// Tells of events that the rate limit held back, of a callsite that has gone quiet.
    fn tell_held_back(&self, held: &HeldBack, time: SystemTime) {
        self.tell(
            &Own {
                level: *held.metadata.level(),
                target: held.target(),
                origin: Some(held.metadata),
                message: &held.to_string(),
                numbers: &[(SUPPRESSED, held.lines)],
            },
            time,
        );
    }

    fn tell(&self, own: &Own<'_>, time: SystemTime) {
        self.own(own, time, |line| self.sinks().iter().for_each(|sink| sink.write(line)));
    }

    /// Whether something may be left to tell when no more events come.
    pub(super) fn needs_sweep(&self) -> bool {
        self.controls().needs_sweep()
    }

    /// Tells of what was held back where no event has come since that could; at the end of the log,
    /// of all of it.
    pub(crate) fn sweep(&self, is_end: bool) {
        let (time, controls) = (self.now(), self.controls());
        let now = super::line::nanos(time);
        let limiter = &controls.limiter;
        let held = if is_end { limiter.drain() } else { limiter.sweep(now) };
        for held in held {
            self.tell_held_back(&held, time);
        }
        let repeated = controls
            .folder()
            .and_then(|mut folder| if is_end { folder.finish() } else { folder.sweep(now) });
        if let Some(repeated) = repeated {
            self.tell_repeated(repeated, time);
        }
    }
}
