//! A bot's own handler under observation: it is called as it would be without, and what it does wrong
//! harms nobody else.
#![cfg(feature = "client")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

#[path = "support/gateway.rs"]
mod support;

use std::sync::{Arc, Mutex, Once, OnceLock, mpsc};
use std::thread::ThreadId;
use std::time::Duration;

use obs_test::discord::{Answer, Event, FakeDiscord, Guild, event};
use serde_json::json;
use serenity::all::{Context, EventHandler, Message, Ready};
use tokio::task::block_in_place;

use support::{Bot, By, DURATION, EVENTS, IN_FLIGHT, Notes, PANICS, by, during, eventually, types};

/// serenity gives a connection up whose acknowledgement takes longer, behind events that it has to read.
const HEARTBEAT: Duration = Duration::from_millis(1500);

/// Panics that reached the panic hook: on which test's thread, and what they said.
static PANICKED: Mutex<Vec<(ThreadId, String)>> = Mutex::new(Vec::new());

fn panics() -> Vec<String> {
    let here = std::thread::current().id();
    let all = PANICKED.lock().unwrap();
    all.iter().filter(|(thread, _)| *thread == here).map(|(_, said)| said.clone()).collect()
}

fn hear_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let said = info.payload().downcast_ref::<String>().map_or("", String::as_str);
            if said.contains("as asked") {
                PANICKED.lock().unwrap().push((std::thread::current().id(), said.to_owned()));
            } else {
                before(info);
            }
        }));
    });
}

/// The same for a bot that is observed and one that is not: some of it depends on what serenity knows
/// from events before.
fn script() -> Vec<Event> {
    let other = Guild::new(event::guild_id(0, 1, 1)).name("other");
    let mut script: Vec<_> = (0..50).map(|n| event::message(&format!("{n}"))).collect();
    script.extend([
        other.create(),
        event::voice_state(event::USER, Some(7)),
        event::voice_state(event::USER, Some(8)),
        event::voice_state(event::USER, None),
        event::message("panic"),
        event::slash("ping"),
        other.outage(),
        other.create(),
        other.delete(),
        Event::new("UNHEARD_OF", json!({})),
        event::message("last"),
    ]);
    script
}

/// What a handler is called with, in order. On one thread, serenity's tasks run in the order of events.
async fn calls(events: &[Event], observed: bool) -> Vec<String> {
    let (bot, notes, fake) = (Bot::new(), Notes::default(), FakeDiscord::start().await);
    let client = bot.client(&fake);
    let mut client = if observed {
        client.event_handler(bot.discord.handler(notes.clone())).await.unwrap()
    } else {
        client.event_handler(notes.clone()).await.unwrap()
    };
    during(bot.discord.run(&mut client), async {
        fake.shard(0).connected().await;
        for event in events {
            fake.shard(0).send(event.clone());
        }
        let last = |line: &String| line.ends_with("last");
        eventually("the last message", || notes.lines().iter().any(last)).await;
    })
    .await;
    assert_eq!(bot.sum(EVENTS) > 0, observed);
    notes.lines()
}

#[tokio::test]
async fn its_calls_are_those_of_a_handler_that_is_not_observed() {
    hear_panics();
    let events = script();
    let bare = calls(&events, false).await;
    let panic = panics();
    assert_eq!(panic.len(), 1);
    assert_eq!(calls(&events, true).await, bare);
    assert_eq!(panics(), [panic.clone(), panic].concat(), "a panic is reported once");
    let messages = bare.iter().filter(|line| line.contains(" message ")).count();
    assert_eq!((messages, bare.len()), (52, 52 + 2 + 3 + 4 + 1), "{bare:#?}");
}

/// Keeps the context of READY.
#[derive(Default)]
struct Keeper(Arc<OnceLock<Context>>);

#[serenity::async_trait]
impl EventHandler for Keeper {
    async fn ready(&self, ctx: Context, _: Ready) {
        let _ = self.0.set(ctx);
    }
}

#[tokio::test]
async fn its_panic_reaches_the_task_that_called_it() {
    hear_panics();
    let (bot, kept, fake) = (Bot::new(), Arc::default(), FakeDiscord::start().await);
    let keeper = bot.discord.handler(Keeper(Arc::clone(&kept)));
    let mut client = bot.client(&fake).event_handler(keeper).await.unwrap();
    during(bot.discord.run(&mut client), eventually("READY", || kept.get().is_some())).await;

    let observed = bot.discord.handler(Notes::default());
    let message = serde_json::from_value(event::message("panic").data().clone()).unwrap();
    let call = async move { observed.message(kept.get().unwrap().clone(), message).await };
    let panic = tokio::task::JoinSet::from_iter([call]).join_next().await.unwrap().unwrap_err();
    let said = panic.into_panic();
    assert!(said.downcast_ref::<String>().is_some_and(|said| said.contains("as asked")));
    assert_eq!(bot.by(PANICS, "event"), by([("message", 1)]));
    assert_eq!(bot.by(IN_FLIGHT, "event"), By::new());
}

/// Blocks its thread at one message until it is told to go on.
struct Blocking {
    notes: Notes,
    go_on: Mutex<mpsc::Receiver<()>>,
}

#[serenity::async_trait]
impl EventHandler for Blocking {
    async fn ready(&self, ctx: Context, ready: Ready) {
        self.notes.ready(ctx, ready).await;
    }

    async fn message(&self, ctx: Context, message: Message) {
        if message.content == "block" {
            // Without this, tokio may leave the shard's own task on the thread that is blocked.
            block_in_place(|| self.go_on.lock().unwrap().recv().unwrap());
        }
        self.notes.message(ctx, message).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_that_blocks_its_thread_is_in_flight_and_others_go_on() {
    let (bot, notes) = (Bot::new(), Notes::default());
    let fake = FakeDiscord::builder().heartbeat_interval(HEARTBEAT).start().await;
    let (go, go_on) = mpsc::channel();
    let handler = Blocking { notes: notes.clone(), go_on: Mutex::new(go_on) };
    let mut client = bot.client(&fake).event_handler(bot.discord.handler(handler)).await.unwrap();
    let shard = fake.shard(0);
    during(bot.discord.run(&mut client), async {
        shard.connected().await;
        shard.send(event::message("block"));
        eventually("the call", || bot.by(IN_FLIGHT, "event") == by([("message", 1)])).await;
        let heartbeats = shard.counts().heartbeats;
        shard.send_times(&event::message("many"), 200);
        let done = || bot.with(DURATION, &[("event", "message")], "event");
        eventually("the others", || done() == by([("message", 200)])).await;
        shard.counted(|counts| counts.heartbeats > heartbeats).await;
        eventually("a latency", || bot.value("discord_shard_latency_seconds").is_some()).await;
        assert!(bot.shard_is_up(0));
        assert_eq!(bot.by(IN_FLIGHT, "event"), by([("message", 1)]));
        go.send(()).unwrap();
        eventually("its end", || done() == by([("message", 201)])).await;
    })
    .await;
    assert_eq!(bot.by(IN_FLIGHT, "event"), By::new());
    assert_eq!(bot.by(PANICS, "event"), By::new());
    assert_eq!(bot.by(EVENTS, "type"), types(&fake.counts(), &[]));
    let labels = [("code", "1000")];
    assert_eq!(bot.with("discord_gateway_closes_total", &labels, ""), By::new());
}

#[tokio::test]
async fn the_limit_of_session_starts_is_what_discord_says() {
    let (bot, fake) = (Bot::new(), FakeDiscord::start().await);
    let gateway = json!({
        "url": fake.gateway_url(), "shards": 1,
        "session_start_limit": {
            "total": 1000, "remaining": 37, "reset_after": 7_200_000, "max_concurrency": 1,
        },
    });
    // Without an answer nothing is known, rather than nothing left.
    fake.answer("GET /gateway/bot", [Answer::error(500)]);
    let mut client =
        bot.client(&fake).event_handler(bot.discord.handler(Notes::default())).await.unwrap();
    during(bot.discord.run(&mut client), async {
        fake.requested("GET /gateway/bot", 1).await;
        eventually("up", || bot.shard_is_up(0)).await;
        assert_eq!(bot.value("discord_session_starts_remaining"), None);
    })
    .await;

    let bot = Bot::new();
    fake.answer_always("GET /gateway/bot", Answer::json(200, gateway));
    let mut client =
        bot.client(&fake).event_handler(bot.discord.handler(Notes::default())).await.unwrap();
    during(bot.discord.run_autosharded(&mut client), async {
        eventually("the limit", || bot.value("discord_session_start_reset_seconds").is_some())
            .await;
        assert_eq!(bot.value("discord_session_starts_remaining"), Some(37.0));
        assert_eq!(bot.value("discord_session_starts_limit"), Some(1000.0));
        let reset = bot.value("discord_session_start_reset_seconds").unwrap();
        assert!((7000.0..=7200.0).contains(&reset), "{reset}");
    })
    .await;
}
