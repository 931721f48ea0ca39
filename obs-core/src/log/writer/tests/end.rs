//! What becomes of lines when the service ends.

use std::io;

use super::*;

#[test]
fn the_end_gives_up_an_output_that_stands_still() {
    let gate = Gate::shut();
    let writer = spawn(&gate, config(1001, Policy::Drop));
    writer.write(Level::ERROR, &line(0));
    gate.wait_for_a_call();
    writer.write(Level::INFO, &line(1));
    let losses = writer.finish(Duration::ZERO);
    assert_eq!(losses.of_reason(LossReason::ShutdownDeadline), 2);
    writer.write(Level::INFO, &line(2));
    let account = writer.account();
    assert_eq!(account.lost.of_reason(LossReason::Closed), 1);
    assert_eq!((account.accepted, account.written, account.queued), (3, 0, 0));
    // Whoever is told twice is told the same.
    assert_eq!(writer.finish(LONG), account.lost);
    assert!(writer.flush(LONG));
    gate.open();
    // What the output did after all changes no account.
    gate.wait_until_dropped();
    assert_eq!(writer.account(), account);
}

/// A blocked caller must not outlive the end.
#[test]
fn the_end_releases_those_who_wait_for_room() {
    let gate = Gate::shut();
    let writer = spawn(&gate, config(21, Policy::Block));
    let others = writer.clone();
    let logging = std::thread::spawn(move || {
        for number in 0..10 {
            others.write(Level::INFO, &line(number));
        }
    });
    gate.wait_for_a_call();
    let losses = writer.finish(Duration::ZERO);
    logging.join().unwrap();
    let account = writer.account();
    assert_eq!((account.accepted, account.lost.total()), (10, 10), "{losses}");
    gate.open();
}

#[test]
fn what_is_logged_after_the_end_is_written_at_once() {
    let gate = Gate::default();
    let writer = spawn(&gate, config(1001, Policy::Drop));
    writer.write(Level::INFO, &line(0));
    assert!(writer.finish(LONG).is_empty());
    writer.write(Level::INFO, &line(1));
    assert_eq!(gate.text(), "line 0000\nline 0001\n");
    gate.0.0.lock().unwrap().error = Some(io::ErrorKind::BrokenPipe);
    writer.write(Level::INFO, &line(2));
    let account = writer.account();
    assert_eq!((account.written, account.lost.of_reason(LossReason::IoError)), (2, 1));
    check(&account);
}

/// Lines keep coming from threads that do not know of the end.
#[test]
fn the_end_comes_also_under_load_and_loses_nothing_under_block() {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    for policy in [Policy::Block, Policy::Drop, Policy::Shed] {
        let gate = Gate::default();
        let writer = spawn(&gate, config(64 * 1024, policy));
        let stop = Arc::new(AtomicBool::new(false));
        let logging = [0, 1].map(|_| {
            let (writer, stop) = (writer.clone(), Arc::clone(&stop));
            std::thread::spawn(move || {
                let mut logged = 0;
                while !stop.load(Relaxed) {
                    writer.write(Level::INFO, &line(logged % 10_000));
                    logged += 1;
                }
                logged as u64
            })
        });
        while writer.account().written < 1000 {
            std::thread::yield_now();
        }
        writer.finish(LONG);
        stop.store(true, Relaxed);
        let logged: u64 = logging.map(|thread| thread.join().unwrap()).iter().sum();
        let account = writer.account();
        let text = gate.text();
        assert_eq!(account.accepted, logged, "{policy:?}");
        assert_eq!(lines(&text).len() as u64, account.written, "{policy:?}");
        assert!(lines(&text).iter().all(|line| line.len() == 9), "{policy:?}");
        assert_eq!(account.written + account.lost.total(), logged, "{policy:?}");
        if policy == Policy::Block {
            assert!(account.lost.is_empty(), "{}", account.lost);
        }
    }
}

/// Each write of the output has another thread log a line: the queue is never empty.
#[test]
fn the_end_comes_also_if_lines_never_do() {
    let gate = Gate::default();
    let writer = spawn(&gate, config(1001, Policy::Drop));
    let others = writer.clone();
    gate.0.0.lock().unwrap().on_write = Some(Arc::new(move || {
        std::thread::scope(|scope| {
            scope.spawn(|| others.write(Level::INFO, &line(1)));
        });
    }));
    writer.write(Level::INFO, &line(0));
    let losses = writer.finish(LONG);
    assert_eq!(losses.of_reason(LossReason::ShutdownDeadline), 0, "{losses}");
    check(&writer.account());
    gate.0.0.lock().unwrap().on_write = None;
}

#[test]
fn the_last_handle_ends_the_thread_when_all_is_written() {
    let gate = Gate::default();
    let writer = spawn(&gate, config(1001, Policy::Block));
    writer.reopen();
    writer.write(Level::INFO, &line(0));
    drop(writer);
    gate.wait_until_dropped();
    assert_eq!(gate.text(), "line 0000\n");
    assert_eq!(gate.0.0.lock().unwrap().reopened, 1);
}

#[tokio::test(start_paused = true)]
async fn the_end_can_be_awaited() {
    let gate = Gate::shut();
    let writer = spawn(&gate, config(1001, Policy::Drop));
    writer.write(Level::INFO, &line(0));
    let finish = tokio::spawn(Writer::finish_all_async(vec![writer.clone()], LONG));
    gate.wait_for_a_call();
    // The only thread of the runtime is not held up.
    tokio::task::yield_now().await;
    gate.open();
    assert!(finish.await.unwrap().is_empty());
    assert_eq!(gate.text(), "line 0000\n");
}
