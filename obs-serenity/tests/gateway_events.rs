//! What the gateway sends is what is counted, with all that the events tell: a real client, two shards,
//! and the fake's own count to compare with.
#![cfg(feature = "client")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

#[path = "support/gateway.rs"]
mod support;

use std::time::{Duration, SystemTime};

use obs_core::metrics::Sample;
use obs_test::discord::{Event, FakeDiscord, Guild, event};
use serde_json::json;
use serenity::all::{ClientBuilder, Timestamp};

use support::{
    Bot, By, DURATION, EVENTS, IN_FLIGHT, Notes, PANICS, UNPARSED, by, during, eventually, types,
};

const MADE_UP: [&str; 2] = ["GUILD_OF_TOMORROW", "ANOTHER"];

/// Which of the bot's own code is wrapped.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wrapped {
    Handler,
    #[cfg(feature = "framework")]
    Framework,
    /// A handler beside a framework; events count once, calls twice.
    #[cfg(feature = "framework")]
    Both,
}

#[cfg(feature = "framework")]
struct Plain(Notes);

#[cfg(feature = "framework")]
#[serenity::async_trait]
impl serenity::framework::Framework for Plain {
    async fn dispatch(&self, ctx: serenity::all::Context, event: serenity::all::FullEvent) {
        event.dispatch(ctx, &self.0).await;
    }
}

impl Wrapped {
    fn around(self, bot: &Bot, client: ClientBuilder, notes: &Notes) -> ClientBuilder {
        match self {
            Self::Handler => client.event_handler(bot.discord.handler(notes.clone())),
            #[cfg(feature = "framework")]
            Self::Framework => client.framework(bot.discord.framework(Plain(notes.clone()))),
            #[cfg(feature = "framework")]
            Self::Both => Self::Framework
                .around(bot, client, &Notes::default())
                .event_handler(bot.discord.handler(notes.clone())),
        }
    }

    fn calls(self) -> u64 {
        match self {
            Self::Handler => 1,
            #[cfg(feature = "framework")]
            Self::Framework => 1,
            #[cfg(feature = "framework")]
            Self::Both => 2,
        }
    }
}

fn guilds() -> [Guild; 3] {
    let other = |shard| Guild::new(event::guild_id(shard, 2, 0));
    [Guild::new(event::GUILD).voice_channel(7, "talk"), other(0), other(1)]
}

/// The age of a message, as its id tells.
fn aged(content: &str, made: SystemTime) -> Event {
    event::message(content).set("id", event::snowflake(made).to_string())
}

#[expect(clippy::disallowed_methods, reason = "ids tell the time")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// Runs a bot of two shards and sends it some of everything.
async fn run(wrapped: Wrapped, fake: FakeDiscord) {
    let (bot, notes) = (Bot::new(), Notes::default());
    let mut client = wrapped.around(&bot, bot.client(&fake), &notes).await.unwrap();
    during(bot.discord.run_shards(&mut client, 2), async {
        for shard in [0, 1] {
            eventually("a shard's guilds", || {
                let connected = |line: &String| line.starts_with(&format!("{shard} guild"));
                notes.lines().iter().filter(|line| connected(line)).count() == 2 - shard
            })
            .await;
        }
        assert_eq!(bot.sum("discord_guild_joins_total"), 0, "{wrapped:?}: they were there before");
        on_the_first_shard(&bot, &fake, &notes).await;
        on_the_second_shard(&fake, &notes).await;
        eventually("all calls", || bot.by(DURATION, "event") == calls(wrapped, &fake, &bot)).await;
        cache(&bot).await;
    })
    .await;
    exactly(wrapped, &bot, &fake);
}

async fn on_the_first_shard(bot: &Bot, fake: &FakeDiscord, notes: &Notes) {
    let shard = fake.shard(0);
    let noted = async |what: &str| {
        eventually(what, || notes.lines().iter().any(|line| line.contains(what))).await;
    };
    for content in ["one", "two", "three"] {
        shard.send(event::message(content));
    }
    shard.send(aged("old", now() - Duration::from_secs(100)));
    shard.send(aged("of tomorrow", now() + Duration::from_secs(3600)));
    shard.send(event::slash("ping"));
    shard.send(Event::new(MADE_UP[0], json!({ "id": "1" })));
    shard.send(Event::new(MADE_UP[1], json!({})));
    shard.send(event::message("broken").remove("author"));

    // The bot and another user in a voice channel, an outage, and the guild back again.
    let [home, other, _] = guilds();
    shard.send(event::voice_state(event::BOT, Some(7)));
    shard.send(event::voice_state(event::USER, Some(7)));
    eventually("voice", || bot.value("discord_voice_connections") == Some(1.0)).await;
    let new = Guild::new(event::guild_id(0, 2, 9));
    shard.send(new.create().set("joined_at", Timestamp::now().to_string()).set("member_count", 12));
    noted(&format!("guild {}", new.id())).await;
    assert_eq!(bot.sum("discord_guild_joins_total"), 1);
    shard.send(home.outage());
    noted(&format!("gone {} true", home.id())).await;
    assert_eq!(bot.value("discord_voice_connections"), Some(0.0), "it is not there");
    if cfg!(feature = "cache") {
        let gauge = || bot.value("discord_cache_unavailable_guilds");
        eventually("the outage in the cache", || gauge() == Some(1.0)).await;
    }
    let before = notes.lines().len();
    shard.send(home.create());
    eventually("the guild again", || notes.lines().len() > before).await;
    shard.send(other.delete());
    noted(&format!("gone {} false", other.id())).await;

    shard.caught_up().await;
    shard.reconnect();
    shard.send(event::message("kept for the resume"));
    noted("kept for the resume").await;
}

async fn on_the_second_shard(fake: &FakeDiscord, notes: &Notes) {
    let shard = fake.shard(1);
    shard.send_times(&event::message("many"), 40);
    shard.send(event::message("panic"));
    shard.send(event::message("panic"));
    shard.caught_up().await;
    shard.close(4008);
    shard.connected().await;
    shard.send(event::message("last"));
    let last = |line: &String| line.starts_with("1 message") && line.ends_with("last");
    eventually("the last message", || notes.lines().iter().any(last)).await;
}

/// How often each method is called for what was sent.
fn calls(wrapped: Wrapped, fake: &FakeDiscord, bot: &Bot) -> By {
    let sent = fake.counts();
    let mut calls = by([
        ("guild_create", sent.event("GUILD_CREATE")),
        ("guild_delete", sent.event("GUILD_DELETE")),
        ("interaction_create", sent.event("INTERACTION_CREATE")),
        ("message", sent.event("MESSAGE_CREATE") - 1),
        ("ready", sent.event("READY")),
        ("resume", sent.event("RESUMED")),
        ("voice_state_update", sent.event("VOICE_STATE_UPDATE")),
    ]);
    calls.values_mut().for_each(|count| *count *= wrapped.calls());
    // serenity makes these up; another test looks at them.
    for method in ["cache_ready", "shard_stage_update", "shards_ready"] {
        let made_up = bot.with(DURATION, &[("event", method)], "event");
        calls.extend(made_up);
    }
    calls
}

async fn cache(bot: &Bot) {
    if cfg!(feature = "cache") {
        // One joined, one left; the bot and a user are in all of them.
        let wanted = [
            ("guilds", 3.0),
            ("unavailable_guilds", 0.0),
            ("users", 2.0),
            ("channels", 4.0),
            ("unknown_members", 10.0),
        ];
        for (what, count) in wanted {
            let gauge = || bot.value(&format!("discord_cache_{what}"));
            eventually(what, || gauge() == Some(count)).await;
        }
    } else {
        assert_eq!(bot.value("discord_cache_guilds"), None, "there is no cache");
    }
}

fn exactly(wrapped: Wrapped, bot: &Bot, fake: &FakeDiscord) {
    for id in [0, 1] {
        let mut sent = types(&fake.shard(id).counts(), &MADE_UP);
        if !cfg!(feature = "collector") && id == 0 {
            // No handler sees what serenity cannot read.
            sent.remove("other");
            *sent.get_mut("MESSAGE_CREATE").unwrap() -= 1;
        }
        let counted = bot.with(EVENTS, &[("shard", &id.to_string())], "type");
        assert_eq!(counted, sent, "{wrapped:?}, shard {id}");
    }
    let unparsed = if cfg!(feature = "collector") {
        by([("MESSAGE_CREATE", 1), ("other", 2)])
    } else {
        By::new()
    };
    assert_eq!(bot.by(UNPARSED, "type"), unparsed, "{wrapped:?}");
    assert_eq!(bot.by(DURATION, "event"), calls(wrapped, fake, bot), "{wrapped:?}");
    assert_eq!(bot.by(IN_FLIGHT, "event"), By::new(), "{wrapped:?}");
    assert_eq!(bot.by(PANICS, "event"), by([("message", 2 * wrapped.calls())]), "{wrapped:?}");
    let connects = |shard| bot.with("discord_shard_connects_total", &[("shard", shard)], "kind");
    assert_eq!(
        [connects("0"), connects("1")],
        [(); 2].map(|()| by([("identify", 1), ("resume", 1)]))
    );
    assert_eq!(bot.sum("discord_guild_joins_total"), 1, "{wrapped:?}");
    assert_eq!(bot.sum("discord_guild_leaves_total"), 1, "{wrapped:?}");
    lag(bot, fake);
}

fn lag(bot: &Bot, fake: &FakeDiscord) {
    let mut seen = 0;
    bot.obs.metrics().visit(&mut |series, sample| {
        let Sample::Histogram { buckets, sum } = sample else { return };
        if series.name != "discord_event_lag_seconds" {
            return;
        }
        seen += 1;
        let event = series.labels().next().unwrap().1.into_owned();
        let all: u64 = buckets.iter().sum();
        if event == "message" {
            assert_eq!(all, fake.counts().event("MESSAGE_CREATE") - 1);
            assert_eq!(buckets.last(), Some(&1), "one of a hundred seconds: {buckets:?}");
            assert!(buckets[0] >= 1, "one of tomorrow, which has no lag: {buckets:?}");
            assert!((100.0..1000.0).contains(&sum), "{sum}");
        } else {
            assert_eq!((&*event, all, buckets.last()), ("interaction", 1, Some(&0)));
        }
    });
    assert_eq!(seen, 2);
    assert_eq!(bot.value("discord_event_lag_negative_total"), Some(1.0));
}

/// All at once: serenity takes five seconds to start a second shard.
#[tokio::test]
async fn what_is_sent_is_what_is_counted() {
    let fake = || FakeDiscord::builder().guilds(guilds());
    let handler = run(Wrapped::Handler, fake().start().await);
    #[cfg(feature = "framework")]
    tokio::join!(
        handler,
        run(Wrapped::Framework, fake().compress_payloads().start().await),
        run(Wrapped::Both, fake().start().await),
    );
    #[cfg(not(feature = "framework"))]
    handler.await;
}

#[cfg(feature = "collector")]
#[tokio::test]
async fn what_serenity_cannot_read_is_counted_on_each_session() {
    let (bot, notes, fake) = (Bot::new(), Notes::default(), FakeDiscord::start().await);
    let handler = bot.discord.handler(notes.clone());
    let mut client = bot.client(&fake).event_handler(handler).await.unwrap();
    let shard = fake.shard(0);
    during(bot.discord.run(&mut client), async {
        let handled = async |line: &str, times: usize| {
            let is = |noted: &String| noted.contains(line);
            eventually(line, || notes.lines().into_iter().filter(is).count() == times).await;
        };
        handled("guild", 1).await;
        let malformed = Event::new("GUILD_CREATE", json!({ "id": "2000", "secret": "hunter2" }));
        shard.send_times(&malformed, 1);
        shard.send(Event::new(MADE_UP[0], json!({ "id": "7" })));
        shard.send(event::message("hello"));
        handled("hello", 1).await;
        assert_eq!(bot.by(UNPARSED, "type"), by([("GUILD_CREATE", 1), ("other", 1)]));

        // A resume keeps the runner and with it the collector.
        shard.reconnect();
        shard.send_times(&malformed, 1);
        handled("resumed", 1).await;
        eventually("another", || bot.by(UNPARSED, "type")["GUILD_CREATE"] == 2).await;

        // A session that is over makes a new one.
        shard.invalid_session(false);
        handled("ready", 2).await;
        shard.send_times(&malformed, 1);
        shard.send(event::message("again"));
        handled("again", 1).await;
        handled("guild", 2).await;
    })
    .await;
    assert_eq!(bot.by(EVENTS, "type"), types(&fake.counts(), &MADE_UP));
    assert_eq!(bot.by(UNPARSED, "type"), by([("GUILD_CREATE", 3), ("other", 1)]));
    let text = bot.obs.metrics().render(obs_core::metrics::Format::Text);
    assert!(!text.contains("TOMORROW") && !text.contains("hunter2"), "{text}");
}
