//! Outputs that are full, gone, panic or log, and the thread that meets them.

use super::*;

#[test]
fn an_output_that_logs_does_not_feed_itself() {
    let gate = Gate::default();
    let writer = spawn(&gate, config(1001, Policy::Block));
    let own = writer.clone();
    gate.0.0.lock().unwrap().on_write = Some(Arc::new(move || {
        own.write(Level::DEBUG, b"of the output\n");
        assert!(!own.flush(LONG));
        own.finish(LONG);
    }));
    writer.write(Level::INFO, &line(0));
    assert!(writer.flush(LONG));
    assert_eq!(lines(&gate.text()), ["line 0000"]);
    assert!(writer.account().lost.of_reason(LossReason::Reentrant) >= 1);
    writer.finish(LONG);
    // And where who logs is who writes.
    writer.write(Level::INFO, &line(1));
    assert_eq!(lines(&gate.text()), ["line 0000", "line 0001"]);
    check(&writer.account());
    gate.0.0.lock().unwrap().on_write = None;
}

#[test]
fn an_output_that_panics_is_used_again() {
    let gate = Gate::default();
    let writer = spawn(&gate, config(1001, Policy::Block));
    gate.0.0.lock().unwrap().on_write = Some(Arc::new(|| panic!("on purpose")));
    writer.write(Level::INFO, &line(0));
    assert!(writer.flush(LONG));
    gate.0.0.lock().unwrap().on_write = None;
    writer.write(Level::INFO, &line(1));
    let losses = writer.finish(LONG);
    assert_eq!((losses.total(), losses.of_reason(LossReason::WriterPanic)), (1, 1));
    assert_eq!(lines(&gate.text()), ["", "line 0001"]);
    assert!(gate.0.0.lock().unwrap().reopened > 0);
}

/// A device that is always full: what the queue holds waits, what it does not hold is lost.
#[cfg(target_os = "linux")]
#[test]
fn dev_full() {
    struct Full(std::fs::File);

    impl Output for Full {
        fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
            io::Write::write(&mut self.0, lines)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }

        fn place(&self) -> String {
            "/dev/full".to_owned()
        }
    }

    let (says, said) = std::sync::mpsc::channel();
    let output = Full(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let writer = Writer::spawn_with(
        Box::new(output),
        &config(1001, Policy::Drop),
        &Metrics::new(Config::default()),
        Box::new(|_| Vec::new()),
        Complaints::to(move |text| says.send(text.to_owned()).unwrap()),
    )
    .unwrap();
    writer.write(Level::INFO, &line(0));
    assert_eq!(said.recv().unwrap(), "log output /dev/full: No space left on device (os error 28)");
    while !writer.shared.lock().state.failing {
        std::thread::yield_now();
    }
    for number in 1..150 {
        writer.write(Level::INFO, &line(number));
        check(&writer.account());
    }
    assert_eq!(writer.account().queued, 100);
    let losses = writer.finish(Duration::ZERO);
    assert_eq!(losses.of_reason(LossReason::IoError), 50);
    assert_eq!(losses.of_reason(LossReason::ShutdownDeadline), 100);
    assert_eq!(losses.total(), 150);
}

/// Lines for a reader that is gone are not kept, and nobody waits for it.
#[test]
fn a_reader_that_is_gone_holds_nobody_up() {
    let gate = Gate::default();
    gate.0.0.lock().unwrap().error = Some(io::ErrorKind::BrokenPipe);
    let writer = spawn(&gate, config(1001, Policy::Block));
    // A hundred queues full.
    for number in 0..10_000 {
        writer.write(Level::INFO, &line(number));
    }
    assert!(writer.flush(LONG));
    gate.0.0.lock().unwrap().error = None;
    // It is asked for at once, and not when the pause is over.
    writer.reopen();
    writer.write(Level::INFO, &line(0));
    assert!(writer.flush(LONG));
    assert_eq!(lines(&gate.text()), ["line 0000"]);
    let losses = writer.finish(LONG);
    assert_eq!((losses.total(), losses.of_reason(LossReason::IoError)), (10_000, 10_000));
}
