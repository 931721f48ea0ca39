//! The shop as a process, and what else tests with real programs need.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
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

/// A running shop. Killed on drop.
pub(crate) struct Shop {
    child: Child,
    pub(crate) url: String,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Shop {
    /// Starts the shop on a free port, logging what `filter` lets through, and waits until it says
    /// where it listens.
    pub(crate) fn start(filter: &str, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_shop"))
            .args(["--addr", "127.0.0.1:0"])
            .args(args)
            // For this test, and nothing that the shop knows.
            .env_remove("OBS_PEERS_DIR")
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
            .find_map(|line| Some(line.split_once("open at ")?.1.trim_end_matches('/').to_owned()))
            .expect("the shop said nowhere that it is open");
        // Read on, or the shop blocks on a full pipe.
        std::thread::spawn(move || stderr.for_each(drop));
        Self { child, url, log, reader: Some(reader) }
    }

    /// The host and port that it listens on.
    pub(crate) fn addr(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Everything the shop logged so far.
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

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the real program is: in `OBS_PEERS_DIR`, or where `cargo xtask peers` puts it.
pub(crate) fn peer(program: &str) -> PathBuf {
    let obtained = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../peers/bin");
    let given = std::env::var_os("OBS_PEERS_DIR").map(PathBuf::from);
    let dirs: Vec<_> = given.into_iter().chain([obtained]).collect();
    let mut paths = dirs.iter().map(|dir| dir.join(program));
    paths
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("no {program} in {dirs:?}: run `cargo xtask peers`"))
}
