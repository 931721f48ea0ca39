//! A real Prometheus, started and stopped by a test.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::peer::peer;
use crate::support::eventually;

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
