//! The writer with its thread, and outputs that do as they are told. What it does about failures
//! of the output, on a virtual clock: `failures.rs`.

#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

mod end;
mod failures;
mod outputs;

use std::io;
use std::sync::{Arc, Condvar, Mutex};

use super::*;
use crate::metrics::{Config, Format};

/// An output that a test holds up and reads.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<Gated>, Condvar)>);

#[derive(Default)]
struct Gated {
    shut: bool,
    /// Calls that found it shut.
    waiting: usize,
    written: Vec<u8>,
    error: Option<io::ErrorKind>,
    reopened: usize,
    on_write: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl Gate {
    fn shut() -> Self {
        let gate = Self::default();
        gate.0.0.lock().unwrap().shut = true;
        gate
    }

    fn open(&self) {
        self.0.0.lock().unwrap().shut = false;
        self.0.1.notify_all();
    }

    /// Returns when a call of the output waits at the gate.
    fn wait_for_a_call(&self) {
        let (gated, changed) = &*self.0;
        drop(changed.wait_while(gated.lock().unwrap(), |gated| gated.waiting == 0).unwrap());
    }

    /// Returns when the thread has ended, which is the other owner of the output.
    fn wait_until_dropped(&self) {
        while Arc::strong_count(&self.0) > 1 {
            std::thread::yield_now();
        }
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.0.lock().unwrap().written.clone()).unwrap()
    }
}

impl Output for Gate {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let (gated, changed) = &*self.0;
        let mut gated = gated.lock().unwrap();
        gated.waiting += 1;
        changed.notify_all();
        gated = changed.wait_while(gated, |gated| gated.shut).unwrap();
        gated.waiting -= 1;
        if let Some(on_write) = gated.on_write.clone() {
            drop(gated);
            on_write();
            gated = self.0.0.lock().unwrap();
        }
        if let Some(error) = gated.error {
            return Err(error.into());
        }
        gated.written.extend_from_slice(lines);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.0.0.lock().unwrap().reopened += 1;
        Ok(())
    }

    fn place(&self) -> String {
        "the gate".to_owned()
    }
}

const LONG: Duration = Duration::from_secs(60);

fn config(bytes: usize, policy: Policy) -> QueueConfig {
    QueueConfig { bytes, policy, sync_level: None, flush_timeout: LONG }
}

fn spawn(output: &Gate, config: QueueConfig) -> Writer {
    spawn_on(output, config, &Metrics::new(Config::default()))
}

fn spawn_on(output: &Gate, config: QueueConfig, metrics: &Metrics) -> Writer {
    let notice: Notice = Box::new(|losses| format!("# {losses}\n").into_bytes());
    let complaints = Complaints::to(|_| {});
    Writer::spawn_with(Box::new(output.clone()), &config, metrics, notice, complaints).unwrap()
}

/// A line of ten bytes.
fn line(number: usize) -> Vec<u8> {
    format!("line {number:04}\n").into_bytes()
}

fn check(account: &Account) {
    assert_eq!(
        account.accepted,
        account.written + account.queued + account.lost.total(),
        "{account:?}"
    );
}

/// The lines without notices.
fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn lines_are_written_whole_and_in_order() {
    let gate = Gate::default();
    let writer = spawn(&gate, config(1 << 20, Policy::Block));
    let mut all = String::new();
    for number in 0..1000 {
        writer.write(Level::INFO, &line(number));
        all.push_str(std::str::from_utf8(&line(number)).unwrap());
    }
    // Lacks its line break.
    writer.write(Level::INFO, b"last");
    writer.write(Level::INFO, b"");
    assert!(writer.finish(LONG).is_empty());
    assert_eq!(gate.text(), all + "last\n");
    let account = writer.account();
    assert_eq!((account.accepted, account.written, account.queued_bytes), (1001, 1001, 0));
}

/// Each policy with the output standing still: what is queued, what is lost, and nothing else.
#[test]
fn policies() {
    let zero = Duration::ZERO;
    for (policy, level, taken) in [
        (Policy::Drop, Level::INFO, 100),
        (Policy::Drop, Level::ERROR, 100),
        (Policy::BlockFor(zero), Level::INFO, 100),
        (Policy::Shed, Level::INFO, 80),
        (Policy::Shed, Level::TRACE, 80),
    ] {
        let gate = Gate::shut();
        let writer = spawn(&gate, config(1001, policy));
        // The one that the thread is held up with.
        writer.write(level, &line(0));
        gate.wait_for_a_call();
        for number in 1..150 {
            writer.write(level, &line(number));
            check(&writer.account());
        }
        let account = writer.account();
        assert_eq!(account.queued, taken, "{policy:?} {level}");
        assert_eq!(account.queued_bytes as u64, taken * 10, "{policy:?} {level}");
        assert_eq!(account.lost.of_reason(LossReason::QueueFull), 150 - taken, "{policy:?}");
        assert_eq!(account.lost.of_level(level), account.lost.total(), "{policy:?} {level}");
        gate.open();
        let losses = writer.finish(LONG);
        assert_eq!(losses.total(), 150 - taken, "{policy:?} {level}");
        let text = gate.text();
        assert_eq!(lines(&text).len() as u64, taken, "{policy:?} {level}");
        assert_eq!(text.lines().last(), Some(format!("# {losses}").as_str()));
        check(&writer.account());
    }
}

#[test]
fn warnings_use_what_others_must_leave_and_only_the_first_waits() {
    let gate = Gate::shut();
    let writer = spawn(&gate, config(1001, Policy::Shed));
    writer.write(Level::INFO, &line(0));
    gate.wait_for_a_call();
    for number in 1..100 {
        writer.write(Level::INFO, &line(number));
    }
    for number in 0..100 {
        // All but the first that finds no room would take 200 ms each.
        writer.write(Level::WARN, &line(number));
    }
    let account = writer.account();
    assert_eq!(account.lost.of_level(Level::INFO), 20);
    assert_eq!(account.lost.of_level(Level::WARN), 80);
    assert!(writer.shared.lock().state.stalled);
    gate.open();
    assert!(writer.flush(LONG));
    // It has moved: waiting is worth while again.
    assert!(!writer.shared.lock().state.stalled);
    check(&writer.account());
}

#[test]
fn a_line_that_waits_for_room_gets_it() {
    for policy in [Policy::Block, Policy::BlockFor(LONG)] {
        let gate = Gate::shut();
        let writer = spawn(&gate, config(1001, policy));
        let others = writer.clone();
        let logging = std::thread::spawn(move || {
            for number in 0..1000 {
                others.write(Level::INFO, &line(number));
            }
        });
        gate.wait_for_a_call();
        gate.open();
        logging.join().unwrap();
        assert!(writer.finish(LONG).is_empty(), "{policy:?}");
        assert_eq!(lines(&gate.text()).len(), 1000);
    }
}

#[test]
fn a_line_that_never_fits_is_oversize() {
    let gate = Gate::default();
    let writer = spawn(&gate, config(1000, Policy::Block));
    writer.write(Level::ERROR, &[b'x'; 1000]);
    writer.write(Level::ERROR, &[b'x'; 999]);
    let losses = writer.finish(LONG);
    assert_eq!((losses.total(), losses.of_reason(LossReason::Oversize)), (1, 1));
}

#[test]
fn a_synchronous_line_is_there_when_the_call_returns() {
    let gate = Gate::default();
    let sync = QueueConfig { sync_level: Some(Level::WARN), ..config(1 << 20, Policy::Drop) };
    let writer = spawn(&gate, sync);
    for number in 0..100 {
        writer.write(Level::INFO, b"info\n");
        let level = if number % 2 == 0 { Level::WARN } else { Level::ERROR };
        writer.write(level, &line(number));
        assert_eq!(lines(&gate.text()).last(), Some(&format!("line {number:04}").as_str()));
    }
}

/// Two to four threads, a small queue, and a fifth that takes the account all the time.
#[test]
fn the_account_holds_at_any_moment() {
    for (threads, policy) in
        [(2, Policy::Drop), (3, Policy::Shed), (4, Policy::BlockFor(Duration::from_micros(50)))]
    {
        let gate = Gate::default();
        let writer = spawn(&gate, config(2000, policy));
        let logging: Vec<_> = (0..threads)
            .map(|thread| {
                let writer = writer.clone();
                std::thread::spawn(move || {
                    for number in 0..5000 {
                        let level = losses::LEVELS[(thread + number) % 5];
                        writer.write(level, &line(number));
                    }
                })
            })
            .collect();
        while logging.iter().any(|thread| !thread.is_finished()) {
            let account = writer.account();
            check(&account);
            assert!(account.queued_bytes <= 2000, "{account:?}");
        }
        for thread in logging {
            thread.join().unwrap();
        }
        let losses = writer.finish(LONG);
        let account = writer.account();
        assert_eq!((account.accepted, account.queued), (threads as u64 * 5000, 0));
        assert_eq!(lines(&gate.text()).len() as u64, account.accepted - losses.total());
    }
}

#[test]
fn losses_are_metrics_at_the_next_scrape_and_writers_add_up() {
    let metrics = Metrics::new(Config::default());
    let gates = [Gate::shut(), Gate::shut()];
    let writers = [0, 1].map(|i| {
        let writer = spawn_on(&gates[i], config(1001, Policy::Drop), &metrics);
        writer.write(Level::INFO, &line(0));
        gates[i].wait_for_a_call();
        writer.write(Level::ERROR, &[b'x'; 2000]);
        writer
    });
    for _ in 0..2 {
        let text = metrics.render(Format::Text);
        for line in [
            "obs_log_lines_dropped_total{level=\"error\",reason=\"oversize\"} 2",
            "obs_log_lines_dropped_total{level=\"info\",reason=\"queue_full\"} 0",
            "obs_log_queue_bytes 20",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
        }
    }
    gates.iter().for_each(Gate::open);
    Writer::finish_all(&writers, LONG);
    let text = metrics.render(Format::Text);
    assert!(text.lines().any(|line| line == "obs_log_queue_bytes 0"), "{text}");
    // Two lines and two notices, in two to four writes.
    let count = text.lines().find_map(|l| l.strip_prefix("obs_log_write_duration_seconds_count "));
    assert!((2..=4).contains(&count.unwrap().parse::<u64>().unwrap()), "{text}");
}
