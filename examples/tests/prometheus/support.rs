//! The shop and a real Prometheus, started and stopped by a test.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

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
    pub(crate) addr: String,
    log: Arc<Mutex<String>>,
}

impl Shop {
    /// Starts the shop on a free port and waits until it says where it listens.
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_shop"))
            .args(["--addr", "127.0.0.1:0"])
            .args(args)
            // For this test, and nothing that the shop knows.
            .env_remove("OBS_PEERS_DIR")
            .env("OBS_LOG", "info")
            .env("OBS_LOG_FORMAT", "json")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
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
        let addr = url.trim_start_matches("http://").to_owned();
        Self { child, url, addr, log }
    }

    /// Everything the shop logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sends SIGTERM and returns the exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the real programs are: `OBS_PEERS_DIR`, or where `cargo xtask peers` puts them.
pub(crate) fn peer(program: &str) -> PathBuf {
    let dir = std::env::var_os("OBS_PEERS_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/bin"),
        PathBuf::from,
    );
    let path = dir.join(program);
    assert!(path.exists(), "no {program} in {}: run `cargo xtask peers`", dir.display());
    path
}

/// A real Prometheus. Killed on drop.
pub(crate) struct Prometheus {
    child: Child,
    url: String,
    client: reqwest::Client,
}

impl Prometheus {
    /// Starts one on the configuration file `config`, with its data in `data`.
    pub(crate) async fn start(config: &Path, data: &Path) -> Self {
        // Free a moment ago; a clash shows as a Prometheus that never gets ready.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(peer("prometheus"))
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--enable-feature=exemplar-storage", "--log.level=warn"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let prometheus = Self { child, url, client: reqwest::Client::new() };
        eventually("Prometheus does not get ready", async || {
            let answer = prometheus.client.get(format!("{}/-/ready", prometheus.url)).send().await;
            match answer {
                Ok(answer) if answer.status().is_success() => Ok(()),
                answer => Err(format!("{answer:?}")),
            }
        })
        .await;
        prometheus
    }

    /// The `data` of an API answer.
    pub(crate) async fn api(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let request = self.client.get(format!("{}/api/v1/{path}", self.url)).query(parameters);
        let mut answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["status"], "success", "{path} {parameters:?}: {answer}");
        answer["data"].take()
    }

    /// The instant vector that `query` evaluates to: the values of `labels`, then the value.
    pub(crate) async fn vector(&self, query: &str, labels: &[&str]) -> Vec<(Vec<String>, f64)> {
        let data = self.api("query", &[("query", query)]).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut rows: Vec<_> = data["result"]
            .as_array()
            .unwrap()
            .iter()
            .map(|series| {
                let values = labels.iter().map(|&label| text(&series["metric"][label])).collect();
                (values, text(&series["value"][1]).parse().unwrap())
            })
            .collect();
        rows.sort_by(|a: &(Vec<String>, f64), b| a.0.cmp(&b.0));
        rows
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An empty directory for one test, below the build directory.
pub(crate) fn fresh_dir(test: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}
