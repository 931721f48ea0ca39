//! Whether a shard is up, told within a second of the truth, whatever becomes of its connection.
//!
//! Each bot has a thread and a runtime of its own, so that a subscriber of its own hears all its tasks.
#![cfg(feature = "client")]
#![expect(clippy::print_stdout, reason = "how long a scrape differed, for whoever asks")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

#[path = "support/gateway.rs"]
mod support;
#[path = "support/truth.rs"]
mod truth;

use std::sync::Arc;
use std::time::Duration;

use obs_core::health::Status;
use obs_test::discord::{FakeDiscord, Shard, event};
use serenity::all::{GatewayError, ShardId, ShardManager};
use tracing_subscriber::prelude::*;

use support::{Bot, By, EVENTS, Notes, by, during, eventually};
use truth::{SECOND, Truth};

/// Quick, but a busy machine acknowledges within it.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// What happens to a connection, and what is to be counted.
struct Fault {
    name: &'static str,
    happens: fn(&Shard),
    /// The bot restarts the shard, beside what happens.
    by_the_bot: bool,
    connects: &'static [(&'static str, u64)],
    restarts: &'static [(&'static str, u64)],
    closes: &'static [(&'static str, u64)],
}

impl Fault {
    /// A session that is resumed.
    const RESUMED: Self = Self {
        name: "",
        happens: |_| {},
        by_the_bot: false,
        connects: &[("identify", 1), ("resume", 1)],
        restarts: &[],
        closes: &[],
    };
    /// A session that is lost.
    const LOST: Self = Self { connects: &[("identify", 2)], ..Self::RESUMED };
}

const FAULTS: [Fault; 10] = [
    Fault {
        name: "op 7",
        happens: Shard::reconnect,
        restarts: &[("reconnect", 1)],
        ..Fault::RESUMED
    },
    Fault {
        name: "op 9, resumable",
        happens: |shard| shard.invalid_session(true),
        restarts: &[("invalid_session", 1)],
        ..Fault::RESUMED
    },
    Fault {
        name: "op 9, not resumable",
        happens: |shard| shard.invalid_session(false),
        restarts: &[("invalid_session", 1)],
        ..Fault::LOST
    },
    Fault {
        name: "close 4008",
        happens: |shard| shard.close(4008),
        restarts: &[("closed", 1)],
        closes: &[("4008", 1)],
        ..Fault::RESUMED
    },
    Fault {
        name: "close 1001",
        happens: |shard| shard.close(1001),
        restarts: &[("closed", 1)],
        closes: &[("1001", 1)],
        ..Fault::RESUMED
    },
    Fault {
        name: "close 4009",
        happens: |shard| shard.close(4009),
        restarts: &[("closed", 1)],
        closes: &[("4009", 1)],
        ..Fault::LOST
    },
    Fault {
        name: "no acknowledgements",
        happens: Shard::withhold_acks,
        restarts: &[("heartbeat", 1)],
        ..Fault::LOST
    },
    Fault { name: "a cut", happens: Shard::cut, restarts: &[("error", 1)], ..Fault::RESUMED },
    Fault {
        name: "op 7 and a session that is gone",
        happens: |shard| {
            shard.reconnect();
            shard.forget_session();
        },
        restarts: &[("invalid_session", 1), ("reconnect", 1)],
        ..Fault::LOST
    },
    Fault {
        name: "a restart that the bot asks for",
        by_the_bot: true,
        restarts: &[("requested", 1)],
        ..Fault::LOST
    },
];

/// What came of a fault.
struct Outcome {
    /// Samples in a row that were not the truth.
    differed: u64,
    said: Vec<bool>,
    connects: By,
    restarts: By,
    closes: By,
}

/// Runs each fault with a bot of its own, all at once: serenity takes five seconds for some.
fn each_fault(with_layer: bool, check: impl Fn(&Fault, Outcome) + Sync) {
    std::thread::scope(|scope| {
        for fault in &FAULTS {
            let check = &check;
            scope.spawn(move || check(fault, alone(with_layer, suffer(fault, with_layer))));
        }
    });
}

/// Runs `script` on a runtime of this thread.
fn alone<T>(with_layer: bool, script: impl AsyncFnOnce(Bot) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bot = Bot::new();
    let subscriber = tracing_subscriber::registry();
    let _guard = if with_layer {
        tracing::subscriber::set_default(subscriber.with(bot.discord.tracing_layer()))
    } else {
        tracing::subscriber::set_default(subscriber)
    };
    runtime.block_on(script(bot))
}

fn suffer(fault: &Fault, with_layer: bool) -> impl AsyncFnOnce(Bot) -> Outcome {
    async move |bot| {
        let fake = FakeDiscord::builder().heartbeat_interval(HEARTBEAT).start().await;
        let notes = Notes::default();
        let handler = bot.discord.handler(notes.clone());
        let mut client = bot.client(&fake).event_handler(handler).await.unwrap();
        let manager = Arc::clone(&client.shard_manager);
        let truth = Truth::of(&bot, &fake, 0);
        let shard = fake.shard(0);
        let script = async {
            shard.connected().await;
            eventually("up", || bot.shard_is_up(0)).await;
            truth.passes(SECOND / 2).await;

            // Long enough that a scrape must tell, however quickly serenity comes back.
            shard.hold();
            (fault.happens)(&shard);
            if fault.by_the_bot {
                restart(&manager).await;
            }
            eventually("the end", || !shard.is_up()).await;
            truth.passes(2 * SECOND).await;
            assert!(!shard.is_up(), "{}", fault.name);
            shard.give_acks();
            shard.release();

            eventually("a connection", || shard.is_up()).await;
            eventually("up again", || bot.shard_is_up(0)).await;
            truth.passes(SECOND).await;
            assert!(shard.is_up(), "{}", fault.name);
        };
        tokio::select! {
            result = bot.discord.run(&mut client) => panic!("the client ended: {result:?}"),
            never = truth.watch() => match never {},
            () = script => {}
        }
        let (differed, took) = truth.longest_difference();
        println!("{:32} layer: {with_layer:5}  differed for {took:?}", fault.name);
        Outcome {
            differed,
            said: truth.said(),
            connects: bot.by("discord_shard_connects_total", "kind"),
            restarts: bot.by("discord_shard_restarts_total", "reason"),
            closes: bot.by("discord_gateway_closes_total", "code"),
        }
    }
}

async fn restart(manager: &ShardManager) {
    manager.restart(ShardId(0)).await;
}

#[test]
fn with_the_layer_the_truth_is_told_within_a_second() {
    each_fault(true, |fault, outcome| {
        let name = fault.name;
        assert!(outcome.differed < SECOND, "{name}: {} samples", outcome.differed);
        assert_eq!(outcome.said, [false, true, false, true], "{name}");
        assert_eq!(outcome.connects, by(fault.connects.iter().copied()), "{name}");
        assert_eq!(outcome.restarts, by(fault.restarts.iter().copied()), "{name}");
        assert_eq!(outcome.closes, by(fault.closes.iter().copied()), "{name}");
    });
}

/// Nothing tells of an end but a new connection, and that serenity has taken the runner away: a moment
/// before it starts another.
#[test]
fn without_it_a_connection_that_is_made_anew_may_count_as_up_throughout() {
    each_fault(false, |fault, outcome| {
        let name = fault.name;
        if fault.connects.contains(&("resume", 1)) {
            assert_eq!(outcome.said, [false, true], "{name}");
        }
        assert_eq!(outcome.connects, by(fault.connects.iter().copied()), "{name}");
        assert_eq!(outcome.restarts, by([("unknown", 1)]), "{name}");
        assert_eq!(outcome.closes, By::new(), "{name}");
    });
}

#[test]
fn a_close_that_is_final_ends_the_client_with_its_error() {
    for with_layer in [true, false] {
        alone(with_layer, async |bot: Bot| {
            let fake = FakeDiscord::start().await;
            let handler = bot.discord.handler(Notes::default());
            let mut client = bot.client(&fake).event_handler(handler).await.unwrap();
            let check = bot.discord.readiness();
            let truth = Truth::of(&bot, &fake, 0);
            assert_eq!(check().await.message(), Some("not started"));
            let script = async {
                eventually("up", || bot.shard_is_up(0)).await;
                assert_eq!(bot.value("discord_client_up"), Some(1.0));
                assert_eq!(check().await.status(), Status::Up);
                fake.shard(0).close(4014);
            };
            let result = tokio::select! {
                (result, ()) = async { tokio::join!(bot.discord.run(&mut client), script) } => result,
                never = truth.watch() => match never {},
            };
            let error = result.unwrap_err();
            let wanted = serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents);
            assert_eq!(format!("{error:?}"), format!("{wanted:?}"));
            assert_eq!(bot.value("discord_client_up"), Some(0.0));
            assert!(!bot.shard_is_up(0));
            assert_eq!(check().await.message(), Some("0 of 1 shards are up"));
            assert!(truth.longest_difference().0 < SECOND);
            let closed = |n| by([("4014", n)]).into_iter().filter(|_| with_layer).collect::<By>();
            assert_eq!(bot.by("discord_gateway_closes_total", "code"), closed(1));
        });
    }
}

/// Two shards, of which one loses its connection: the other's numbers stay, and so does readiness.
#[test]
fn readiness_needs_all_shards_once() {
    alone(true, async |bot: Bot| {
        let fake = FakeDiscord::builder().heartbeat_interval(HEARTBEAT).start().await;
        let handler = bot.discord.handler(Notes::default());
        let mut client = bot.client(&fake).event_handler(handler).await.unwrap();
        let check = bot.discord.readiness();
        let gauge = |name: &str| bot.value(&format!("discord_shards_{name}"));
        during(bot.discord.run_shards(&mut client, 2), async {
            eventually("the first", || gauge("connected") == Some(1.0)).await;
            assert_eq!(gauge("configured"), Some(2.0));
            assert_eq!(check().await.message(), Some("1 of 2 shards are up"));
            assert_eq!(check().await.status(), Status::Down);
            eventually("the second", || gauge("connected") == Some(2.0)).await;
            assert_eq!(check().await.status(), Status::Up);

            let second = fake.shard(1);
            second.hold();
            second.reconnect();
            eventually("its end", || !bot.shard_is_up(1)).await;
            assert!(bot.shard_is_up(0));
            assert_eq!(gauge("connected"), Some(1.0));
            assert_eq!(check().await.status(), Status::Degraded);
            fake.shard(0).send(event::message("still here"));
            let messages = [("shard", "0"), ("type", "MESSAGE_CREATE")];
            eventually("a message", || !bot.with(EVENTS, &messages, "").is_empty()).await;
            second.release();
            eventually("it again", || bot.shard_is_up(1)).await;
            assert_eq!(check().await.status(), Status::Up);
            eventually("latencies", || {
                let mut shards = 0;
                bot.obs.metrics().visit(&mut |series, sample| {
                    let obs_core::metrics::Sample::Gauge(value) = sample else { return };
                    if series.name == "discord_shard_latency_seconds" {
                        assert!(0.0 < value && value < 60.0, "{value}");
                        shards += 1;
                    }
                });
                shards == 2
            })
            .await;
        })
        .await;
        let of = |shard| bot.with("discord_shard_restarts_total", &[("shard", shard)], "reason");
        assert_eq!((of("0"), of("1")), (By::new(), by([("reconnect", 1)])));
    });
}
