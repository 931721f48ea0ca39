//! A bot as the documentation has it: `init` installs the log, `observe` does the rest. Both are the
//! process', so this test is alone.
#![cfg(feature = "client")]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support_rest;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use obs_core::log::Output;
use obs_core::trace;
use obs_serenity::commands;
use obs_test::discord::{Answer, FakeDiscord, event};
use serde_json::Value;
use serenity::all::{Context, EventHandler, Interaction};
use serenity::async_trait;
use support_rest::{BOT_TOKEN, builder, to, until};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Output for Lines {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(lines);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }
}

struct Handler;

#[async_trait]
impl EventHandler for Handler {
    async fn interaction_create(&self, _: Context, _: Interaction) {
        tracing::debug!(target: "bot", "asked");
        tokio::task::yield_now().await;
        // For what the handler asks of others.
        let current = trace::current().map(|trace| trace.trace_id.to_string());
        tracing::warn!(target: "bot", current, "asked again");
        commands::report_error(&io::Error::other("no table"));
    }
}

#[tokio::test]
async fn a_command_is_one_line_of_the_log_and_each_id_is_in_it_once() {
    let lines = Lines::default();
    let obs = obs_core::builder("bot")
        .bundle(obs_serenity::BUNDLE)
        .log_output(lines.clone())
        .log_filter("info,serenity=warn,bot=trace")
        .without_log_stdout()
        .without_panic_hook()
        .init()
        .unwrap();
    let discord = obs_serenity::observe(&obs);
    let fake = FakeDiscord::builder().token(BOT_TOKEN).start().await;
    let client = builder(discord.http_client_with(to(&fake)).unwrap());
    let mut client = client.event_handler(discord.handler(Handler)).await.unwrap();
    let http = Arc::clone(&client.http);
    let watched = discord.clone();
    let running = tokio::spawn(async move { watched.run(&mut client).await });
    fake.shard(0).identified().await;
    fake.shard(0).send(event::slash("ask"));
    let ended = || {
        let ended = support_rest::series(obs.metrics(), "discord_commands_total");
        ended.get("ask | slash | error") == Some(&1.0)
    };
    until(ended, || "the command's end".to_owned()).await;

    // The log is told to leave serenity's spans out, and they are read all the same.
    let total = |name: &str| support_rest::series(obs.metrics(), name).into_values().sum::<f64>();
    let limited = Answer::rate_limited(Duration::from_millis(20)).shared();
    fake.answer("POST /channels/{}/typing", [limited]);
    http.broadcast_typing(event::CHANNEL.into()).await.unwrap();
    until(|| total("discord_rest_in_flight") == 0.0, || "all answers".to_owned()).await;
    let hits = support_rest::series(obs.metrics(), "discord_rest_rate_limit_hits_total");
    assert_eq!(hits["/channels/{id}/typing | shared"], 1.0, "{hits:?}");
    let (calls, attempts) =
        (total("discord_rest_call_duration_seconds"), total("discord_rest_requests_total"));
    assert_eq!(calls + 1.0, attempts, "one was limited, and none is read twice");
    running.abort();
    let text = || String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    until(|| text().contains(r#""message":"command""#), text).await;

    let text = text();
    let of = |logger: &str| -> Vec<&str> {
        let logger = format!(r#""log.logger":"{logger}""#);
        text.lines().filter(|line| line.contains(&logger)).collect()
    };
    let (asked, ended) = (of("bot"), of("obs_serenity::command"));
    assert_eq!((asked.len(), ended.len()), (2, 1), "{text}");
    let end: Value = serde_json::from_str(ended[0]).unwrap();
    assert_eq!(end["labels.outcome"], "error");
    assert_eq!(end["error.message"], "no table");
    let again: Value = serde_json::from_str(asked[1]).unwrap();
    assert_eq!(again["labels.current"], end["trace.id"], "{again}");
    for line in asked.into_iter().chain(ended) {
        let fields: Value = serde_json::from_str(line).unwrap();
        assert_eq!(fields["trace.id"], end["trace.id"], "{line}");
        assert_eq!(fields["labels.command"], "ask", "{line}");
        for field in ["trace.id", "span.id", "labels.command", "numeric_labels.shard"] {
            let key = format!("\"{field}\":");
            assert_eq!(line.matches(&key).count(), 1, "{field} in {line}");
        }
    }
    assert!(end["trace.id"].is_string(), "{end}");
}
