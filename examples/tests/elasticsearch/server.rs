//! A server that has Elasticsearch's API, started and stopped by a test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};

use crate::peer::peer;

/// An `osmem-server`, empty. Killed on drop.
pub(crate) struct Elasticsearch {
    child: Child,
    url: String,
    client: reqwest::Client,
}

impl Elasticsearch {
    /// Starts one on a free port.
    pub(crate) fn start() -> Self {
        // It ends with its standard input, which this process holds.
        let mut child = Command::new(peer("osmem-server"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let ready: Value = serde_json::from_str(&ready).expect("it says where it listens");
        let url = ready["url"].as_str().unwrap().to_owned();
        Self { child, url, client: reqwest::Client::new() }
    }

    /// What the server answers to a request that it accepts.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: impl ToString) -> Value {
        let url = format!("{}/{path}", self.url);
        let request = self.client.request(method, url).header("Content-Type", "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status}: {answer}");
        answer
    }

    /// Adds a document a line to `index`, and returns what was said of each that was not taken.
    pub(crate) async fn bulk(&self, index: &str, lines: &[&str]) -> Vec<String> {
        let action = json!({ "create": { "_index": index } });
        let body: String = lines.iter().map(|line| format!("{action}\n{line}\n")).collect();
        let answer = self.ask(Method::POST, "_bulk?refresh=true", body).await;
        let items = answer["items"].as_array().unwrap();
        assert_eq!(items.len(), lines.len(), "an answer to each line");
        let failed = items.iter().zip(lines).filter(|(item, _)| item["create"]["status"] != 201);
        failed.map(|(item, line)| format!("{}\n  {line}", item["create"]["error"])).collect()
    }

    /// The documents in all of our indices that `query` finds.
    pub(crate) async fn search(&self, query: Value) -> Vec<Value> {
        let body = json!({ "query": query, "size": 10_000, "track_total_hits": true });
        let mut answer = self.ask(Method::POST, "obs-logs-*/_search", body).await;
        let Value::Array(hits) = answer["hits"]["hits"].take() else { panic!("{answer}") };
        assert_eq!(answer["hits"]["total"]["value"], hits.len(), "all of them");
        hits.into_iter().map(|mut hit| hit["_source"].take()).collect()
    }
}

impl Drop for Elasticsearch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
