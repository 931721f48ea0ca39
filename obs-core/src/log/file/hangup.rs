//! SIGHUP, with which `logrotate` says that it has moved a file away.

/// Calls `reopen` at each SIGHUP from here on, in a task of the current tokio runtime.
///
/// `false` if there is none, or no such signal on this platform: SIGHUP then ends the process, as it does by default,
/// and a file that was moved away is noticed without it. Only for a process that has a log file:
/// who listens takes the signal's effect away from it.
#[cfg_attr(not(test), expect(dead_code, reason = "called where outputs are made"))]
pub(crate) fn reopen_on_hangup(reopen: impl Fn() + Send + 'static) -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return false };
        // Within the task: registration panics in a runtime that was built without I/O, which is no
        // reason for a service not to start.
        runtime.spawn(async move {
            let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
            while hangup.recv().await.is_some() {
                reopen();
            }
        });
        true
    }
    #[cfg(not(unix))]
    {
        drop(reopen);
        false
    }
}

#[cfg(all(test, unix))]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    #[tokio::test]
    async fn each_hangup_reopens() {
        let (hung_up, mut reopened) = unbounded_channel();
        assert!(reopen_on_hangup(move || hung_up.send(()).unwrap()));
        // The task listens when it has run once: the signal ends nobody then.
        tokio::task::yield_now().await;
        for _ in 0..2 {
            let pid = std::process::id().to_string();
            let kill = std::process::Command::new("kill").args(["-HUP", &pid]).status();
            assert!(kill.is_ok_and(|status| status.success()), "a `kill` command");
            assert_eq!(reopened.recv().await, Some(()));
        }
    }

    #[test]
    fn without_a_runtime_nobody_listens() {
        assert!(!reopen_on_hangup(|| ()));
    }

    #[test]
    fn a_runtime_without_io_is_no_reason_not_to_start() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            assert!(reopen_on_hangup(|| ()));
            tokio::task::yield_now().await;
        });
    }
}
