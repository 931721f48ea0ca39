//! A real Prometheus, and as much of HTTP as it takes to ask it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A real Prometheus with no data. Killed on drop.
pub(crate) struct Prometheus {
    child: Child,
    addr: String,
    stream: Option<TcpStream>,
}

impl Prometheus {
    /// Starts `program`, which keeps its data in `dir`.
    pub(crate) fn start(program: &Path, dir: &Path) -> Self {
        let _ = std::fs::remove_dir_all(dir);
        std::fs::create_dir_all(dir).unwrap();
        let config = dir.join("prometheus.yml");
        // Old samples may come after new ones of other series.
        std::fs::write(&config, "storage: { tsdb: { out_of_order_time_window: 100y } }\n").unwrap();
        // Free a moment ago; a clash shows as a Prometheus that never gets ready.
        let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let child = Command::new(program)
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
            .arg(format!("--web.listen-address={addr}"))
            .args(["--web.enable-remote-write-receiver", "--log.level=error"])
            .args(["--storage.tsdb.retention.time=100y", "--query.lookback-delta=5m"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut prometheus = Self { child, addr, stream: None };
        let begun = Instant::now();
        while prometheus.request("GET", "/-/ready", "", b"").is_none_or(|(status, _)| status != 200)
        {
            assert!(begun.elapsed() < Duration::from_secs(60), "Prometheus does not get ready");
            std::thread::sleep(Duration::from_millis(50));
        }
        prometheus
    }

    /// The answer of the API, errors too.
    pub(crate) fn api(&mut self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let pairs: Vec<_> =
            parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let (_, body) = self
            .request(
                "POST",
                &format!("/api/v1/{path}"),
                "Content-Type: application/x-www-form-urlencoded\r\n",
                pairs.join("&").as_bytes(),
            )
            .expect("Prometheus answers");
        serde_json::from_slice(&body).unwrap_or_else(|error| {
            panic!("{path}: {error}: {}", String::from_utf8_lossy(&body));
        })
    }

    /// Hands over samples by remote write, version 1.
    pub(crate) fn write(&mut self, body: &[u8]) {
        let headers = "Content-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n\
                       X-Prometheus-Remote-Write-Version: 0.1.0\r\n";
        let (status, body) =
            self.request("POST", "/api/v1/write", headers, body).expect("Prometheus answers");
        assert!(status < 300, "remote write: {status} {}", String::from_utf8_lossy(&body));
    }

    /// Status and body; `None` where nobody answers.
    fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> Option<(u16, Vec<u8>)> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n",
            self.addr,
            body.len()
        );
        let mut request = head.into_bytes();
        request.extend_from_slice(body);
        // A connection that was kept may be closed by now.
        for _ in 0..2 {
            let stream = match self.stream.take() {
                Some(stream) => stream,
                None => TcpStream::connect(&self.addr).ok()?,
            };
            stream.set_nodelay(true).ok()?;
            if let Some(answer) = exchange(&stream, &request) {
                self.stream = Some(stream);
                return Some(answer);
            }
        }
        None
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn exchange(mut stream: &TcpStream, request: &[u8]) -> Option<(u16, Vec<u8>)> {
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    let mut more = |answer: &mut Vec<u8>| {
        let mut buffer = [0; 16 * 1024];
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        answer.extend_from_slice(&buffer[..read]);
        Some(())
    };
    let head = loop {
        if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        more(&mut answer)?;
    };
    let headers = String::from_utf8_lossy(&answer[..head]).to_lowercase();
    let status = headers.split(' ').nth(1)?.parse().ok()?;
    let header =
        |name: &str| headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    if let Some(length) = header("content-length") {
        let length: usize = length.parse().ok()?;
        while answer.len() < head + length {
            more(&mut answer)?;
        }
        return Some((status, answer[head..head + length].to_vec()));
    }
    if header("transfer-encoding") != Some("chunked") {
        return Some((status, Vec::new()));
    }
    let (mut body, mut at) = (Vec::new(), head);
    loop {
        let line = loop {
            match answer[at..].windows(2).position(|two| two == b"\r\n") {
                Some(length) => break length,
                None => more(&mut answer)?,
            }
        };
        let size = std::str::from_utf8(&answer[at..at + line]).ok()?;
        let size = usize::from_str_radix(size, 16).ok()?;
        let start = at + line + 2;
        while answer.len() < start + size + 2 {
            more(&mut answer)?;
        }
        body.extend_from_slice(&answer[start..start + size]);
        if size == 0 {
            return Some((status, body));
        }
        at = start + size + 2;
    }
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Where the real program is: in `OBS_PEERS_DIR`, or in `obtained`, where `cargo xtask peers` puts it.
pub(crate) fn program(obtained: PathBuf) -> PathBuf {
    let given = std::env::var_os("OBS_PEERS_DIR").map(PathBuf::from);
    let dirs: Vec<_> = given.into_iter().chain([obtained]).collect();
    let mut paths = dirs.iter().map(|dir| dir.join("prometheus"));
    paths
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("no prometheus in {dirs:?}: run `cargo xtask peers`"))
}
