//! Commands of a bot with poise, from the gateway's socket to the metrics, the log and its own hooks.
#![cfg(feature = "poise")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod bot;
mod commands;
mod outcomes;
#[path = "../support_rest/mod.rs"]
mod support_rest;

use obs_test::discord::event;
use serenity::all::{EventHandler, Interaction};

use bot::{Seen, bot, framework, options};
use support_rest::Stage;

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
async fn the_client_s_series_tells_poise_s_version() {
    let (stage, _) = bot().await;
    let info = stage.series("discord_client_info");
    let [(labels, value)] = info.iter().collect::<Vec<_>>()[..] else { panic!("{info:?}") };
    assert!(labels.starts_with("0.7 | 0.12."), "{labels}");
    assert!(labels.ends_with(" | 1"), "{labels}");
    assert_eq!(*value, 1.0);
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
