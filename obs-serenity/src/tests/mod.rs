//! Against a gateway of few words: every event arrives, and what is counted is what was sent.

mod allocations;
mod fake;
mod payloads;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake::{BOT, Fake, Order, message};
use obs_core::Obs;
use obs_core::health::{Probe, Status};
use obs_core::metrics::Sample;
use payloads::{guild, voice_state};
use serde_json::json;
use serenity::client::{Client, Context, EventHandler};
use serenity::gateway::{GatewayError, ShardStageUpdateEvent};
use serenity::http::RatelimitInfo;
use serenity::model::prelude::*;
use std::collections::HashMap;

use crate::events::for_each_event;
use crate::{Discord, observe};

const UNPARSED: &str = "discord_gateway_unparsed_events_total";

/// Notes which methods are called, in order.
#[derive(Clone, Debug, Default)]
struct Recorder(Arc<Mutex<Vec<&'static str>>>);

impl Recorder {
    fn note(&self, method: &'static str) {
        self.0.lock().unwrap().push(method);
    }

    fn calls(&self) -> BTreeMap<&'static str, u64> {
        let mut calls = BTreeMap::new();
        for method in self.0.lock().unwrap().iter() {
            *calls.entry(*method).or_default() += 1;
        }
        calls
    }
}

macro_rules! record {
    ($(
        $(#[$meta:meta])* $method:ident $Variant:ident $type:literal ($($arg:ident: $ty:ty),*);
    )*) => {
        #[serenity::async_trait]
        impl EventHandler for Recorder {
            $(
                $(#[$meta])*
                async fn $method(&self, _: Context, $($arg: $ty),*) {
                    let _ = ($($arg,)*);
                    self.note(stringify!($method));
                }
            )*

            async fn ratelimit(&self, _: RatelimitInfo) {
                self.note("ratelimit");
            }
        }
    };
}
for_each_event!(record);

fn bot() -> (Obs, Discord) {
    let obs = obs_core::builder("bot").build().unwrap();
    let discord = observe(&obs);
    (obs, discord)
}

/// The series of a metric by one of its labels, those at zero left out.
fn series(obs: &Obs, metric: &str, label: &str) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    obs.metrics().visit(&mut |series, sample| {
        if series.name != metric {
            return;
        }
        let value = match sample {
            Sample::Counter(value) | Sample::Gauge(value) => value,
            Sample::Histogram { buckets, .. } => buckets.iter().sum::<u64>() as f64,
        };
        let label = series.labels().find(|(name, _)| *name == label);
        let key = label.map_or_else(String::new, |(_, value)| value.into_owned());
        if value != 0.0 {
            *found.entry(key).or_default() += value as u64;
        }
    });
    found
}

fn one(obs: &Obs, metric: &str) -> u64 {
    series(obs, metric, "").values().sum()
}

/// Waits until `holds`, for as long as a test may take.
async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what} did not come to hold");
}

/// Runs `script` while the bot runs.
async fn during<T>(discord: &Discord, client: &mut Client, script: impl Future<Output = T>) -> T {
    let shards = Arc::clone(&client.shard_manager);
    let ended = tokio::select! {
        ended = script => ended,
        result = discord.run(client) => panic!("the client ended: {result:?}"),
    };
    shards.shutdown_all().await;
    ended
}

fn owned<'a>(pairs: impl IntoIterator<Item = (&'a str, u64)>) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for (name, count) in pairs {
        *all.entry(name.to_owned()).or_default() += count;
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_arrives_once_and_counts_as_what_it_is() {
    let (obs, discord) = bot();
    let (fake, recorder) = (Fake::start().await, Recorder::default());
    let mut client = fake.client(discord.handler(recorder.clone())).await;
    let payloads = payloads::all();
    during(&discord, &mut client, async {
        eventually("READY", || recorder.calls().contains_key("ready")).await;
        for (kind, method, payload) in &payloads {
            let before = recorder.calls().get(method).copied().unwrap_or_default();
            fake.event(kind, payload.clone());
            eventually(&format!("{kind} as {method}"), || {
                let unparsed = series(&obs, UNPARSED, "type").contains_key(*kind);
                unparsed || recorder.calls().get(method) == Some(&(before + 1))
            })
            .await;
        }
        assert_eq!(
            series(&obs, UNPARSED, "type"),
            owned([]),
            "payloads that serenity does not read"
        );
        fake.order(Order::Op(7, json!(null)));
        eventually("RESUMED", || recorder.calls().contains_key("resume")).await;
    })
    .await;

    let made_up = ["ready", "resume", "shard_stage_update"];
    let mut methods = owned(payloads.iter().map(|(_, method, _)| (*method, 1)));
    methods.extend(owned(made_up.map(|method| (method, 1))));
    methods.insert("shard_stage_update".to_owned(), 2);
    if cfg!(feature = "cache") {
        // serenity makes these up when the last guild and the last shard are there.
        methods.extend(owned([("cache_ready", 1), ("shards_ready", 1)]));
    }
    let calls = owned(recorder.calls());
    assert_eq!(calls, methods);
    assert_eq!(series(&obs, "discord_event_handler_duration_seconds", "event"), calls);
    assert_eq!(series(&obs, "discord_event_handlers_in_flight", "event"), owned([]));

    let mut types = owned(payloads.iter().map(|(kind, _, _)| (*kind, 1)));
    types.extend(owned([("READY", 1), ("RESUMED", 1)]));
    assert_eq!(series(&obs, "discord_gateway_events_total", "type"), types);
    assert_eq!(series(&obs, "discord_gateway_events_total", "shard").len(), 1);
    let connects = owned([("identify", 1), ("resume", 1)]);
    assert_eq!(series(&obs, "discord_shard_connects_total", "kind"), connects);
    // Message and interaction of 2017.
    let lags = owned([("interaction", 1), ("message", 1)]);
    assert_eq!(series(&obs, "discord_event_lag_seconds", "event"), lags);
    assert_eq!(one(&obs, "discord_event_lag_negative_total"), 0);
}

#[cfg(feature = "collector")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_serenity_cannot_read_is_counted_on_each_session() {
    let (obs, discord) = bot();
    let (fake, recorder) = (Fake::start().await, Recorder::default());
    let mut client = fake.client(discord.handler(recorder.clone())).await;
    during(&discord, &mut client, async {
        eventually("READY", || recorder.calls().contains_key("ready")).await;
        fake.event("GUILD_CREATE", json!({ "id": "2000", "secret": "hunter2" }));
        fake.event("GUILD_OF_TOMORROW", json!({ "id": "7" }));
        fake.event("MESSAGE_CREATE", message("hello"));
        eventually("the message", || recorder.calls().contains_key("message")).await;
        assert_eq!(series(&obs, UNPARSED, "type"), owned([("GUILD_CREATE", 1), ("other", 1)]));

        // A resume keeps the runner and with it the collector.
        fake.order(Order::Op(7, json!(null)));
        eventually("RESUMED", || recorder.calls().contains_key("resume")).await;
        fake.event("GUILD_CREATE", json!({}));
        eventually("another", || series(&obs, UNPARSED, "type")["GUILD_CREATE"] == 2).await;

        // A session that is over makes a new one.
        fake.order(Order::Op(9, json!(false)));
        eventually("READY again", || recorder.calls()["ready"] == 2).await;
        fake.event("GUILD_CREATE", json!({}));
        eventually("a third", || series(&obs, UNPARSED, "type")["GUILD_CREATE"] == 3).await;
        fake.event("MESSAGE_CREATE", message("hello"));
        eventually("a message", || recorder.calls()["message"] == 2).await;
    })
    .await;
    let types = owned([
        ("GUILD_CREATE", 3),
        ("MESSAGE_CREATE", 2),
        ("READY", 2),
        ("RESUMED", 1),
        ("other", 1),
    ]);
    assert_eq!(series(&obs, "discord_gateway_events_total", "type"), types);
    assert_eq!(series(&obs, "discord_shard_restarts_total", "reason").values().sum::<u64>(), 2);
    assert!(!obs.metrics().render(obs_core::metrics::Format::Text).contains("TOMORROW"));
}

/// Panics, waits or answers, as the message says.
struct Moody(Recorder);

#[serenity::async_trait]
impl EventHandler for Moody {
    async fn message(&self, _: Context, message: Message) {
        match message.content.as_str() {
            "panic" => panic!("as asked"),
            "hang" => std::future::pending().await,
            _ => self.0.note("message"),
        }
    }

    async fn ready(&self, _: Context, _: Ready) {
        self.0.note("ready");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_counted_and_a_call_that_hangs_is_in_flight() {
    let (obs, discord) = bot();
    let (fake, recorder) = (Fake::start().await, Recorder::default());
    let mut client = fake.client(discord.handler(Moody(recorder.clone()))).await;
    let in_flight = "discord_event_handlers_in_flight";
    during(&discord, &mut client, async {
        eventually("READY", || recorder.calls().contains_key("ready")).await;
        for content in ["panic", "hang", "panic", "hello"] {
            fake.event("MESSAGE_CREATE", message(content));
        }
        eventually("the message", || recorder.calls().contains_key("message")).await;
        let durations = || series(&obs, "discord_event_handler_duration_seconds", "event");
        eventually("the panics", || durations().get("message") == Some(&3)).await;
        assert_eq!(series(&obs, in_flight, "event"), owned([("message", 1)]));
    })
    .await;
    assert_eq!(series(&obs, "discord_handler_panics_total", "event"), owned([("message", 2)]));
    assert_eq!(series(&obs, "discord_gateway_events_total", "type")["MESSAGE_CREATE"], 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guilds_that_are_joined_and_left_and_voice_are_counted() {
    let (obs, discord) = bot();
    let (fake, recorder) = (Fake::start().await, Recorder::default());
    let mut client = fake.client(discord.handler(recorder.clone())).await;
    let now = Timestamp::now().to_string();
    during(&discord, &mut client, async {
        eventually("READY", || recorder.calls().contains_key("ready")).await;
        let mut sent = 0;
        let mut send = async |kind: &str, payload, method: &'static str| {
            fake.event(kind, payload);
            sent += 1;
            eventually(&format!("{kind} {sent}"), || {
                let calls = recorder.calls();
                let of = |method: &str| calls.get(method).copied().unwrap_or_default();
                of("guild_create") + of("guild_delete") + of("voice_state_update") == sent
            })
            .await;
            let _ = method;
        };
        let voice = json!([voice_state(BOT, Some("3000"))]);
        send("GUILD_CREATE", guild("2000", &now, &json!([])), "guild_create").await;
        assert_eq!(one(&obs, "discord_guild_joins_total"), 1);
        send("GUILD_CREATE", guild("2001", &now, &voice), "guild_create").await;
        assert_eq!(one(&obs, "discord_voice_connections"), 1);
        send("VOICE_STATE_UPDATE", voice_state(BOT, Some("3000")), "voice_state_update").await;
        send("VOICE_STATE_UPDATE", voice_state("4000", Some("3000")), "voice_state_update").await;
        assert_eq!(one(&obs, "discord_voice_connections"), 2);
        // An outage: the guild goes and comes back, and is neither left nor joined.
        let outage = json!({ "id": "2001", "unavailable": true });
        send("GUILD_DELETE", outage, "guild_delete").await;
        assert_eq!(one(&obs, "discord_voice_connections"), 1);
        let old = guild("2001", "2020-01-01T00:00:00Z", &json!([]));
        send("GUILD_CREATE", old, "guild_create").await;
        send("VOICE_STATE_UPDATE", voice_state(BOT, None), "voice_state_update").await;
        send("GUILD_DELETE", json!({ "id": "2000" }), "guild_delete").await;
    })
    .await;
    assert_eq!(one(&obs, "discord_guild_joins_total"), 2);
    assert_eq!(one(&obs, "discord_guild_leaves_total"), 1);
    assert_eq!(one(&obs, "discord_voice_connections"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_discord_refuses_is_down() {
    let (obs, discord) = bot();
    obs.health().add(Probe::Readiness, "discord", discord.readiness());
    let (fake, recorder) = (Fake::start().await, Recorder::default());
    let mut client = fake.client(discord.handler(recorder.clone())).await;
    let check = discord.readiness();
    assert_eq!(check().await.message(), Some("not started"));
    let script = async {
        eventually("READY", || recorder.calls().contains_key("ready")).await;
        assert_eq!(one(&obs, "discord_shard_up"), 1);
        assert_eq!(one(&obs, "discord_client_up"), 1);
        assert_eq!(check().await.status(), Status::Up);
        fake.order(Order::Close(4014));
    };
    let (result, ()) = tokio::join!(discord.run(&mut client), script);
    let error = result.unwrap_err();
    let refused = serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents);
    assert_eq!(format!("{error:?}"), format!("{refused:?}"));
    assert_eq!(one(&obs, "discord_client_up"), 0);
    assert_eq!(one(&obs, "discord_shard_up"), 0);
    assert_eq!(one(&obs, "discord_shard_restarts_total"), 0);
    assert_eq!(check().await.message(), Some("0 of 1 shards are up"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_several_shards_has_numbers_of_its_own() {
    let (obs, discord) = bot();
    let (fake, recorder) = (Fake::start().await, Recorder::default());
    let mut client = fake.client(discord.handler(recorder.clone())).await;
    let check = discord.readiness();
    let script = async {
        eventually("the first shard", || one(&obs, "discord_shards_connected") == 1).await;
        assert_eq!(one(&obs, "discord_shards_configured"), 2);
        assert_eq!(check().await.status(), Status::Down);
        eventually("the second shard", || one(&obs, "discord_shards_connected") == 2).await;
        assert_eq!(check().await.status(), Status::Up);
        // Both shards get it.
        fake.event("MESSAGE_CREATE", message("hello"));
        eventually("the messages", || recorder.calls().get("message") == Some(&2)).await;
    };
    tokio::select! {
        result = discord.run_shards(&mut client, 2) => panic!("the client ended: {result:?}"),
        () = script => {}
    }
    let two = owned([("0", 2), ("1", 2)]);
    assert_eq!(series(&obs, "discord_gateway_events_total", "shard"), two);
    let one_each = owned([("0", 1), ("1", 1)]);
    assert_eq!(series(&obs, "discord_shard_connects_total", "shard"), one_each);
    assert_eq!(one(&obs, "discord_client_up"), 0, "nobody runs it any more");
}

#[cfg(feature = "framework")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_an_observed_handler_a_framework_counts_no_event_twice() {
    use serenity::client::FullEvent;
    use serenity::framework::Framework;

    struct Plain(Recorder);
    #[serenity::async_trait]
    impl Framework for Plain {
        async fn init(&mut self, _: &Client) {
            self.0.note("init");
        }
        async fn dispatch(&self, _: Context, event: FullEvent) {
            self.0.note(event.snake_case_name());
            if let FullEvent::Message { new_message } = &event {
                assert_ne!(new_message.content, "panic");
            }
        }
    }

    for with_handler in [false, true] {
        let (obs, discord) = bot();
        let (fake, recorder) = (Fake::start().await, Recorder::default());
        let mut builder = fake.builder().framework(discord.framework(Plain(recorder.clone())));
        if with_handler {
            builder = builder.event_handler(discord.handler(Recorder::default()));
        }
        let mut client = builder.await.unwrap();
        fake.connect(&client).await;
        during(&discord, &mut client, async {
            eventually("READY", || recorder.calls().contains_key("ready")).await;
            for content in ["hello", "panic", "hello"] {
                fake.event("MESSAGE_CREATE", message(content));
            }
            let calls = 3 * (1 + u64::from(with_handler));
            eventually("the calls", || {
                let durations = series(&obs, "discord_event_handler_duration_seconds", "event");
                durations.get("message") == Some(&calls)
            })
            .await;
        })
        .await;
        assert_eq!(recorder.calls()["init"], 1);
        let types = owned([("MESSAGE_CREATE", 3), ("READY", 1)]);
        assert_eq!(series(&obs, "discord_gateway_events_total", "type"), types, "{with_handler}");
        assert_eq!(series(&obs, "discord_handler_panics_total", "event"), owned([("message", 1)]));
        assert_eq!(one(&obs, "discord_event_lag_seconds"), 3);
    }
}
