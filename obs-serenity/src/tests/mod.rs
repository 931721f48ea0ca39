//! Every event that serenity knows, against the fake Discord: each arrives, and counts as what it is.

mod allocations;
mod payloads;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use obs_core::Obs;
use obs_core::metrics::Sample;
use obs_test::discord::{Event, FakeDiscord, Shard};
use serenity::client::{Client, ClientBuilder, Context, EventHandler};
use serenity::gateway::ShardStageUpdateEvent;
use serenity::http::{HttpBuilder, RatelimitInfo};
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

/// A Discord without guilds, its only shard, and a client of it.
async fn client(handler: impl EventHandler + 'static) -> (FakeDiscord, Shard, Client) {
    let fake = FakeDiscord::builder().guilds([]).start().await;
    let http = HttpBuilder::new("token").proxy(fake.rest_url()).ratelimiter_disabled(true).build();
    let client = ClientBuilder::new_with_http(http, GatewayIntents::all()).event_handler(handler);
    let (shard, client) = (fake.shard(0), client.await.unwrap());
    (fake, shard, client)
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
    let recorder = Recorder::default();
    let (_fake, shard, mut client) = client(discord.handler(recorder.clone())).await;
    let payloads = payloads::all();
    during(&discord, &mut client, async {
        eventually("READY", || recorder.calls().contains_key("ready")).await;
        for (kind, method, payload) in &payloads {
            let before = recorder.calls().get(method).copied().unwrap_or_default();
            shard.send(Event::new(*kind, payload.clone()));
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
        shard.reconnect();
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
    let lags = owned([("interaction", 1), ("message", 1)]);
    assert_eq!(series(&obs, "discord_event_lag_seconds", "event"), lags);
    assert_eq!(one(&obs, "discord_event_lag_negative_total"), 0);
}
