//! A bot whose Discord is the fake, with all that an application of its own would have: REST over TLS,
//! the rate limiter, a real gateway connection.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use obs_core::Obs;
use obs_core::metrics::Sample;
use obs_serenity::Discord;
use obs_test::discord::{Counts, FakeDiscord};
use serenity::all::{
    ClientBuilder, Context, EventHandler, GatewayIntents, Guild, HttpBuilder, Interaction, Message,
    Ready, ResumedEvent, UnavailableGuild, VoiceState,
};

pub const EVENTS: &str = "discord_gateway_events_total";
pub const UNPARSED: &str = "discord_gateway_unparsed_events_total";
pub const IN_FLIGHT: &str = "discord_event_handlers_in_flight";
pub const DURATION: &str = "discord_event_handler_duration_seconds";
pub const PANICS: &str = "discord_handler_panics_total";

pub struct Bot {
    pub obs: Obs,
    pub discord: Discord,
}

/// A count by name.
pub type By = BTreeMap<String, u64>;

pub fn by<'a>(pairs: impl IntoIterator<Item = (&'a str, u64)>) -> By {
    pairs.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

impl Bot {
    pub fn new() -> Self {
        let obs = obs_core::builder("bot").build().unwrap();
        let discord = obs_serenity::observe(&obs);
        Self { obs, discord }
    }

    /// A client of this fake, to which a handler or a framework is to be added.
    pub fn client(&self, fake: &FakeDiscord) -> ClientBuilder {
        let certificate = reqwest::Certificate::from_der(fake.certificate()).unwrap();
        let builder = reqwest::Client::builder()
            .use_rustls_tls()
            .resolve("discord.com", fake.https_addr())
            .add_root_certificate(certificate);
        let http = HttpBuilder::new("a.bot.token")
            .client(self.discord.http_client_with(builder).unwrap())
            .build();
        ClientBuilder::new_with_http(http, GatewayIntents::all())
    }

    /// The series of a metric whose labels are these, by the values of the label `of`, without those at zero.
    pub fn with(&self, metric: &str, labels: &[(&str, &str)], of: &str) -> By {
        let mut found = By::new();
        self.obs.metrics().visit(&mut |series, sample| {
            let value = match sample {
                Sample::Counter(value) | Sample::Gauge(value) => value,
                Sample::Histogram { buckets, .. } => buckets.iter().sum::<u64>() as f64,
            };
            let has = |wanted: &(&str, &str)| {
                series.labels().any(|(name, value)| (name, &*value) == *wanted)
            };
            if series.name == metric && value != 0.0 && labels.iter().all(has) {
                let label = series.labels().find(|(name, _)| *name == of);
                let label = label.map_or_else(String::new, |(_, value)| value.into_owned());
                *found.entry(label).or_default() += value as u64;
            }
        });
        found
    }

    pub fn by(&self, metric: &str, of: &str) -> By {
        self.with(metric, &[], of)
    }

    /// The sum of all series of a metric.
    pub fn sum(&self, metric: &str) -> u64 {
        self.by(metric, "").values().sum()
    }

    /// The value of a metric without labels; `None` if it is not there.
    pub fn value(&self, metric: &str) -> Option<f64> {
        let mut found = None;
        self.obs.metrics().visit(&mut |series, sample| {
            if let Sample::Counter(value) | Sample::Gauge(value) = sample
                && series.name == metric
            {
                found = Some(value);
            }
        });
        found
    }

    /// Whether a shard is up, as a scrape at this moment would tell.
    pub fn shard_is_up(&self, shard: u32) -> bool {
        !self.with("discord_shard_up", &[("shard", &shard.to_string())], "").is_empty()
    }
}

/// What the fake sent, by the values of the label `type`: names that Discord does not have are `other`.
pub fn types(sent: &Counts, made_up: &[&str]) -> By {
    let mut types = By::new();
    for (name, count) in &sent.events {
        let name = if made_up.contains(&name.as_str()) { "other" } else { name };
        *types.entry(name.to_owned()).or_default() += count;
    }
    types
}

/// Waits until `holds`, for as long as a test may take.
pub async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what} did not come to hold");
}

/// Runs `script` while the client of `running` runs; the client must not end before it.
pub async fn during<T>(
    running: impl Future<Output = serenity::Result<()>>,
    script: impl Future<Output = T>,
) -> T {
    tokio::select! {
        ended = script => ended,
        result = running => panic!("the client ended: {result:?}"),
    }
}

/// Notes what a bot's own code is called with, in order.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub fn contain(&self, line: &str) -> bool {
        self.0.lock().unwrap().iter().any(|noted| noted == line)
    }
}

/// A handler that notes its calls with what tells one from another.
#[serenity::async_trait]
impl EventHandler for Notes {
    async fn ready(&self, ctx: Context, ready: Ready) {
        self.note(format!("{} ready {}", ctx.shard_id, ready.guilds.len()));
    }

    async fn resume(&self, ctx: Context, _: ResumedEvent) {
        self.note(format!("{} resumed", ctx.shard_id));
    }

    async fn guild_create(&self, ctx: Context, guild: Guild, is_new: Option<bool>) {
        self.note(format!("{} guild {} {is_new:?}", ctx.shard_id, guild.id));
    }

    async fn guild_delete(&self, ctx: Context, gone: UnavailableGuild, full: Option<Guild>) {
        let full = full.map(|guild| guild.name);
        self.note(format!("{} gone {} {} {full:?}", ctx.shard_id, gone.id, gone.unavailable));
    }

    async fn message(&self, ctx: Context, message: Message) {
        self.note(format!("{} message {} {}", ctx.shard_id, message.id, message.content));
        assert_ne!(message.content, "panic", "as asked");
    }

    async fn voice_state_update(&self, ctx: Context, old: Option<VoiceState>, new: VoiceState) {
        let old = old.map(|state| state.channel_id);
        self.note(format!("{} voice {old:?} {:?}", ctx.shard_id, new.channel_id));
    }

    async fn interaction_create(&self, ctx: Context, interaction: Interaction) {
        self.note(format!("{} interaction {}", ctx.shard_id, interaction.id()));
    }
}
