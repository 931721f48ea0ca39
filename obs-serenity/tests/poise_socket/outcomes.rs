//! How each command ends: what is counted, timed and logged of it, and what the bot's own hooks see.

use obs_test::discord::{Event, event};
use serde_json::json;

use crate::bot::bot;

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
    stage.assert_series("discord_interaction_ack_seconds", &[("slash", 1), ("autocomplete", 1)]);
    assert!(!stage.log.text().contains("plan") && !stage.log.text().contains("0815"));
}
