//! What is done about an output that fails: when, how often, and what stands in the output then.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::log::Output;
use crate::log::writer::complaint::Complaints;
use crate::log::writer::drain::Drain;
use crate::log::writer::losses::{LossReason, Losses, rank};
use crate::log::writer::state::Progress;

/// What the output does when it is called once.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Takes so many bytes.
    Take(usize),
    Fail(ErrorKind),
    /// Takes so many bytes, and panics.
    Panic(usize),
    /// Takes all, and fails to hand it over.
    FailToFlush,
}

/// An output that follows a script, and takes everything once that is over.
#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    acts: VecDeque<Act>,
    written: Vec<u8>,
    reopened: usize,
    flush_fails: bool,
    said: Vec<String>,
}

impl Output for Scripted {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let mut script = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        assert!(lines.ends_with(b"\n"), "lines are whole");
        let act = script.acts.pop_front().unwrap_or(Act::Take(usize::MAX));
        let (taken, panics) = match act {
            Act::Take(bytes) => (bytes.min(lines.len()), false),
            Act::Fail(kind) => return Err(kind.into()),
            Act::Panic(bytes) => (bytes.min(lines.len()), true),
            Act::FailToFlush => {
                script.flush_fails = true;
                (lines.len(), false)
            }
        };
        script.written.extend_from_slice(&lines[..taken]);
        drop(script);
        assert!(!panics, "on purpose");
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.0.lock().unwrap().flush_fails) {
            true => Err(io::Error::other("not handed over")),
            false => Ok(()),
        }
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.0.lock().unwrap().reopened += 1;
        Ok(())
    }

    fn place(&self) -> String {
        "here".to_owned()
    }
}

impl Scripted {
    fn new(acts: &[Act]) -> Self {
        let script = Self::default();
        script.0.lock().unwrap().acts.extend(acts);
        script
    }

    fn drain(&self) -> Drain {
        let said = self.clone();
        let say = move |text: &str| said.0.lock().unwrap().said.push(text.to_owned());
        let notice = Box::new(|losses: &Losses| format!("# {}\n", losses.total()).into_bytes());
        Drain::new(Box::new(self.clone()), notice, Complaints::to(say))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().written.clone()).unwrap()
    }
}

/// Calls until the batch is done, and says after which pauses, in milliseconds.
fn run(drain: &mut Drain, start: Instant) -> (Progress, Vec<u128>) {
    let (mut at, mut sum, mut pauses) = (start, Progress::default(), Vec::new());
    while !drain.is_empty() {
        sum.add(&drain.step(at));
        if let Some(until) = drain.pause(at, false) {
            pauses.push((until - at).as_millis());
            at = until;
        }
    }
    (sum, pauses)
}

const INFO: usize = 2;

#[test]
fn what_each_failure_leads_to() {
    use Act::{Fail, FailToFlush, Panic, Take};
    use ErrorKind as E;
    let eio = E::Other;
    // (the output's acts, what is in it then, lines lost, reopened, pauses)
    for (acts, text, lost, reopened, pauses) in [
        (vec![], "one\ntwo\nthree\n", vec![], 0, vec![]),
        // Slow, and not broken.
        (vec![Take(1), Take(5), Take(1)], "one\ntwo\nthree\n", vec![], 0, vec![]),
        (vec![Fail(E::Interrupted), Take(2)], "one\ntwo\nthree\n", vec![], 0, vec![]),
        (
            vec![Fail(E::WouldBlock), Fail(E::WouldBlock), Take(5), Fail(E::WouldBlock)],
            "one\ntwo\nthree\n",
            vec![],
            0,
            vec![1, 2, 1],
        ),
        // A disk that is full for a moment: the line goes on where it stopped.
        (
            vec![Take(6), Fail(E::StorageFull), Fail(E::StorageFull)],
            "one\ntwo\nthree\n",
            vec![],
            0,
            vec![10, 20],
        ),
        // Nothing was torn, nothing is to be repaired.
        (vec![Take(4), Fail(eio)], "one\ntwo\nthree\n", vec![], 1, vec![10]),
        // Perhaps another place: what was begun is ended, and the line is written from its start.
        (vec![Take(6), Fail(eio)], "one\ntw\ntwo\nthree\n", vec![], 1, vec![10]),
        // Also where the repair fails.
        (vec![Take(6), Fail(eio), Fail(eio)], "one\ntw\ntwo\nthree\n", vec![], 2, vec![10, 20]),
        // What lacks but the line break is not there twice.
        (vec![Take(7), Fail(eio)], "one\ntwo\nthree\n", vec![], 1, vec![10]),
        (vec![Take(7), Fail(E::BrokenPipe)], "one\ntwo", vec![(E::BrokenPipe, 1)], 0, vec![1000]),
        (vec![Take(0)], "one\ntwo\nthree\n", vec![], 1, vec![10]),
        // Nobody reads: no use in keeping them.
        (vec![Take(6), Fail(E::BrokenPipe)], "one\ntw", vec![(E::BrokenPipe, 2)], 0, vec![1000]),
        // These will never do.
        (vec![Fail(E::InvalidData)], "", vec![(E::InvalidData, 3)], 0, vec![10]),
        // Some may be there, and are counted as if they were not.
        (vec![Panic(6)], "one\ntw", vec![(E::Other, 3)], 0, vec![10]),
        (vec![FailToFlush], "one\ntwo\nthree\n", vec![(E::InvalidData, 3)], 0, vec![10]),
    ] {
        let output = Scripted::new(&acts);
        let mut drain = output.drain();
        for line in ["one\n", "two\n", "three\n"] {
            drain.batch().push(INFO, line.as_bytes());
        }
        let start = Instant::now();
        let (progress, paused) = run(&mut drain, start);
        assert_eq!(output.text(), text, "{acts:?}");
        assert_eq!(paused, pauses, "{acts:?}");
        let expected: u64 = lost.iter().map(|(_, lines)| *lines as u64).sum();
        let reason = match lost.first() {
            // Stands for the panic.
            Some((E::Other, _)) => LossReason::WriterPanic,
            _ => LossReason::IoError,
        };
        assert_eq!(progress.lost.of_reason(reason), expected, "{acts:?}");
        assert_eq!(progress.lost.total(), expected, "{acts:?}");
        assert_eq!(progress.written[INFO], 3 - expected, "{acts:?}");
        assert_eq!(progress.bytes, "one\ntwo\nthree\n".len(), "{acts:?}");
        assert_eq!(output.0.lock().unwrap().reopened, reopened, "{acts:?}");

        // The next line stands on one of its own, whatever was before.
        drain.batch().push(INFO, b"next\n");
        let (progress, _) = run(&mut drain, start + Duration::from_secs(10));
        assert_eq!(progress.written[INFO], 1);
        let after = output.text();
        assert_eq!(after.lines().last(), Some("next"), "{acts:?}");
        assert!(after.starts_with(text), "{acts:?}");
        assert!(!drain.is_failing());
    }
}

#[test]
fn pauses_grow_to_a_second_and_start_anew_after_a_success() {
    let mut acts = vec![Act::Fail(ErrorKind::StorageFull); 9];
    acts.extend([Act::Take(1), Act::Fail(ErrorKind::StorageFull)]);
    let output = Scripted::new(&acts);
    let mut drain = output.drain();
    drain.batch().push(INFO, b"line\n");
    let (progress, pauses) = run(&mut drain, Instant::now());
    assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000, 10]);
    assert!(progress.lost.is_empty());
}

#[test]
fn a_reader_that_is_gone_is_not_waited_for_at_the_end() {
    for (kind, waits) in [(ErrorKind::BrokenPipe, false), (ErrorKind::StorageFull, true)] {
        let output = Scripted::new(&[Act::Fail(kind)]);
        let mut drain = output.drain();
        drain.batch().push(INFO, b"line\n");
        let now = Instant::now();
        drain.step(now);
        assert!(drain.pause(now, false).is_some(), "{kind}");
        assert_eq!(drain.pause(now, true).is_some(), waits, "{kind}");
    }
}

#[test]
fn standard_error_is_told_once_a_minute() {
    let output = Scripted::new(&[Act::Fail(ErrorKind::StorageFull); 100]);
    let mut drain = output.drain();
    drain.batch().push(INFO, b"line\n");
    run(&mut drain, Instant::now());
    let said = output.0.lock().unwrap().said.clone();
    // The hundredth is after about 94 s.
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(said[0], "log output here: no storage space");
    assert!(said[1].starts_with("log output here: no storage space (and "), "{said:?}");
}

#[test]
fn a_panic_is_told_with_its_text() {
    let output = Scripted::new(&[Act::Panic(0)]);
    let mut drain = output.drain();
    drain.batch().push(INFO, b"line\n");
    run(&mut drain, Instant::now());
    assert_eq!(output.0.lock().unwrap().said, ["log output here panicked: on purpose"]);
}

/// What an output says of its failure may have come from a line.
#[test]
fn standard_error_is_told_no_secret_and_one_line() {
    let token = format!("ghp_{}", "aB3".repeat(12));
    let mut said = Vec::new();
    {
        let (tell, told) = std::sync::mpsc::channel();
        let mut complaints = Complaints::to(move |text| drop(tell.send(text.to_owned())));
        let text = format!("panicked: {token}\n\u{1b}[2Jobs: all is well {}", "é".repeat(5000));
        complaints.make(Instant::now(), || text);
        said.extend(told.try_iter());
    }
    let [said] = said.as_slice() else { panic!("{said:?}") };
    assert!(said.starts_with("panicked: ") && !said.contains(&token), "{said}");
    assert!(!said.contains(char::is_control), "{said}");
    assert!(said.len() < 2000, "{} bytes", said.len());
}

/// A timeline: (second, lines lost by then, whether the service ends, what is written).
#[test]
fn losses_are_told_every_ten_seconds_and_at_the_end() {
    let output = Scripted::default();
    let mut drain = output.drain();
    let start = Instant::now();
    for (second, lost, ending, text) in [
        (0, 0, false, ""),
        (1, 3, false, "# 3\n"),
        (2, 4, false, ""),
        (10, 9, false, ""),
        (11, 10, false, "# 7\n"),
        (60, 10, false, ""),
        (61, 11, false, "# 1\n"),
        (62, 12, false, ""),
        (63, 12, true, "# 1\n"),
        (64, 13, true, ""),
    ] {
        let mut losses = Losses::default();
        losses.add(LossReason::QueueFull, &[0, 0, lost, 0, 0]);
        let now = start + Duration::from_secs(second);
        drain.tell(&losses, now, ending);
        let (progress, _) = run(&mut drain, now);
        assert_eq!(progress, Progress::default(), "a notice is in no account");
        assert_eq!(std::mem::take(&mut output.0.lock().unwrap().written), text.as_bytes());
    }
}

#[test]
fn a_notice_that_is_not_written_leaves_its_losses_to_the_next() {
    let output = Scripted::new(&[Act::Fail(ErrorKind::BrokenPipe)]);
    let mut drain = output.drain();
    let start = Instant::now();
    let mut losses = Losses::default();
    losses.add_one(LossReason::QueueFull, rank(tracing::Level::INFO));
    drain.tell(&losses, start, false);
    run(&mut drain, start);
    assert_eq!(output.text(), "");
    // Not while the output fails, and then with what came in between.
    let later = start + Duration::from_secs(20);
    drain.tell(&losses, later, false);
    assert!(drain.is_empty());
    drain.batch().push(INFO, b"line\n");
    run(&mut drain, later);
    losses.add_one(LossReason::QueueFull, rank(tracing::Level::INFO));
    drain.tell(&losses, later, false);
    run(&mut drain, later);
    assert_eq!(output.text(), "line\n# 2\n");
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    const KINDS: &[ErrorKind] = &[
        ErrorKind::Interrupted,
        ErrorKind::WouldBlock,
        ErrorKind::StorageFull,
        ErrorKind::Other,
        ErrorKind::PermissionDenied,
        ErrorKind::BrokenPipe,
        ErrorKind::InvalidInput,
    ];
    let act = prop_oneof![
        4 => (0..40_usize).prop_map(Act::Take),
        3 => proptest::sample::select(KINDS).prop_map(Act::Fail),
        1 => (0..40_usize).prop_map(Act::Panic),
        1 => Just(Act::FailToFlush),
    ];
    proptest::collection::vec(act, 0..30)
}

proptest! {
    /// Whatever the output does, no two lines are glued, none is doubled, each line that counts as
    /// written is there, in order, and a line that is torn is lost or follows in whole.
    #[test]
    fn lines_stay_lines(acts in acts(), lengths in proptest::collection::vec(0..20_usize, 1..12)) {
        let output = Scripted::new(&acts);
        let mut drain = output.drain();
        let lines: Vec<String> = lengths
            .iter()
            .enumerate()
            .map(|(i, length)| format!("{}{}", char::from(b'a' + i as u8), "-".repeat(*length)))
            .collect();
        let mut sum = Progress::default();
        let mut at = Instant::now();
        // Two batches: the second meets what the first has left.
        for batch in lines.chunks(lines.len().div_ceil(2)) {
            for line in batch {
                drain.batch().push(INFO, format!("{line}.\n").as_bytes());
            }
            let (progress, pauses) = run(&mut drain, at);
            sum.add(&progress);
            at += Duration::from_millis(pauses.iter().sum::<u128>() as u64);
        }
        let (written, lost) = (sum.written[INFO], sum.lost.total());
        prop_assert_eq!(written + lost, lines.len() as u64);

        let text = output.text();
        let mut whole = Vec::new();
        for (place, got) in text.split('\n').enumerate().filter(|(_, got)| !got.is_empty()) {
            let first = got.as_bytes()[0];
            prop_assert!(first.is_ascii_lowercase(), "{:?} in {:?}", got, text);
            let line = usize::from(first - b'a');
            let full = format!("{}.", lines[line]);
            prop_assert!(full.starts_with(got), "{:?} in {:?}", got, text);
            if got == full {
                whole.push(line);
            } else {
                let next = text.split('\n').skip(place + 1).find(|got| !got.is_empty());
                let repaired = next.is_some_and(|next| next.as_bytes()[0] == first);
                prop_assert!(repaired || lost > 0, "{:?} in {:?}", got, text);
            }
        }
        prop_assert!(whole.is_sorted_by(|a, b| a < b), "{:?}", text);
        // Lines in doubt count as lost, and may be there.
        prop_assert!(whole.len() as u64 >= written, "{:?} of {}", text, written);
        prop_assert!(whole.len() as u64 <= written + lost, "{:?} of {}", text, written);
        let in_doubt = acts.iter().any(|act| matches!(act, Act::Panic(_) | Act::FailToFlush));
        if !in_doubt {
            prop_assert_eq!(whole.len() as u64, written);
        }
    }
}
