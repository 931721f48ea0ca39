//! A gateway of few words on a local port: hello, READY or RESUMED, and what it is ordered to send.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use serenity::all::{Client, ClientBuilder, EventHandler, GatewayIntents, Http, HttpBuilder};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::{Receiver, Sender, channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

pub(crate) const BOT: &str = "1000";

#[derive(Clone, Debug)]
pub(crate) enum Order {
    /// An event of this type.
    Event(String, Value),
    /// Another opcode.
    Op(u8, Value),
    Close(u16),
}

#[derive(Clone, Debug)]
pub(crate) struct Fake {
    url: String,
    orders: Sender<Order>,
    sequence: Arc<AtomicU64>,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        let fake = Self { url, orders: channel(1024).0, sequence: Arc::default() };
        let this = fake.clone();
        #[expect(clippy::disallowed_methods, reason = "a server of its own")]
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (this, orders) = (this.clone(), this.orders.subscribe());
                tokio::spawn(async move { this.serve(socket, orders).await });
            }
        });
        fake
    }

    pub(crate) fn order(&self, order: Order) {
        self.orders.send(order).unwrap();
    }

    pub(crate) fn event(&self, kind: &str, data: Value) {
        self.order(Order::Event(kind.to_owned(), data));
    }

    /// Settings for a client of this gateway. Its requests find nobody.
    pub(crate) fn builder(&self) -> ClientBuilder {
        let http: Http = HttpBuilder::new("token")
            .proxy("http://127.0.0.1:1")
            .ratelimiter_disabled(true)
            .build();
        ClientBuilder::new_with_http(http, GatewayIntents::all())
    }

    pub(crate) async fn connect(&self, client: &Client) {
        *client.ws_url.lock().await = self.url.clone();
    }

    /// A client of this gateway.
    pub(crate) async fn client(&self, handler: impl EventHandler + 'static) -> Client {
        let client = self.builder().event_handler(handler).await.unwrap();
        self.connect(&client).await;
        client
    }

    fn frame(&self, kind: &str, data: &Value) -> Message {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) + 1;
        text(&json!({ "op": 0, "s": sequence, "t": kind, "d": data }))
    }

    async fn serve(&self, socket: TcpStream, mut orders: Receiver<Order>) {
        let mut socket = tokio_tungstenite::accept_async(socket).await.unwrap();
        let hello = json!({ "op": 10, "d": { "heartbeat_interval": 41_250 } });
        socket.send(text(&hello)).await.unwrap();
        loop {
            let answer = tokio::select! {
                Some(Ok(Message::Text(sent))) = socket.next() => {
                    let sent: Value = serde_json::from_str(&sent).unwrap();
                    match sent["op"].as_u64() {
                        Some(1) => text(&json!({ "op": 11 })),
                        Some(2) => self.frame("READY", &ready(&sent["d"]["shard"])),
                        Some(6) => self.frame("RESUMED", &json!({})),
                        _ => continue,
                    }
                }
                Ok(order) = orders.recv() => match order {
                    Order::Event(kind, data) => self.frame(&kind, &data),
                    Order::Op(op, data) => text(&json!({ "op": op, "d": data })),
                    Order::Close(code) => {
                        Message::Close(Some(CloseFrame { code: code.into(), reason: "".into() }))
                    }
                },
                else => return,
            };
            let closes = matches!(answer, Message::Close(_));
            if socket.send(answer).await.is_err() || closes {
                return;
            }
        }
    }
}

fn text(value: &Value) -> Message {
    Message::Text(value.to_string())
}

fn ready(shard: &Value) -> Value {
    json!({
        "v": 10, "session_id": "session", "resume_gateway_url": "", "guilds": [], "shard": shard,
        "user": user(BOT), "application": { "id": "1001", "flags": 0 },
    })
}

pub(crate) fn user(id: &str) -> Value {
    json!({
        "id": id, "username": "somebody", "discriminator": "0", "global_name": null,
        "avatar": null, "bot": id == BOT, "verified": true, "mfa_enabled": false, "email": null,
        "flags": 0, "public_flags": 0,
    })
}

/// A message whose id is of the year 2017.
pub(crate) fn message(content: &str) -> Value {
    json!({
        "id": "300000000000000000", "channel_id": "3000", "guild_id": "2000", "author": user("4000"),
        "content": content, "timestamp": "2024-01-01T00:00:00.000000+00:00",
        "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [],
        "mention_roles": [], "attachments": [], "embeds": [], "pinned": false, "type": 0,
        "flags": 0, "components": [],
    })
}
