//! What the tests have in common: an `Obs`, its metrics as lines, captured log events.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![expect(clippy::unwrap_used, reason = "a test helper fails its test")]

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use obs_core::Obs;
use obs_core::metrics::Format;
use serde_json::Value;
use tower::ServiceExt as _;

/// Whether the tests run on the `metrics-exporter-prometheus` backend.
pub const ON_EXPORTER: bool = cfg!(feature = "metrics-exporter-prometheus");

/// Settings for the recorder that the tests run on.
pub fn builder() -> obs_core::Builder {
    let builder = obs_core::builder("test").bundle(obs_axum::BUNDLE);
    #[cfg(feature = "metrics-exporter-prometheus")]
    let builder = builder.metrics_exporter_prometheus(Default::default());
    builder
}

/// An `Obs` of one's own, installed nowhere.
pub fn obs() -> Obs {
    builder().build().unwrap()
}

/// A request without a body; `target` is `METHOD /path`.
pub fn request(target: &str) -> Request<Body> {
    let (method, path) = target.split_once(' ').unwrap();
    Request::builder().method(method).uri(path).body(Body::empty()).unwrap()
}

/// The response to a request, its body unread.
pub async fn send(app: &Router, request: Request<Body>) -> Response<Body> {
    app.clone().oneshot(request).await.unwrap()
}

/// The response to a request, its body read to the end.
pub async fn fetch(app: &Router, request: Request<Body>) -> Response<Bytes> {
    let (parts, body) = send(app, request).await.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

/// One sample of the text format.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: Vec<(String, String)>,
    pub value: f64,
}

impl Sample {
    pub fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// Every sample that a scrape would show.
pub fn samples(obs: &Obs) -> Vec<Sample> {
    let text = obs.metrics().render(Format::Text);
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(sample).collect()
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let mut rest = labels.strip_suffix('}').unwrap();
    let mut labels = Vec::new();
    while let Some((key, after)) = rest.split_once("=\"") {
        // No test uses a label value with a quote in it.
        let (value, after) = after.split_once('"').unwrap();
        labels.push((key.to_owned(), value.to_owned()));
        rest = after.trim_start_matches(',');
    }
    Sample { name: name.to_owned(), labels, value: value.parse().unwrap() }
}

/// The requests that a histogram has counted, as `GET /a/{b} 200` or `GET /a/{b} 500 cause` and
/// their number where that is not 1. Sorted.
pub fn counted(obs: &Obs, histogram: &str) -> Vec<String> {
    let name = format!("{histogram}_count");
    let mut all: Vec<String> = samples(obs)
        .iter()
        .filter(|sample| sample.name == name && sample.value > 0.0)
        .map(|sample| {
            let mut line = format!(
                "{} {} {} {}",
                sample.label("http_request_method"),
                sample.label("http_route"),
                sample.label("http_response_status_code"),
                sample.label("error_type"),
            );
            line.truncate(line.trim_end().len());
            if sample.value != 1.0 {
                line.push_str(&format!(" x{}", sample.value));
            }
            line
        })
        .collect();
    all.sort();
    all
}

/// What the duration histogram has counted.
pub fn durations(obs: &Obs) -> Vec<String> {
    counted(obs, "http_server_request_duration_seconds")
}

/// What the stream histogram has counted.
pub fn streams(obs: &Obs) -> Vec<String> {
    counted(obs, "http_server_response_stream_duration_seconds")
}

/// The sum of all series of a name.
pub fn total(obs: &Obs, name: &str) -> f64 {
    samples(obs).iter().filter(|sample| sample.name == name).map(|sample| sample.value).sum()
}

/// Requests counted as active, of all methods.
pub fn active(obs: &Obs) -> f64 {
    total(obs, "http_server_active_requests")
}

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The events of this thread, each test having its own.
pub struct Logs(());

/// Captures events of level INFO and above on this thread, as the stock JSON formatter writes them.
///
/// The subscriber is the global one, for all threads: `tracing` remembers a callsite that it first
/// meets on a thread without one as disabled everywhere.
pub fn capture() -> Logs {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::INFO)
            .with_writer(|| Writer)
            .init();
    });
    LINES.take();
    Logs(())
}

impl Logs {
    /// Every event so far.
    pub fn events(&self) -> Vec<Value> {
        LINES.with_borrow(|lines| {
            let lines = std::str::from_utf8(lines).unwrap().lines();
            lines.map(|line| serde_json::from_str(line).unwrap()).collect()
        })
    }

    /// The access-log events so far.
    pub fn access(&self) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["target"] == "obs_axum::access").collect()
    }
}

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A step of a [`Script`].
pub enum Step {
    Data(&'static str),
    Error,
    Panic,
    /// Not ready, now and for ever.
    Hang,
    Trailer(&'static str, &'static str),
}

/// A body that does as it is told, of unknown size.
pub struct Script(pub Vec<Step>);

impl Script {
    pub fn body(steps: impl IntoIterator<Item = Step>) -> Body {
        let mut steps: Vec<Step> = steps.into_iter().collect();
        steps.reverse();
        Body::new(Self(steps))
    }
}

impl http_body::Body for Script {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, io::Error>>> {
        Poll::Ready(match self.0.pop() {
            None => None,
            Some(Step::Data(text)) => Some(Ok(http_body::Frame::data(text.into()))),
            Some(Step::Error) => Some(Err(io::Error::other("the source broke"))),
            Some(Step::Panic) => panic!("a panic in a body"),
            Some(Step::Hang) => {
                self.0.push(Step::Hang);
                return Poll::Pending;
            }
            Some(Step::Trailer(name, value)) => {
                let trailers = [(name.parse().unwrap(), value.parse().unwrap())];
                Some(Ok(http_body::Frame::trailers(trailers.into_iter().collect())))
            }
        })
    }
}

/// A client that shows what is on the wire.
pub mod wire {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    /// The whole answer to a `GET` on a connection of its own.
    pub async fn get(addr: SocketAddr, path: &str) -> String {
        let mut connection = Connection::open(addr).await;
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        connection.send(request).await;
        connection.read_to_end().await
    }

    /// An open connection.
    pub struct Connection(TcpStream);

    impl Connection {
        pub async fn open(addr: SocketAddr) -> Self {
            Self(TcpStream::connect(addr).await.unwrap())
        }

        pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
            self.0.write_all(bytes.as_ref()).await.unwrap();
        }

        /// What comes up to and with `end`.
        pub async fn read_until(&mut self, end: &str) -> String {
            let mut read = String::new();
            while !read.contains(end) {
                let mut buffer = [0; 1024];
                let n = self.0.read(&mut buffer).await.unwrap();
                assert!(n > 0, "no {end:?} in {read:?}");
                read.push_str(std::str::from_utf8(&buffer[..n]).unwrap());
            }
            read
        }

        /// What comes until the server closes the connection.
        pub async fn read_to_end(&mut self) -> String {
            let mut read = Vec::new();
            self.0.read_to_end(&mut read).await.unwrap();
            String::from_utf8(read).unwrap()
        }
    }
}
