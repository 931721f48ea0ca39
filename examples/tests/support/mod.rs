//! An example as a process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long something real may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Asks `probe` until it has an answer. `what` is said when it never comes.
pub(crate) async fn eventually<T>(
    what: &str,
    mut probe: impl AsyncFnMut() -> Result<T, String>,
) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        match probe().await {
            Ok(answer) => return answer,
            Err(why) if Instant::now() > until => panic!("{what}: {why}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(250)).await,
        }
    }
}

/// A running example. Killed on drop.
pub(crate) struct Service {
    child: Child,
    pub(crate) url: String,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Service {
    /// Starts `program` on a free port, logging what `filter` lets through, and waits until it says
    /// where it listens.
    pub(crate) fn start(program: &str, filter: &str, args: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(["--addr", "127.0.0.1:0"])
            .args(args)
            // For this test, and nothing that the example knows.
            .env_remove("OBS_PEERS_DIR")
            .env_remove("DISCORD_TOKEN")
            .env("OBS_LOG", filter)
            .env("OBS_LOG_FORMAT", "json")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let kept = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = stderr
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, addr) = line.split_once("http://")?;
                Some(format!("http://{}", addr.split('/').next()?))
            })
            .expect("it says where it listens");
        // Read on, or it blocks on a full pipe.
        std::thread::spawn(move || stderr.for_each(drop));
        Self { child, url, log, reader: Some(reader) }
    }

    /// The host and port that it listens on.
    pub(crate) fn addr(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Everything that it logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sends SIGTERM and returns the exit code. All that was logged is in [`log`](Self::log) then.
    pub(crate) fn terminate(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        self.reader.take().expect("it ends once").join().unwrap();
        code
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
