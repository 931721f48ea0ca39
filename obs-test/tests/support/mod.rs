//! Clients that know nothing but the protocol.

use flate2::{Decompress, FlushDecompress};
use futures_util::{SinkExt, StreamExt};
use obs_test::discord::FakeDiscord;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// One connection to the gateway.
pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// The stream over all frames, if the URL asked for one.
    stream: Option<Decompress>,
    session: String,
    pub(crate) binary_frames: usize,
}

impl Client {
    pub(crate) async fn try_connect(discord: &FakeDiscord, query: &str) -> Result<Self, Error> {
        let (socket, _) = connect_async(format!("{}/{query}", discord.gateway_url())).await?;
        let stream = query.contains("zlib-stream").then(|| Decompress::new(true));
        Ok(Self { socket, stream, session: String::new(), binary_frames: 0 })
    }

    pub(crate) async fn connect(discord: &FakeDiscord, query: &str) -> Self {
        Self::try_connect(discord, query).await.unwrap()
    }

    /// Shard 0 of 1, which has read its READY.
    pub(crate) async fn identified(discord: &FakeDiscord) -> Self {
        let mut client = Self::connect(discord, "").await;
        client.identify(0, 1).await;
        client.event("READY").await;
        client
    }

    pub(crate) async fn identify(&mut self, shard: u32, total: u32) {
        self.identify_with(json!({ "shard": [shard, total] })).await;
    }

    pub(crate) async fn identify_with(&mut self, fields: Value) {
        let mut data = json!({ "token": "t", "intents": 513, "properties": {} });
        data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        self.send(2, data).await;
    }

    /// A new connection that resumes the session after `seq`; its hello is read.
    pub(crate) async fn resume(self, discord: &FakeDiscord, seq: u64) -> Self {
        let mut client = Self::connect(discord, "").await;
        let data = json!({ "token": "t", "session_id": self.session, "seq": seq });
        assert_eq!(client.read().await["op"], 10);
        client.send(6, data).await;
        client.session = self.session;
        client
    }

    pub(crate) async fn send(&mut self, op: u64, data: Value) {
        self.send_text(json!({ "op": op, "d": data }).to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: String) {
        self.socket.send(Message::Text(text.into())).await.unwrap();
    }

    pub(crate) async fn text(&mut self) -> String {
        match self.socket.next().await.unwrap().unwrap() {
            Message::Text(text) => text.to_string(),
            Message::Binary(bytes) => {
                self.binary_frames += 1;
                let mut own = Decompress::new(true);
                let stream = self.stream.as_mut().unwrap_or(&mut own);
                let mut text = Vec::with_capacity(1 << 20);
                stream.decompress_vec(&bytes, &mut text, FlushDecompress::Sync).unwrap();
                String::from_utf8(text).unwrap()
            }
            other => panic!("expected a payload, there is {other:?}"),
        }
    }

    pub(crate) async fn read(&mut self) -> Value {
        serde_json::from_str(&self.text().await).unwrap()
    }

    /// The next event, which must be of this name; a hello before it is passed over.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        let mut frame = self.read().await;
        if frame["op"] == 10 {
            frame = self.read().await;
        }
        assert_eq!(frame["t"], name, "{frame}");
        if name == "READY" {
            self.session = frame["d"]["session_id"].as_str().unwrap().to_owned();
        }
        frame
    }

    /// The code that the connection was closed with, after reading what came before; `None` if it just ended.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    pub(crate) async fn close(mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.socket.close(Some(frame)).await.unwrap();
        while let Some(Ok(_)) = self.socket.next().await {}
    }
}

/// Asks REST; what there is of an answer, and its JSON.
pub(crate) async fn rest(
    discord: &FakeDiscord,
    method: &str,
    path: &str,
    body: Value,
) -> (reqwest::Response, Value) {
    let url = format!("{}/api/v10{path}", discord.rest_url());
    let mut request = reqwest::Client::new().request(method.parse().unwrap(), url);
    if !body.is_null() {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let mut answer = request.send().await.unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.unwrap() {
        bytes.extend(chunk);
    }
    (answer, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// A client that takes the fake for `https://discord.com`.
pub(crate) fn tls_client(discord: &FakeDiscord) -> reqwest::Client {
    let certificate = reqwest::Certificate::from_der(discord.certificate()).unwrap();
    reqwest::Client::builder()
        .use_rustls_tls()
        .resolve("discord.com", discord.https_addr())
        .add_root_certificate(certificate)
        .build()
        .unwrap()
}
