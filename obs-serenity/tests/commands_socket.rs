//! Commands of a bot with an `EventHandler`, from the gateway's socket to the metrics and the log.
#![cfg(feature = "client")]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support_rest;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use obs_serenity::commands::{self, Outcome};
use obs_test::discord::{Answer, Event, event};
use serde_json::{Value, json};
use serenity::all::{
    CommandInteraction, Context, CreateAutocompleteResponse, CreateInteractionResponse,
    CreateInteractionResponseMessage, EventHandler, Interaction,
};
use serenity::async_trait;
use support_rest::{Stage, until};
use tokio::sync::Notify;

const CALLBACK: &str = "POST /interactions/{}/{}/callback";
const ACK: &str = "discord_interaction_ack_seconds";

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

/// Answers everything, and each command in the way that its name says.
#[derive(Default)]
struct Handler {
    go_on: Arc<Notify>,
}

impl Handler {
    async fn command(&self, ctx: &Context, command: &CommandInteraction) {
        tracing::trace!(target: "bot", "asked");
        command.create_response(&ctx.http, message()).await.unwrap();
        match command.data.name.as_str() {
            "fail" => commands::report_error(&Refused(std::io::Error::other("no table"))),
            "boom" => panic!("on purpose"),
            "check" => commands::report(Outcome::CheckFailed),
            "soon" => commands::report(Outcome::Cooldown),
            "wrong" => commands::report(Outcome::Argument),
            "denied" => commands::report(Outcome::Permissions),
            "gone" => commands::report(Outcome::Unknown),
            "slow" => self.go_on.notified().await,
            "twice" => drop(command.create_response(&ctx.http, message()).await),
            _ => {}
        }
    }
}

fn message() -> CreateInteractionResponse {
    let message = CreateInteractionResponseMessage::new().content("done");
    CreateInteractionResponse::Message(message)
}

#[async_trait]
impl EventHandler for Handler {
    async fn interaction_create(&self, ctx: Context, interaction: Interaction) {
        match interaction {
            Interaction::Command(command) => self.command(&ctx, &command).await,
            Interaction::Autocomplete(it) => {
                let choices = CreateAutocompleteResponse::new().add_string_choice("abc", "abc");
                let choices = CreateInteractionResponse::Autocomplete(choices);
                it.create_response(&ctx.http, choices).await.unwrap();
            }
            Interaction::Component(it) => {
                let later = CreateInteractionResponse::Acknowledge;
                it.create_response(&ctx.http, later).await.unwrap();
            }
            Interaction::Modal(it) => it.create_response(&ctx.http, message()).await.unwrap(),
            other => panic!("an interaction that was not sent: {other:?}"),
        }
    }
}

async fn bot(handler: Handler) -> Stage {
    let stage = Stage::new().await;
    let client = stage.builder().event_handler(stage.discord.handler(handler)).await.unwrap();
    stage.run(client).await;
    stage
}

fn sub_command() -> Event {
    let option = json!({ "name": "user", "type": 3, "value": "somebody" });
    let add = json!({ "name": "add", "type": 1, "options": [option] });
    let ban = json!({ "name": "ban", "type": 2, "options": [add] });
    event::slash("mod").set("data.options", json!([ban]))
}

#[tokio::test]
async fn each_interaction_is_counted_timed_and_logged_once_by_how_it_ends() {
    let stage = bot(Handler::default()).await;
    let sent = [
        (event::slash("ping"), "ping", "slash", "ok", "info"),
        (event::slash("ping"), "ping", "slash", "ok", "info"),
        (event::slash("fail"), "fail", "slash", "error", "error"),
        (event::slash("boom"), "boom", "slash", "panic", "error"),
        (event::slash("check"), "check", "slash", "check_failed", "info"),
        (event::slash("soon"), "soon", "slash", "cooldown", "info"),
        (event::slash("wrong"), "wrong", "slash", "argument", "info"),
        (event::slash("denied"), "denied", "slash", "permissions", "info"),
        (event::slash("gone"), "gone", "slash", "unknown", "info"),
        (sub_command(), "mod ban add", "slash", "ok", "info"),
        (event::user_command("Warn"), "Warn", "user", "ok", "info"),
        (event::message_command("Report"), "Report", "message", "ok", "info"),
        (event::autocomplete("find", "what", "ab"), "find", "autocomplete", "ok", "info"),
        (event::button("delete-7"), "component", "component", "ok", "info"),
        (event::select("colour-7", &["red"]), "component", "component", "ok", "info"),
        (event::modal("form-7", &[("name", "Ada")]), "modal", "modal", "ok", "info"),
    ];
    // What is no command: users' text has no part in any of this.
    stage.shard.send(event::message("!ping the secret plan"));
    let mut ended = Vec::new();
    for (sent, command, kind, outcome, level) in &sent {
        stage.shard.send(sent.clone());
        ended.push([*command, kind, outcome, level].join(" | "));
    }
    let times = u32::try_from(sent.len()).unwrap();
    stage.handled(times + 1).await;

    stage.assert_series(
        "discord_commands_total",
        &[
            ("Report | message | ok", 1),
            ("Warn | user | ok", 1),
            ("boom | slash | panic", 1),
            ("check | slash | check_failed", 1),
            ("component | component | ok", 2),
            ("denied | slash | permissions", 1),
            ("fail | slash | error", 1),
            ("find | autocomplete | ok", 1),
            ("gone | slash | unknown", 1),
            ("mod ban add | slash | ok", 1),
            ("modal | modal | ok", 1),
            ("ping | slash | ok", 2),
            ("soon | slash | cooldown", 1),
            ("wrong | slash | argument", 1),
        ],
    );
    let durations: Vec<_> = stage.series("discord_command_duration_seconds").into_iter().collect();
    let counted = stage.series("discord_commands_total").into_iter();
    let counted: Vec<_> =
        counted.map(|(of, n)| (of.rsplit_once(" | ").unwrap().0.to_owned(), n)).collect();
    assert_eq!(durations, counted);
    stage.assert_series(
        "discord_interactions_total",
        &[
            ("slash", 10),
            ("user", 1),
            ("message", 1),
            ("autocomplete", 1),
            ("component", 2),
            ("modal", 1),
        ],
    );
    assert_eq!(stage.value("discord_commands_in_flight"), 0.0);
    assert_eq!(stage.total("discord_event_handlers_in_flight"), 0.0);
    stage.assert_series("discord_handler_panics_total", &[("interaction_create", 1)]);

    // One answer each.
    stage.assert_series(
        ACK,
        &[
            ("slash", 10),
            ("user", 1),
            ("message", 1),
            ("autocomplete", 1),
            ("component", 2),
            ("modal", 1),
        ],
    );
    let callbacks = "POST | /interactions/{id}/{token}/callback | 204";
    assert_eq!(stage.series("discord_rest_requests_total")[callbacks], f64::from(times));

    let mut told = stage.log.ended();
    told.sort();
    ended.sort();
    assert_eq!(told, ended);
    assert!(!stage.log.text().contains("secret plan"));
}

#[tokio::test]
async fn a_command_s_one_event_has_all_that_is_known_and_the_trace_of_the_handler_s_own() {
    let stage = bot(Handler::default()).await;
    stage.shard.send(event::slash("fail"));
    stage.handled(1).await;

    let lines = stage.log.ecs();
    let one = |name: &str, value: &str| -> &Value {
        let found: Vec<_> = lines.iter().filter(|line| line[name] == value).collect();
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0]
    };
    let end = one("log.logger", "obs_serenity::command");
    let told = [
        ("message", json!("command")),
        ("log.level", json!("error")),
        ("labels.command", json!("fail")),
        ("labels.kind", json!("slash")),
        ("labels.outcome", json!("error")),
        ("numeric_labels.shard", json!(0)),
        ("error.type", json!("error")),
        ("error.message", json!("refused")),
        ("error.stack_trace", json!("refused\ncaused by: no table")),
    ];
    for (field, value) in told {
        assert_eq!(end[field], value, "{field} of {end:#}");
    }
    assert!(end["event.duration"].as_u64().unwrap() > 0, "{end:#}");
    let asked = one("message", "asked");
    assert_eq!(end["trace.id"].as_str().unwrap().len(), 32, "{end:#}");
    assert_eq!(asked["trace.id"], end["trace.id"]);
    assert_eq!(asked["span.id"], end["span.id"]);
    assert_eq!(asked["labels.command"], "fail");
    assert_eq!(asked["numeric_labels.shard"], 0);

    // The same with tracing-subscriber's own lines, which hold a span's fields apart.
    let stock = stage.log.stock();
    let of = |target: &str| -> Value {
        let found: Vec<_> = stock.iter().filter(|line| line["target"] == target).collect();
        assert_eq!(found.len(), 1, "{found:#?}");
        found[0].clone()
    };
    let (ended, asked) = (of("obs_serenity::command"), of("bot"));
    let told = [
        ("message", json!("command")),
        ("command", json!("fail")),
        ("kind", json!("slash")),
        ("outcome", json!("error")),
        ("shard", json!(0)),
        ("event.duration", end["event.duration"].clone()),
        ("error.type", json!("error")),
        ("error.message", json!("refused")),
        ("error.stack_trace", json!("refused\ncaused by: no table")),
        ("trace.id", end["trace.id"].clone()),
        ("span.id", end["span.id"].clone()),
    ];
    for (field, value) in told {
        assert_eq!(ended["fields"][field], value, "{field} of {ended:#}");
    }
    assert_eq!(ended["level"], "ERROR");
    assert_eq!(ended.get("span"), None, "{ended:#}");
    assert_eq!(asked["span"]["name"], "discord.command");
    assert_eq!(asked["span"]["trace.id"], end["trace.id"]);
    assert_eq!(asked["span"]["command"], "fail");
}

#[tokio::test]
async fn a_command_is_in_flight_until_its_handler_has_returned() {
    let go_on = Arc::new(Notify::new());
    let stage = bot(Handler { go_on: Arc::clone(&go_on) }).await;
    stage.shard.send(event::slash("slow"));
    stage.fake.requested(CALLBACK, 1).await;
    assert_eq!(stage.value("discord_commands_in_flight"), 1.0);
    stage.assert_series("discord_event_handlers_in_flight", &[("interaction_create", 1)]);
    stage.assert_series("discord_commands_total", &[]);
    go_on.notify_one();
    stage.reached("discord_commands_total", 1).await;
    assert_eq!(stage.value("discord_commands_in_flight"), 0.0);
}

#[tokio::test]
async fn a_command_that_the_runtime_s_end_cuts_off_is_cancelled() {
    let stage = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let stage = runtime.block_on(async {
            let stage = bot(Handler::default()).await;
            stage.shard.send(event::slash("slow"));
            stage.fake.requested(CALLBACK, 1).await;
            stage
        });
        drop(runtime);
        stage.assert_series("discord_commands_total", &[("slow | slash | cancelled", 1)]);
        assert_eq!(stage.value("discord_commands_in_flight"), 0.0);
        assert_eq!(stage.total("discord_event_handlers_in_flight"), 0.0);
        assert_eq!(stage.log.ended(), ["slow | slash | cancelled | warn"]);
    });
    stage.join().unwrap();
}

/// An event that was made this long ago, or is yet to be made.
fn made(event: Event, at: SystemTime) -> Event {
    event.set("id", event::snowflake(at).to_string())
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_beyond_the_three_seconds() {
    let stage = bot(Handler::default()).await;
    let now = SystemTime::now();
    stage.shard.send(made(event::slash("late"), now - Duration::from_secs(4)));
    stage.reached(ACK, 1).await;
    let bucket = |le: &str| stage.line(&format!("{ACK}_bucket{{kind=\"slash\",le=\"{le}\"}}"));
    assert_eq!((bucket("3.0"), bucket("+Inf")), (0.0, 1.0));
    let sum = stage.line(&format!("{ACK}_sum{{kind=\"slash\"}}"));
    assert!(sum >= 4.0, "{sum}");

    // A clock that runs behind Discord's: no time has passed.
    stage.shard.send(made(event::slash("early"), now + Duration::from_secs(3600)));
    stage.reached(ACK, 2).await;
    assert_eq!((bucket("0.05"), bucket("3.0"), bucket("+Inf")), (1.0, 1.0, 2.0));
    assert_eq!(stage.line(&format!("{ACK}_sum{{kind=\"slash\"}}")), sum);
}

#[tokio::test]
async fn only_the_first_answer_that_discord_takes_is_one() {
    let stage = bot(Handler::default()).await;
    // 429 and 5xx: Discord did not take it.
    let wait = Duration::from_millis(100);
    stage.fake.answer(CALLBACK, [Answer::rate_limited(wait)]);
    stage.shard.send(event::slash("limited"));
    stage.handled(1).await;
    assert_eq!(stage.total(ACK), 1.0);
    let sum = stage.line(&format!("{ACK}_sum{{kind=\"slash\"}}"));
    assert!(sum >= wait.as_secs_f64(), "{sum}");
    // A second answer is refused.
    stage.fake.answer(CALLBACK, [Answer::usual(), Answer::error(400)]);
    stage.shard.send(event::slash("twice"));
    stage.handled(2).await;
    assert_eq!(stage.fake.requested(CALLBACK, 4).await.len(), 4);
    assert_eq!(stage.total(ACK), 2.0);
    // One that never got through is none; the handler has panicked.
    stage.fake.answer(CALLBACK, [Answer::error(503)]);
    stage.shard.send(event::slash("ping"));
    stage.handled(3).await;
    assert_eq!(stage.total(ACK), 2.0);
    until(|| stage.log.ended().len() == 3, || stage.log.text()).await;
    assert_eq!(stage.log.ended()[2], "ping | slash | panic | error");
}
