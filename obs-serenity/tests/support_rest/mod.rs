//! A bot on the fake Discord: sockets, TLS and serenity's rate limiter are real.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![expect(clippy::disallowed_methods, reason = "tests are an edge")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod log;

use std::collections::BTreeMap;
use std::time::Duration;

use obs_core::Obs;
use obs_core::metrics::{Format, Metrics, Sample};
use obs_serenity::Discord;
use obs_test::discord::{FakeDiscord, Shard};
use serenity::all::{Client, ClientBuilder, GatewayIntents, HttpBuilder};
use tokio::task::JoinHandle;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::prelude::*;

pub use log::Log;

/// The token of every bot here. It has the form of a real one.
pub const BOT_TOKEN: &str =
    "MTE1OTQ4MjczMTg0NzA2MTUwNA.GbT0kn.c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0";

/// What observes a bot, and the fake that it lives on. No client yet.
pub struct Stage {
    pub fake: FakeDiscord,
    pub shard: Shard,
    pub obs: Obs,
    pub discord: Discord,
    pub log: Log,
    _subscriber: DefaultGuard,
}

impl Stage {
    pub async fn new() -> Self {
        let fake = FakeDiscord::builder().token(BOT_TOKEN).start().await;
        Self::on(fake, Log::default())
    }

    /// On a fake that runs already, perhaps on other threads.
    pub fn on(fake: FakeDiscord, log: Log) -> Self {
        let obs = obs_core::builder("bot").bundle(obs_serenity::BUNDLE).build().unwrap();
        let discord = obs_serenity::observe(&obs);
        let subscriber =
            tracing_subscriber::registry().with(log.layers()).with(discord.tracing_layer());
        let shard = fake.shard(0);
        let _subscriber = tracing::subscriber::set_default(subscriber);
        Self { fake, shard, obs, discord, log, _subscriber }
    }

    /// A client's settings: its requests go to the fake as if that were Discord.
    pub fn builder(&self) -> ClientBuilder {
        builder(self.discord.http_client_with(to(&self.fake)).unwrap())
    }

    /// Runs a client as [`Discord::run`] does, until what this returns is aborted.
    pub async fn run(&self, mut client: Client) -> JoinHandle<serenity::Result<()>> {
        let discord = self.discord.clone();
        let running = tokio::spawn(async move { discord.run(&mut client).await });
        self.shard.identified().await;
        self.shard.caught_up().await;
        running
    }

    pub fn metrics(&self) -> &Metrics {
        self.obs.metrics()
    }

    /// All series of a metric; see [`series`].
    pub fn series(&self, name: &str) -> BTreeMap<String, f64> {
        series(self.metrics(), name)
    }

    /// Asserts that a metric has these series that are not zero, and no others.
    #[track_caller]
    pub fn assert_series(&self, name: &str, expected: &[(&str, u32)]) {
        let mut found = self.series(name);
        found.retain(|_, value| *value != 0.0);
        let expected: BTreeMap<_, _> =
            expected.iter().map(|(labels, n)| ((*labels).to_owned(), f64::from(*n))).collect();
        assert_eq!(found, expected, "{name}");
    }

    /// The value of a metric without labels; of a histogram, how many observations there were.
    pub fn value(&self, name: &str) -> f64 {
        self.series(name).get("").copied().unwrap_or(0.0)
    }

    /// The sum of all values of a metric.
    pub fn total(&self, name: &str) -> f64 {
        self.series(name).values().sum()
    }

    /// The value of a series as it is scraped.
    #[track_caller]
    pub fn line(&self, series: &str) -> f64 {
        let text = self.metrics().render(Format::Text);
        let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {series}")).parse().unwrap()
    }

    /// Waits until a metric's values have this sum.
    pub async fn reached(&self, name: &str, total: u32) {
        until(
            || self.total(name) >= f64::from(total),
            || format!("{name}: {:?}", self.series(name)),
        )
        .await;
    }

    /// Waits until the bot's handlers were called this many times for messages and interactions, and
    /// have all returned or panicked.
    pub async fn handled(&self, times: u32) {
        let ended = || -> f64 {
            let all = self.series("discord_event_handler_duration_seconds");
            ["message", "interaction_create"].iter().filter_map(|of| all.get(*of)).sum()
        };
        until(|| ended() >= f64::from(times), || format!("{} of {times} were handled", ended()))
            .await;
    }
}

/// All series of a metric: the values of their labels, in the order that they are declared, and a
/// counter's total, a gauge's value or the number of a histogram's observations.
pub fn series(metrics: &Metrics, name: &str) -> BTreeMap<String, f64> {
    let mut found = BTreeMap::new();
    metrics.visit(&mut |series, sample| {
        if series.name == name {
            let labels: Vec<_> = series.labels().map(|(_, value)| value.to_string()).collect();
            let value = match sample {
                Sample::Counter(value) | Sample::Gauge(value) => value,
                Sample::Histogram { buckets, .. } => buckets.iter().sum::<u64>() as f64,
            };
            found.insert(labels.join(" | "), value);
        }
    });
    found
}

/// The settings of a client whose requests go to the fake as if that were Discord.
pub fn to(fake: &FakeDiscord) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .resolve("discord.com", fake.https_addr())
        .add_root_certificate(reqwest::Certificate::from_der(fake.certificate()).unwrap())
}

/// A bot's settings, with serenity's rate limiter on.
pub fn builder(client: reqwest::Client) -> ClientBuilder {
    let http = HttpBuilder::new(BOT_TOKEN).client(client).build();
    ClientBuilder::new_with_http(http, GatewayIntents::all())
}

/// Waits until something is true; fails the test after half a minute.
pub async fn until(is: impl Fn() -> bool, what: impl Fn() -> String) {
    let waiting = async {
        while !is() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(30), waiting).await.is_err() {
        panic!("in vain: {}", what());
    }
}
