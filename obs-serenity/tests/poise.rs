//! Commands of poise's: what its hooks say of them, and what the bot's own hooks see.
#![cfg(feature = "poise")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

#[path = "support/stage.rs"]
mod stage;
mod support;

use std::fmt;
use std::future::Future as _;
use std::pin::pin;
use std::task::{Context as Task, Waker};

use obs_core::trace;
use obs_test::Level;
use poise::{FrameworkError, FrameworkOptions, PrefixFrameworkOptions};
use serde_json::json;
use serenity::client::FullEvent;
use stage::{Seen, Stage};
use support::{button, event, interaction, message, slash};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Context<'a> = poise::Context<'a, Seen, Error>;

#[derive(Debug)]
struct Refused(std::io::Error);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn refused() -> Refused {
    Refused(std::io::Error::other("no table"))
}

/// Works.
#[poise::command(slash_command, prefix_command)]
async fn ping(ctx: Context<'_>) -> Result<(), Error> {
    tracing::info!("pong");
    ctx.data().push("ping");
    Ok(())
}

/// Fails.
#[poise::command(slash_command, prefix_command)]
async fn fail(_: Context<'_>) -> Result<(), Error> {
    Err(refused().into())
}

/// Panics.
#[poise::command(slash_command, prefix_command)]
async fn boom(_: Context<'_>) -> Result<(), Error> {
    panic!("on purpose")
}

/// Never ends.
#[poise::command(slash_command, prefix_command)]
async fn hang(_: Context<'_>) -> Result<(), Error> {
    std::future::pending().await
}

/// Takes a number.
#[poise::command(prefix_command)]
async fn add(_: Context<'_>, _number: i32) -> Result<(), Error> {
    Ok(())
}

async fn no(_: Context<'_>) -> Result<bool, Error> {
    Ok(false)
}

async fn broken(_: Context<'_>) -> Result<bool, Error> {
    Err(refused().into())
}

/// Is refused.
#[poise::command(slash_command, prefix_command, check = "no")]
async fn never(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// Is refused by a check that fails.
#[poise::command(prefix_command, check = "broken")]
async fn unchecked(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// Once in an hour.
#[poise::command(prefix_command, slash_command, global_cooldown = 3600)]
async fn rare(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// Not in direct messages.
#[poise::command(prefix_command, guild_only)]
async fn guild(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// For nobody.
#[poise::command(prefix_command, owners_only)]
async fn own(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// Has sub-commands.
#[poise::command(prefix_command, slash_command, subcommands("ban"), subcommand_required)]
async fn moderate(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// A sub-command.
#[poise::command(prefix_command, slash_command)]
async fn ban(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

async fn apart(error: FrameworkError<'_, Seen, Error>) {
    error.ctx().unwrap().data().push("apart");
}

/// Has an `on_error` of its own.
#[poise::command(prefix_command, slash_command, on_error = "apart")]
async fn odd(_: Context<'_>) -> Result<(), Error> {
    Err(refused().into())
}

/// The same, and is refused.
#[poise::command(prefix_command, slash_command, on_error = "apart", check = "no")]
async fn picky(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

fn options() -> FrameworkOptions<Seen, Error> {
    let commands = vec![
        ping(),
        fail(),
        boom(),
        hang(),
        add(),
        never(),
        unchecked(),
        rare(),
        guild(),
        own(),
        moderate(),
        odd(),
        picky(),
    ];
    FrameworkOptions {
        commands,
        prefix_options: PrefixFrameworkOptions { prefix: Some("!".into()), ..Default::default() },
        pre_command: |ctx| {
            Box::pin(
                async move { ctx.data().push(format!("pre {}", ctx.command().qualified_name)) },
            )
        },
        post_command: |ctx| Box::pin(async move { ctx.data().push("post") }),
        command_check: Some(|ctx| {
            Box::pin(async move {
                ctx.data().push("check");
                Ok(true)
            })
        }),
        on_error: |error| {
            Box::pin(async move {
                tracing::info!("told");
                match error {
                    FrameworkError::UnknownCommand { framework, .. }
                    | FrameworkError::EventHandler { framework, .. }
                    | FrameworkError::UnknownInteraction { framework, .. } => {
                        framework.user_data.push("error");
                    }
                    error => error.ctx().unwrap().data().push("error"),
                }
            })
        },
        event_handler: |framework, event| {
            Box::pin(async move {
                framework.user_data.push(event.snake_case_name());
                match event {
                    FullEvent::InteractionCreate {
                        interaction: serenity::all::Interaction::Component(component),
                    } if component.data.custom_id == "bad" => Err(refused().into()),
                    _ => Ok(()),
                }
            })
        },
        ..Default::default()
    }
}

fn instrumented() -> FrameworkOptions<Seen, Error> {
    obs_serenity::poise::instrument(options())
}

fn sub(name: &str, inner: &str) -> FullEvent {
    let options = json!([{"name": inner, "type": 1, "options": []}]);
    event(interaction(2, &json!({"id": "5", "name": name, "type": 1, "options": options})))
}

/// Each way for a command to end: what is sent, command, kind, outcome, level.
fn endings() -> Vec<(FullEvent, &'static str, &'static str, &'static str, Level)> {
    vec![
        (event(slash("ping")), "ping", "slash", "ok", Level::INFO),
        (message("!ping"), "ping", "prefix", "ok", Level::INFO),
        (sub("moderate", "ban"), "moderate ban", "slash", "ok", Level::INFO),
        (message("!moderate ban"), "moderate ban", "prefix", "ok", Level::INFO),
        (message("!moderate"), "moderate", "prefix", "argument", Level::INFO),
        (event(slash("fail")), "fail", "slash", "error", Level::ERROR),
        (message("!fail"), "fail", "prefix", "error", Level::ERROR),
        (event(slash("boom")), "boom", "slash", "panic", Level::ERROR),
        (message("!boom"), "boom", "prefix", "panic", Level::ERROR),
        (message("!add one"), "add", "prefix", "argument", Level::INFO),
        (event(slash("never")), "never", "slash", "check_failed", Level::INFO),
        (message("!never"), "never", "prefix", "check_failed", Level::INFO),
        (message("!unchecked"), "unchecked", "prefix", "check_failed", Level::WARN),
        (message("!guild"), "guild", "prefix", "check_failed", Level::INFO),
        (message("!own"), "own", "prefix", "permissions", Level::INFO),
        (message("!secret plan"), "unknown", "prefix", "unknown", Level::INFO),
        (event(slash("stale")), "stale", "slash", "unknown", Level::WARN),
        (event(slash("odd")), "odd", "slash", "error", Level::ERROR),
        (message("!odd"), "odd", "prefix", "error", Level::ERROR),
        (event(slash("picky")), "picky", "slash", "check_failed", Level::INFO),
        (message("!picky"), "picky", "prefix", "check_failed", Level::INFO),
        (event(button("good")), "component", "component", "ok", Level::INFO),
        (event(button("bad")), "component", "component", "error", Level::ERROR),
    ]
}

#[tokio::test]
async fn each_way_to_end_has_its_outcome_level_and_one_event() {
    let stage = Stage::new(instrumented()).await;
    let mut ended = Vec::new();
    for (sent, command, kind, outcome, level) in endings() {
        let before = stage.logs.all().with_target("obs_serenity::command").iter().count();
        stage.send(sent).await;
        ended.push((command, kind, outcome));
        stage.assert_commands(&ended);
        let records = stage.logs.all().with_target("obs_serenity::command");
        assert_eq!(records.iter().count(), before + 1, "{command} {kind}");
        let record = records.iter().last().unwrap();
        record.assert_field("command", command).assert_field("kind", kind);
        record.assert_field("outcome", outcome).assert_field("shard", 0);
        assert_eq!(record.level(), level, "{command} {kind}");
        assert!(!record.line().contains("secret plan"), "{}", record.line());
    }
    assert_eq!(trace::current(), None);
}

#[tokio::test]
async fn a_cooldown_is_one() {
    let stage = Stage::new(instrumented()).await;
    for _ in 0..2 {
        stage.send(message("!rare")).await;
    }
    stage.assert_commands(&[("rare", "prefix", "ok"), ("rare", "prefix", "cooldown")]);
}

#[tokio::test]
async fn the_bot_s_own_hooks_see_what_they_see_without_ours() {
    let plain = Stage::new(options()).await;
    let ours = Stage::new(instrumented()).await;
    for (sent, ..) in endings() {
        plain.send(sent.clone()).await;
        ours.send(sent).await;
    }
    let seen = plain.seen().await.take();
    assert!(seen.iter().any(|what| what == "apart") && seen.len() > 60, "{seen:?}");
    assert_eq!(ours.seen().await.take(), seen);
}

#[tokio::test]
async fn a_command_s_events_are_its_own_and_those_of_its_error_hook_too() {
    let stage = Stage::new(instrumented()).await;
    for (sent, kind) in [(event(slash("ping")), "slash"), (message("!ping"), "prefix")] {
        stage.send(sent).await;
        let pong = stage.logs.all().with_message("pong").with_field("kind", kind).only();
        let end = stage.logs.all().with_message("command").with_field("kind", kind).only();
        assert!(pong.field("trace.id").is_some());
        assert_eq!(pong.field("trace.id"), end.field("trace.id"));
        pong.assert_field("command", "ping").assert_field("shard", 0);
    }
    stage.send(event(slash("fail"))).await;
    stage.logs.one("told").assert_field("command", "fail");
    let end = stage.logs.all().with_field("outcome", "error").only();
    end.assert_field("error.type", "error").assert_field("error.message", "refused");
    end.assert_field("error.stack_trace", "refused\ncaused by: no table");
}

#[tokio::test]
async fn a_command_that_never_ends_is_cancelled_with_its_future() {
    let stage = Stage::new(instrumented()).await;
    for sent in [event(slash("hang")), message("!hang")] {
        let mut running = Box::pin(stage.send(sent));
        let polled = pin!(running.as_mut()).poll(&mut Task::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        stage.metrics.assert_value("discord_commands_in_flight", [], 1.0);
        assert_eq!(trace::current(), None);
        drop(running);
    }
    stage.assert_commands(&[("hang", "slash", "cancelled"), ("hang", "prefix", "cancelled")]);
}

#[tokio::test]
async fn what_is_no_command_is_not_counted() {
    let stage = Stage::new(instrumented()).await;
    stage.send(message("hello")).await;
    stage.send(message("?ping")).await;
    stage.metrics.assert_none("discord_commands_total");
    stage.logs.all().with_target("obs_serenity::command").assert_empty();
}

#[tokio::test]
async fn an_on_error_that_came_later_is_an_error_all_the_same() {
    let mut options = FrameworkOptions { commands: vec![ping()], ..options() };
    options = obs_serenity::poise::instrument(options);
    options.commands.push(odd());
    let stage = Stage::new(options).await;
    stage.send(event(slash("odd"))).await;
    stage.send(message("!odd")).await;
    stage.assert_commands(&[("odd", "slash", "error"), ("odd", "prefix", "error")]);
}

#[tokio::test]
async fn two_frameworks_of_one_type_keep_their_hooks() {
    let mut other = options();
    other.pre_command = |ctx| Box::pin(async move { ctx.data().push("other") });
    let one = Stage::new(instrumented()).await;
    let other = Stage::new(obs_serenity::poise::instrument(other)).await;
    for stage in [&one, &other] {
        stage.send(event(slash("ping"))).await;
    }
    assert_eq!(
        one.seen().await.take(),
        ["check", "pre ping", "ping", "post", "interaction_create"]
    );
    assert_eq!(other.seen().await.take(), ["check", "other", "ping", "post", "interaction_create"]);
}

#[tokio::test]
async fn an_error_of_one_s_own_type_is_told_with_its_causes() {
    async fn fails(_: poise::Context<'_, Seen, Refused>) -> Result<(), Refused> {
        Err(refused())
    }
    let command = poise::Command {
        slash_action: Some(|ctx| {
            Box::pin(async move {
                fails(ctx.into())
                    .await
                    .map_err(|error| FrameworkError::new_command(ctx.into(), error))
            })
        }),
        name: "fails".into(),
        qualified_name: "fails".into(),
        ..Default::default()
    };
    let options = || FrameworkOptions::<Seen, Refused> {
        on_error: |_| Box::pin(async {}),
        ..Default::default()
    };
    let options = FrameworkOptions { commands: vec![command], ..options() };
    let stage = Stage::new(obs_serenity::poise::instrument_errors(options, |error| error)).await;
    stage.send(event(slash("fails"))).await;
    let end = stage.logs.one("command");
    end.assert_field("error.stack_trace", "refused\ncaused by: no table");
}
