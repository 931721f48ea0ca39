//! Commands of bots without a framework: what is counted and logged, however they end.
#![cfg(feature = "client")]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

mod support;

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use obs_core::metrics::Metrics;
use obs_core::trace;
use obs_serenity::commands::{self, Commands, Kind, Outcome, Source};
use obs_test::{Level, Logs, Metered};
use serde_json::json;
use support::{ID, TOKEN, button, event, interaction, message, slash};

const COMMANDS: &str = "discord_commands_total";
const TARGET: &str = "obs_serenity::command";

struct Bot {
    logs: Logs,
    metrics: Metered,
    commands: Commands,
}

impl Bot {
    fn new() -> Self {
        let metrics = Metrics::new(Default::default());
        let commands = Commands::without_id_fields(&metrics);
        Self { logs: obs_test::capture(), metrics: Metered::of(&metrics), commands }
    }

    fn slash(&self, name: &str) -> commands::Scope {
        self.commands.interaction(Source::Handler, 3, &slash(name), Instant::now())
    }

    #[track_caller]
    fn assert_ended(&self, name: &str, kind: &str, outcome: &str) {
        let labels = [("command", name), ("kind", kind), ("outcome", outcome)];
        self.metrics.assert_value(COMMANDS, labels, 1.0);
        let labels = [("command", name), ("kind", kind)];
        self.metrics.assert_value("discord_command_duration_seconds", labels, 1.0);
        self.metrics.assert_value("discord_commands_in_flight", [], 0.0);
        let event = self.logs.all().with_target(TARGET).only();
        event.assert_field("command", name).assert_field("outcome", outcome);
    }
}

#[tokio::test]
async fn a_command_is_one_event_and_its_handler_s_events_are_its_own() {
    let bot = Bot::new();
    let scope = bot.slash("ping");
    bot.metrics.assert_value("discord_commands_in_flight", [], 1.0);
    let trace = scope
        .run(async {
            tracing::info!("pong");
            tokio::task::yield_now().await;
            tracing::info!("pong again");
            trace::current().unwrap()
        })
        .await;
    tracing::info!("after");

    bot.assert_ended("ping", "slash", "ok");
    bot.metrics.assert_value("discord_interactions_total", [("kind", "slash")], 1.0);
    let end = bot.logs.one("command");
    assert_eq!(end.level(), Level::INFO);
    end.assert_field("kind", "slash").assert_field("shard", 3).assert_no_field("error.type");
    assert!(end.field("event.duration").unwrap().as_u64().unwrap() > 0);
    for said in ["pong", "pong again", "command"] {
        let record = bot.logs.one(said);
        record.assert_field("trace.id", trace.trace_id.to_string());
        record.assert_field("command", "ping").assert_field("shard", 3);
    }
    bot.logs.one("after").assert_no_field("trace.id").assert_no_field("command");
}

#[tokio::test]
async fn a_panic_ends_the_command_and_passes_on() {
    let bot = Bot::new();
    let task = tokio::spawn(bot.slash("boom").run(async {
        commands::report(Outcome::Error);
        panic!("on purpose");
    }));
    assert!(task.await.unwrap_err().is_panic());
    bot.assert_ended("boom", "slash", "panic");
    assert_eq!(bot.logs.one("command").level(), Level::ERROR);
}

#[tokio::test]
async fn a_panic_that_is_caught_outside_is_no_cancellation() {
    let bot = Bot::new();
    let mut running = Box::pin(bot.slash("boom").run(async { panic!("on purpose") }));
    let mut poll = || {
        let _ = running.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    };
    assert!(std::panic::catch_unwind(AssertUnwindSafe(&mut poll)).is_err());
    bot.assert_ended("boom", "slash", "panic");
    drop(running);
    bot.assert_ended("boom", "slash", "panic");
    assert_eq!(trace::current(), None);
}

#[tokio::test]
async fn a_dropped_future_is_cancelled_once_and_its_destructors_are_the_command_s() {
    struct Says;
    impl Drop for Says {
        fn drop(&mut self) {
            tracing::info!("dropped");
        }
    }
    let bot = Bot::new();
    {
        let mut running = pin!(bot.slash("slow").run(async {
            let _says = Says;
            pending::<()>().await;
        }));
        let polled = running.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }
    bot.assert_ended("slow", "slash", "cancelled");
    assert_eq!(bot.logs.one("command").level(), Level::WARN);
    bot.logs.one("dropped").assert_field("command", "slow");
    assert_eq!(trace::current(), None);
}

#[tokio::test]
async fn a_future_that_never_began_and_a_scope_that_never_ran_are_cancelled() {
    let bot = Bot::new();
    drop(bot.slash("a").run(async {}));
    drop(bot.slash("b"));
    for name in ["a", "b"] {
        let labels = [("command", name), ("kind", "slash"), ("outcome", "cancelled")];
        bot.metrics.assert_value(COMMANDS, labels, 1.0);
    }
    bot.metrics.assert_value("discord_commands_in_flight", [], 0.0);
}

#[tokio::test]
async fn a_handler_says_what_it_cannot_return() {
    let bot = Bot::new();
    let url = format!("https://discord.com/api/v10/interactions/{ID}/{TOKEN}/callback");
    let handler = async {
        let error = std::io::Error::other(format!("no answer from {url}"));
        commands::report_error(&error);
        // The first word counts.
        commands::report(Outcome::Ok);
    };
    bot.slash("ask").run(handler).await;
    bot.assert_ended("ask", "slash", "error");
    let end = bot.logs.one("command");
    assert_eq!(end.level(), Level::ERROR);
    end.assert_field("error.type", "error").assert_field(
        "error.message",
        "no answer from https://discord.com/api/v10/interactions/{id}/{token}/callback",
    );
}

#[test]
fn a_word_without_a_command_has_no_effect() {
    let bot = Bot::new();
    commands::report(Outcome::Error);
    commands::report_error(&std::io::Error::other("nobody's"));
    bot.metrics.assert_none(COMMANDS);
    bot.logs.all().assert_empty();
}

#[tokio::test]
async fn commands_that_run_in_turns_do_not_mix() {
    let bot = Bot::new();
    let say = |what: &'static str| async move {
        for _ in 0..3 {
            tracing::info!("{what}");
            tokio::task::yield_now().await;
        }
        commands::report(if what == "one" { Outcome::Error } else { Outcome::Ok });
    };
    let (one, two) = (bot.slash("one").run(say("one")), bot.slash("two").run(say("two")));
    tokio::join!(one, two);
    for (name, outcome) in [("one", "error"), ("two", "ok")] {
        let said = bot.logs.all().with_message(name);
        assert_eq!(said.with_field("command", name).iter().count(), 3, "{name}");
        let labels = [("command", name), ("kind", "slash"), ("outcome", outcome)];
        bot.metrics.assert_value(COMMANDS, labels, 1.0);
    }
}

#[tokio::test]
async fn nothing_a_user_chooses_and_no_token_or_id_is_in_a_label_or_line() {
    let bot = Bot::new();
    let modal = interaction(5, &json!({"custom_id": "form-7", "components": []}));
    for interaction in [slash("ping"), button("delete-7"), modal] {
        let scope = bot.commands.interaction(Source::Handler, 0, &interaction, Instant::now());
        let debug = format!("{scope:?}");
        assert!(!debug.contains(TOKEN) && !debug.contains(ID), "{debug}");
        scope.run(async { tracing::info!("in it") }).await;
    }
    for name in ["component", "modal"] {
        let labels = [("command", name), ("kind", name), ("outcome", "ok")];
        bot.metrics.assert_value(COMMANDS, labels, 1.0);
        bot.metrics.assert_value("discord_interactions_total", [("kind", name)], 1.0);
    }
    let text = bot.metrics.metrics().render(obs_core::metrics::Format::Text);
    let lines = bot.logs.all().into_iter().map(|record| record.line().to_owned());
    for text in lines.chain([text]) {
        for secret in [TOKEN, ID, "delete-7", "form-7", "41771983423143937", "620000000000000008"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test]
async fn an_interaction_that_comes_to_two_parts_counts_once() {
    let bot = Bot::new();
    bot.commands.answered_by(Source::Handler);
    bot.commands.answered_by(Source::Framework);
    for source in [Source::Handler, Source::Framework] {
        let event = event(button("x"));
        bot.commands.event(source, 0, &event, Instant::now()).run(async {}).await;
    }
    bot.metrics.assert_value("discord_interactions_total", [("kind", "component")], 1.0);
}

#[test]
fn a_message_without_a_command_costs_no_allocation_and_records_nothing() {
    let bot = Bot::new();
    let event = message("hello");
    let now = Instant::now();
    let run = || {
        let running = bot.commands.event(Source::Framework, 0, &event, now).run(async {});
        let mut running = pin!(running);
        running.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    };
    assert_eq!(run(), Poll::Ready(()));
    let allocations = allocation_counter::measure(|| {
        for _ in 0..100 {
            let _ = run();
        }
    });
    assert_eq!(allocations.count_total, 0);
    bot.metrics.assert_none(COMMANDS);
    bot.logs.all().assert_empty();
}

#[test]
fn a_guard_ends_with_its_outcome_or_as_it_is_dropped() {
    let bot = Bot::new();
    let begin = |name| bot.commands.begin(Kind::Prefix, name, 0, Instant::now());
    begin("ended").end(Outcome::Cooldown);
    drop(begin("dropped"));
    let unwound = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let _guard = begin("unwound");
        panic!("on purpose");
    }));
    assert!(unwound.is_err());
    for (name, outcome) in [("ended", "cooldown"), ("dropped", "cancelled"), ("unwound", "panic")] {
        let labels = [("command", name), ("kind", "prefix"), ("outcome", outcome)];
        bot.metrics.assert_value(COMMANDS, labels, 1.0);
    }
    bot.metrics.assert_value("discord_commands_in_flight", [], 0.0);
}

#[tokio::test]
async fn a_log_that_knows_no_traces_has_the_ids_as_fields() {
    let metrics = Metrics::new(Default::default());
    let logs = obs_test::capture();
    let guard = Commands::new(&metrics).begin(Kind::Prefix, "ping", 0, Instant::now());
    let trace = guard.trace();
    guard.scope().run(async {}).await;
    logs.one("command").assert_field("trace.id", trace.trace_id.to_string());
}
