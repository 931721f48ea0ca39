//! A poise framework that is driven by hand: what serenity would hand it, with nothing in between.
//!
//! Only serenity's client makes a `Context`, and only for what a gateway sends. So a client connects to a
//! gateway of one READY, and its context is kept.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

use std::sync::Mutex;
use std::time::Instant;

use futures_util::{SinkExt as _, StreamExt as _};
use obs_core::metrics::Metrics;
use obs_serenity::commands::{Commands, Source};
use obs_test::{Logs, Metered};
use serde_json::json;
use serenity::async_trait;
use serenity::client::{Client, ClientBuilder, Context, FullEvent};
use serenity::framework::Framework;
use serenity::http::HttpBuilder;
use serenity::model::gateway::{GatewayIntents, Ready};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

/// What the hooks of a test's bot have seen, in order.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Vec<String>>);

impl Seen {
    pub fn push(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

pub struct Stage<E> {
    framework: poise::Framework<Seen, E>,
    ctx: Context,
    pub logs: Logs,
    pub metrics: Metered,
    pub commands: Commands,
}

impl<E: Send + Sync + 'static> Stage<E> {
    pub async fn new(options: poise::FrameworkOptions<Seen, E>) -> Self {
        let (client, ctx, ready) = connect().await;
        let mut framework = poise::Framework::builder()
            .options(poise::FrameworkOptions { initialize_owners: false, ..options })
            .setup(|_, _, _| Box::pin(async { Ok(Seen::default()) }))
            .build();
        framework.init(&client).await;
        framework.dispatch(ctx.clone(), FullEvent::Ready { data_about_bot: ready }).await;
        let metrics = Metrics::new(Default::default());
        let commands = Commands::without_id_fields(&metrics);
        commands.answered_by(Source::Framework);
        let stage = Self {
            framework,
            ctx,
            logs: obs_test::capture(),
            metrics: Metered::of(&metrics),
            commands,
        };
        stage.seen().await.take();
        stage
    }

    pub async fn seen(&self) -> &Seen {
        self.framework.user_data().await
    }

    /// Hands an event to the framework as a wrapper of it does.
    pub async fn send(&self, event: FullEvent) {
        let scope = self.commands.event(Source::Framework, 0, &event, Instant::now());
        scope.run(self.framework.dispatch(self.ctx.clone(), event)).await;
    }

    /// Asserts that these, and no other commands, have ended: name, kind, outcome.
    #[track_caller]
    pub fn assert_commands(&self, expected: &[(&str, &str, &str)]) {
        let mut ended = Vec::new();
        self.metrics.metrics().visit(&mut |series, sample| {
            if let ("discord_commands_total", obs_core::metrics::Sample::Counter(n)) =
                (series.name, sample)
            {
                let labels: Vec<String> =
                    series.labels().map(|(_, value)| value.to_string()).collect();
                ended.extend((0..n as usize).map(|_| labels.clone()));
            }
        });
        let mut expected: Vec<_> = expected
            .iter()
            .map(|(n, k, o)| vec![(*n).to_owned(), (*k).into(), (*o).into()])
            .collect();
        expected.sort();
        ended.sort();
        assert_eq!(ended, expected);
        self.metrics.assert_value("discord_commands_in_flight", [], 0.0);
    }
}

struct Relay(mpsc::UnboundedSender<(Context, Ready)>);

#[async_trait]
impl Framework for Relay {
    async fn dispatch(&self, ctx: Context, event: FullEvent) {
        if let FullEvent::Ready { data_about_bot } = event {
            let _ = self.0.send((ctx, data_about_bot));
        }
    }
}

async fn connect() -> (Client, Context, Ready) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener));
    // Nothing listens there: the bot of these tests answers nothing.
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let client = async || {
        let http = HttpBuilder::new("token").proxy("http://127.0.0.1:1").ratelimiter_disabled(true);
        ClientBuilder::new_with_http(http.build(), GatewayIntents::all())
            .framework(Relay(sender.clone()))
            .await
            .unwrap()
    };
    let (idle, mut client) = (client().await, client().await);
    *client.ws_url.lock().await = url;
    tokio::spawn(async move { client.start_shard(0, 1).await });
    let (ctx, ready) = receiver.recv().await.unwrap();
    (idle, ctx, ready)
}

async fn serve(listener: TcpListener) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    let hello = json!({"op": 10, "d": {"heartbeat_interval": 3_600_000}});
    socket.send(Message::Text(hello.to_string())).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let user = json!({"id": "9", "username": "bot", "discriminator": "0", "avatar": null, "bot": true,
        "mfa_enabled": false, "verified": true});
    let ready = json!({"op": 0, "s": 1, "t": "READY", "d": {
        "v": 10, "user": user, "guilds": [], "session_id": "s", "resume_gateway_url": "",
        "shard": [0, 1], "application": {"id": "2", "flags": 0},
    }});
    socket.send(Message::Text(ready.to_string())).await.unwrap();
    while socket.next().await.is_some() {}
}
