//! From its start to its end.

use std::process::{Command, Output};

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::{Service, eventually};
use crate::unique;

const BOT: &str = env!("CARGO_BIN_EXE_bot");

/// What each secret of the bot's own Discord has in it: its token, and those of interactions.
const SECRETS: [&str; 2] = ["fake-bot-token", "fake-interaction-token"];

#[test]
fn it_ends_in_time_and_all_it_says_is_in_order() {
    let Output { status, stdout, stderr } = Command::new(BOT)
        .args(["--addr", "127.0.0.1:0", "--traffic", "40", "--for", "5s"])
        .env_remove("DISCORD_TOKEN")
        .env_remove("OBS_LOG")
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(0), "{stderr}");

    let lines: Vec<_> = stdout.lines().map(unique::object).collect();
    let commands = lines.iter().filter(|line| line["log.logger"] == "obs_serenity::command");
    assert!(commands.count() > 0, "{stdout}");
    for secret in SECRETS {
        assert!(!stdout.contains(secret) && !stderr.contains(secret), "{secret}:\n{stdout}");
    }
    // What users write, and who they are, is nobody's to read.
    for private in ["dance", "brought", "<@", "user2"] {
        assert!(!stdout.contains(private), "{private}:\n{stdout}");
    }
}

#[tokio::test]
async fn it_is_ready_when_its_shards_are_up_and_ends_with_sigterm() {
    let mut bot = Service::start(BOT, "info,serenity=warn", &["--traffic", "0"]);
    let mut refusals = Vec::new();
    eventually("the bot does not get ready", async || {
        let answer = reqwest::get(format!("{}/readyz", bot.url)).await.unwrap();
        let status = answer.status();
        let report: Value = answer.json().await.unwrap();
        if status == StatusCode::OK {
            return Ok(());
        }
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        refusals.push(report["checks"]["discord"]["message"].as_str().unwrap().to_owned());
        Err(report.to_string())
    })
    .await;
    let text = metrics(&bot).await;
    for line in ["discord_shard_up{shard=\"0\"} 1", "discord_shard_up{shard=\"1\"} 1"] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
    // They connect five seconds apart.
    assert!(refusals.contains(&"1 of 2 shards are up".to_owned()), "{refusals:?}");
    let alive = reqwest::get(format!("{}/healthz", bot.url)).await.unwrap();
    assert_eq!(alive.status(), StatusCode::OK);
    assert_eq!(bot.terminate(), Some(0));
    let end = bot.log();
    assert!(end.contains("the client has ended"), "{end}");
}

#[tokio::test]
async fn commands_end_in_all_ways_and_leave_no_secrets_even_where_everything_is_logged() {
    let mut bot = Service::start(BOT, "trace", &["--traffic", "40"]);
    // The first hundred things that the crowd does are one of each kind.
    let outcomes = ["argument", "cooldown", "error", "ok", "panic", "unknown"];
    let mut wanted: Vec<_> = outcomes.map(|outcome| format!("outcome=\"{outcome}\"")).into();
    wanted.push("route=\"/interactions/{id}/{token}/callback\",status=\"204\"".to_owned());
    eventually("the crowd has not done all it does", async || {
        let text = metrics(&bot).await;
        let missing: Vec<_> = wanted.iter().filter(|part| !text.contains(*part)).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?}")) }
    })
    .await;
    let text = metrics(&bot).await;
    assert_eq!(bot.terminate(), Some(0));
    let log = bot.log();
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in the metrics");
        let told = log.lines().find(|line| line.contains(secret));
        assert_eq!(told, None, "{secret} in the log");
    }
    log.lines().for_each(|line| drop(unique::object(line)));
}

async fn metrics(bot: &Service) -> String {
    reqwest::get(format!("http://{}/metrics", bot.addr())).await.unwrap().text().await.unwrap()
}
