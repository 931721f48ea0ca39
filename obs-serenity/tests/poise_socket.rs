//! Commands of a bot with poise, from the gateway's socket to the metrics, the log and its own hooks.
#![cfg(feature = "poise")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support_rest;

use std::fmt;
use std::sync::{Arc, Mutex};

use obs_test::discord::{Event, event};
use poise::{FrameworkError, FrameworkOptions, PrefixFrameworkOptions};
use serde_json::json;
use serenity::all::{CreateAutocompleteResponse, EmojiId, EventHandler, FullEvent, Interaction};
use support_rest::Stage;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Context<'a> = poise::Context<'a, Seen, Error>;

/// What the bot's own hooks have seen, in order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn push(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

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

fn refused() -> Error {
    Refused(std::io::Error::other("no table")).into()
}

/// Answers.
#[poise::command(slash_command, prefix_command)]
async fn ping(ctx: Context<'_>) -> Result<(), Error> {
    tracing::debug!(target: "bot", "asked");
    ctx.say("pong").await?;
    ctx.data().push("ping");
    Ok(())
}

/// Fails.
#[poise::command(slash_command, prefix_command)]
async fn fail(_: Context<'_>) -> Result<(), Error> {
    Err(refused())
}

/// Panics.
#[poise::command(slash_command, prefix_command)]
async fn boom(_: Context<'_>) -> Result<(), Error> {
    panic!("on purpose")
}

/// Takes an emoji.
#[poise::command(slash_command, prefix_command)]
async fn add(_: Context<'_>, #[description = "an emoji"] _of: EmojiId) -> Result<(), Error> {
    Ok(())
}

async fn no(_: Context<'_>) -> Result<bool, Error> {
    Ok(false)
}

async fn broken(_: Context<'_>) -> Result<bool, Error> {
    Err(refused())
}

/// Is refused.
#[poise::command(slash_command, prefix_command, check = "no")]
async fn never(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// Is refused by a check that fails.
#[poise::command(slash_command, prefix_command, check = "broken")]
async fn unchecked(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// Once in an hour.
#[poise::command(slash_command, prefix_command, global_cooldown = 3600)]
async fn rare(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// For those who may do anything.
#[poise::command(slash_command, required_permissions = "ADMINISTRATOR")]
async fn admin(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// For the owner.
#[poise::command(slash_command, prefix_command, owners_only)]
async fn own(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// Has sub-commands.
#[poise::command(slash_command, prefix_command, subcommands("ban"), subcommand_required)]
async fn moderate(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// A sub-command.
#[poise::command(slash_command, prefix_command)]
async fn ban(_: Context<'_>) -> Result<(), Error> {
    Ok(())
}

/// On a user's menu.
#[poise::command(context_menu_command = "Warn user")]
async fn warn(_: Context<'_>, _user: serenity::all::User) -> Result<(), Error> {
    Ok(())
}

/// On a message's menu.
#[poise::command(context_menu_command = "Report message")]
async fn report(_: Context<'_>, _message: serenity::all::Message) -> Result<(), Error> {
    Err(refused())
}

#[expect(clippy::unused_async, reason = "poise wants a future")]
async fn complete(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    assert_ne!(typed, "boom", "on purpose");
    CreateAutocompleteResponse::new().add_string_choice("abc", "abc")
}

/// Completes what is typed.
#[poise::command(slash_command)]
async fn find(
    _: Context<'_>,
    #[description = "a word"]
    #[autocomplete = "complete"]
    _what: String,
) -> Result<(), Error> {
    Ok(())
}

fn options() -> FrameworkOptions<Seen, Error> {
    FrameworkOptions {
        commands: vec![
            ping(),
            fail(),
            boom(),
            add(),
            never(),
            unchecked(),
            rare(),
            admin(),
            own(),
            moderate(),
            warn(),
            report(),
            find(),
        ],
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
                let name = error.ctx().map(|ctx| ctx.command().qualified_name.clone());
                let data = match &error {
                    FrameworkError::UnknownCommand { framework, .. }
                    | FrameworkError::EventHandler { framework, .. }
                    | FrameworkError::UnknownInteraction { framework, .. } => framework.user_data,
                    error => error.ctx().unwrap().data(),
                };
                data.push(format!("error {}", name.as_deref().unwrap_or("-")));
            })
        },
        event_handler: |framework, event| {
            Box::pin(async move {
                let of_the_bot = matches!(
                    event,
                    FullEvent::Message { .. } | FullEvent::InteractionCreate { .. }
                );
                if of_the_bot {
                    framework.user_data.push("event");
                }
                match event {
                    FullEvent::InteractionCreate {
                        interaction: Interaction::Component(component),
                    } => match component.data.custom_id.as_str() {
                        "bad" => Err(refused()),
                        "boom" => panic!("on purpose"),
                        _ => Ok(()),
                    },
                    _ => Ok(()),
                }
            })
        },
        ..Default::default()
    }
}

fn framework(options: FrameworkOptions<Seen, Error>, seen: &Seen) -> poise::Framework<Seen, Error> {
    let seen = seen.clone();
    poise::Framework::builder()
        .options(options)
        .setup(move |_, _, _| Box::pin(async move { Ok(seen) }))
        .build()
}

async fn bot() -> (Stage, Seen) {
    let (stage, seen) = (Stage::new().await, Seen::default());
    let framework = framework(obs_serenity::poise::instrument(options()), &seen);
    let client = stage.builder().framework(stage.discord.framework(framework)).await.unwrap();
    stage.run(client).await;
    (stage, seen)
}

fn sub_command() -> Event {
    let ban = json!({ "name": "ban", "type": 1, "options": [] });
    event::slash("moderate").set("data.options", json!([ban]))
}

fn add_of(emoji: &str) -> Event {
    let of = json!({ "name": "_of", "type": 3, "value": emoji });
    event::slash("add").set("data.options", json!([of]))
}

fn stranger(event: Event) -> Event {
    event.set("author.id", (event::USER + 1000).to_string())
}

/// What is sent, what becomes of it, and what the bot's own hooks see of that.
type Case = (Event, &'static str, &'static [&'static str]);

fn slash_commands() -> Vec<Case> {
    let nobody = event::slash("admin").set("member.permissions", "0");
    vec![
        (
            event::slash("ping"),
            "ping | slash | ok | info",
            &["check", "pre ping", "ping", "post", "event"],
        ),
        (
            event::slash("fail"),
            "fail | slash | error | error",
            &["check", "pre fail", "error fail", "event"],
        ),
        (
            event::slash("boom"),
            "boom | slash | panic | error",
            &["check", "pre boom", "error boom", "event"],
        ),
        (
            add_of("nothing"),
            "add | slash | argument | info",
            &["check", "pre add", "error add", "event"],
        ),
        // Discord has a command that is not the bot's: its own mistake.
        (
            event::slash("add"),
            "add | slash | error | error",
            &["check", "pre add", "error add", "event"],
        ),
        (
            event::slash("never"),
            "never | slash | check_failed | info",
            &["check", "error never", "event"],
        ),
        (
            event::slash("unchecked"),
            "unchecked | slash | check_failed | warn",
            &["check", "error unchecked", "event"],
        ),
        (event::slash("rare"), "rare | slash | ok | info", &["check", "pre rare", "post", "event"]),
        (event::slash("rare"), "rare | slash | cooldown | info", &["check", "error rare", "event"]),
        (nobody, "admin | slash | permissions | info", &["error admin", "event"]),
        (event::slash("own"), "own | slash | ok | info", &["check", "pre own", "post", "event"]),
        (
            sub_command(),
            "moderate ban | slash | ok | info",
            &["check", "check", "pre moderate ban", "post", "event"],
        ),
        (event::slash("stale"), "stale | slash | unknown | warn", &["error -", "event"]),
        (
            event::user_command("Warn user"),
            "Warn user | user | ok | info",
            &["check", "pre warn", "post", "event"],
        ),
        (
            event::message_command("Report message"),
            "Report message | message | error | error",
            &["check", "pre report", "error report", "event"],
        ),
        (
            event::autocomplete("find", "_what", "ab"),
            "find | autocomplete | ok | info",
            &["check", "event"],
        ),
        (
            event::autocomplete("find", "_what", "boom"),
            "find | autocomplete | panic | error",
            &["check", "error find", "event"],
        ),
        (event::button("good"), "component | component | ok | info", &["event"]),
        (event::button("bad"), "component | component | error | error", &["event", "error -"]),
        (event::modal("form", &[("name", "Ada")]), "modal | modal | ok | info", &["event"]),
    ]
}

fn prefix_commands() -> Vec<Case> {
    let message = event::message;
    vec![
        (
            message("!ping"),
            "ping | prefix | ok | info",
            &["check", "pre ping", "ping", "post", "event"],
        ),
        (
            message("!fail"),
            "fail | prefix | error | error",
            &["check", "pre fail", "error fail", "event"],
        ),
        (
            message("!boom"),
            "boom | prefix | panic | error",
            &["check", "pre boom", "error boom", "event"],
        ),
        (
            message("!add nothing"),
            "add | prefix | argument | info",
            &["check", "pre add", "error add", "event"],
        ),
        (
            message("!never"),
            "never | prefix | check_failed | info",
            &["check", "error never", "event"],
        ),
        (
            message("!unchecked"),
            "unchecked | prefix | check_failed | warn",
            &["check", "error unchecked", "event"],
        ),
        (message("!rare"), "rare | prefix | cooldown | info", &["check", "error rare", "event"]),
        (stranger(message("!own")), "own | prefix | permissions | info", &["error own", "event"]),
        (
            message("!moderate ban"),
            "moderate ban | prefix | ok | info",
            &["check", "check", "pre moderate ban", "post", "event"],
        ),
        (message("!moderate"), "moderate | prefix | argument | info", &["error moderate", "event"]),
        (message("!secret plan"), "unknown | prefix | unknown | info", &["error -", "event"]),
        (message("!0815"), "unknown | prefix | unknown | info", &["error -", "event"]),
    ]
}

#[tokio::test]
async fn each_command_is_counted_timed_and_logged_once_and_the_bot_s_own_hooks_run_in_order() {
    let (stage, seen) = bot().await;
    stage.shard.send(event::message("hello"));
    stage.handled(1).await;
    assert_eq!(seen.take(), ["event"], "a message without a command");

    let cases: Vec<_> = slash_commands().into_iter().chain(prefix_commands()).collect();
    let mut handled = 1;
    for (sent, ended, hooks) in &cases {
        stage.shard.send(sent.clone());
        handled += 1;
        stage.handled(handled).await;
        assert_eq!(seen.take(), *hooks, "{ended}");
        assert_eq!(stage.log.ended().last().unwrap(), ended);
        assert_eq!(stage.value("discord_commands_in_flight"), 0.0, "{ended}");
    }
    assert_eq!(stage.log.ended().len(), cases.len());

    let mut counted = std::collections::BTreeMap::new();
    let mut timed = std::collections::BTreeMap::new();
    for (_, ended, _) in &cases {
        let (series, _) = ended.rsplit_once(" | ").unwrap();
        *counted.entry(series).or_insert(0) += 1;
        *timed.entry(series.rsplit_once(" | ").unwrap().0).or_insert(0) += 1;
    }
    let counted: Vec<_> = counted.into_iter().collect();
    let timed: Vec<_> = timed.into_iter().collect();
    stage.assert_series("discord_commands_total", &counted);
    stage.assert_series("discord_command_duration_seconds", &timed);
    stage.assert_series(
        "discord_interactions_total",
        &[
            ("slash", 13),
            ("user", 1),
            ("message", 1),
            ("autocomplete", 2),
            ("component", 2),
            ("modal", 1),
        ],
    );
    assert_eq!(stage.total("discord_event_handlers_in_flight"), 0.0);
    // What poise catches, the wrapper does not see.
    stage.assert_series("discord_handler_panics_total", &[]);
    // The pong, and the suggestions.
    assert_eq!(stage.value("discord_interaction_ack_seconds"), 2.0);
    assert!(!stage.log.text().contains("plan") && !stage.log.text().contains("0815"));
}

#[tokio::test]
async fn the_events_of_a_command_have_its_trace_and_its_failure_the_causes() {
    let (stage, _) = bot().await;
    let sent = [event::slash("ping"), event::message("!ping"), event::message("!fail")];
    for (sent, times) in sent.into_iter().zip(1..) {
        stage.shard.send(sent);
        stage.handled(times).await;
    }
    let lines = stage.log.ecs();
    let all = |logger: &str| -> Vec<_> {
        lines.iter().filter(|line| line["log.logger"] == logger).collect()
    };
    let (asked, ended) = (all("bot"), all("obs_serenity::command"));
    assert_eq!((asked.len(), ended.len()), (2, 3), "{lines:#?}");
    for (asked, ended) in asked.iter().zip(&ended) {
        assert!(asked["trace.id"].is_string(), "{asked:#}");
        assert_eq!(asked["trace.id"], ended["trace.id"]);
        assert_eq!(asked["labels.command"], "ping");
        assert_eq!(asked["labels.kind"], ended["labels.kind"]);
        assert_eq!(ended["numeric_labels.shard"], 0);
        assert!(ended["event.duration"].as_u64().unwrap() > 0);
    }
    assert_ne!(ended[0]["trace.id"], ended[1]["trace.id"]);
    assert_eq!(ended[2]["error.type"], "error");
    assert_eq!(ended[2]["error.message"], "refused");
    assert_eq!(ended[2]["error.stack_trace"], "refused\ncaused by: no table");
}

#[tokio::test]
async fn a_panic_that_poise_does_not_catch_is_one_all_the_same() {
    let (stage, _) = bot().await;
    stage.shard.send(event::button("boom"));
    stage.handled(1).await;
    assert_eq!(stage.log.ended(), ["component | component | panic | error"]);
    assert_eq!(stage.value("discord_commands_in_flight"), 0.0);
    stage.assert_series("discord_handler_panics_total", &[("interaction_create", 1)]);
}

/// A handler that answers buttons, beside poise.
struct Buttons;

#[serenity::async_trait]
impl EventHandler for Buttons {
    async fn interaction_create(&self, _: serenity::all::Context, interaction: Interaction) {
        if let Interaction::Component(_) = interaction {
            tracing::debug!(target: "bot", "pressed");
        }
    }
}

#[tokio::test]
async fn a_handler_beside_poise_has_its_buttons_and_nothing_counts_twice() {
    let (stage, seen) = (Stage::new().await, Seen::default());
    let framework = framework(obs_serenity::poise::instrument(options()), &seen);
    let client = stage
        .builder()
        .event_handler(stage.discord.handler(Buttons))
        .framework(stage.discord.framework(framework))
        .await
        .unwrap();
    stage.run(client).await;
    let sent = [event::slash("ping"), event::message("!ping"), event::button("bad")];
    sent.into_iter().for_each(|sent| stage.shard.send(sent));
    // Both are called for each.
    stage.handled(6).await;
    stage.assert_series(
        "discord_commands_total",
        &[("ping | slash | ok", 1), ("ping | prefix | ok", 1), ("component | component | ok", 1)],
    );
    stage.assert_series("discord_interactions_total", &[("slash", 1), ("component", 1)]);
    let events = stage.series("discord_gateway_events_total");
    assert_eq!((events["0 | MESSAGE_CREATE"], events["0 | INTERACTION_CREATE"]), (1.0, 2.0));
    let pressed: Vec<_> =
        stage.log.ecs().into_iter().filter(|line| line["message"] == "pressed").collect();
    assert_eq!(pressed.len(), 1);
    assert_eq!(pressed[0]["labels.kind"], "component");
}
