//! A client's run and its end: by a signal, and by a Discord that refuses it.
#![cfg(feature = "client")]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support_rest;

use obs_test::discord::{Answer, FakeDiscord};
use serenity::all::{Client, EventHandler, GatewayError};
use support_rest::{BOT_TOKEN, Log, Stage, until};
use tokio::sync::oneshot;

struct Nothing;
impl EventHandler for Nothing {}

async fn client(stage: &Stage) -> Client {
    stage.builder().event_handler(stage.discord.handler(Nothing)).await.unwrap()
}

/// What was logged of the end: level and kind of error.
fn ends(stage: &Stage) -> Vec<(String, String)> {
    let field = |line: &serde_json::Value, name: &str| line[name].as_str().unwrap_or("").to_owned();
    let lines = stage.log.ecs().into_iter();
    lines
        .filter(|line| line["log.logger"] == "obs_serenity::client")
        .map(|line| (field(&line, "log.level"), field(&line, "error.type")))
        .collect()
}

#[tokio::test]
async fn a_signal_closes_the_connections_and_ends_the_client() {
    let stage = Stage::new().await;
    let mut client = client(&stage).await;
    let (send, signal) = oneshot::channel();
    let discord = stage.discord.clone();
    let running = tokio::spawn(async move {
        discord.run_until(&mut client, async { signal.await.unwrap() }).await
    });
    stage.shard.identified().await;
    stage.shard.caught_up().await;
    assert_eq!(stage.value("discord_client_up"), 1.0);
    assert!(!running.is_finished());
    send.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(stage.value("discord_client_up"), 0.0);
    until(|| !stage.shard.is_connected(), || "the connection's end".to_owned()).await;
    assert_eq!(ends(&stage), [("info".to_owned(), String::new())]);
}

#[tokio::test]
async fn a_signal_ends_a_client_that_has_no_shard_yet() {
    let stage = Stage::new().await;
    let mut client = client(&stage).await;
    // The address that shards connect to, where nobody listens: serenity tries again for ever.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("ws://{}", listener.local_addr().unwrap());
    drop(listener);
    *client.ws_url.lock().await = nobody;
    let signal = async {
        until(|| stage.value("discord_client_up") == 1.0, || "the start".to_owned()).await;
    };
    stage.discord.run_until(&mut client, signal).await.unwrap();
    assert_eq!(stage.value("discord_client_up"), 0.0);
    assert_eq!(ends(&stage), [("info".to_owned(), String::new())]);
}

#[tokio::test]
async fn a_client_that_fails_does_not_wait_for_the_signal() {
    let stage = Stage::new().await;
    let mut client = client(&stage).await;
    stage.shard.refuse_identify(4014);
    let result = stage.discord.run_until(&mut client, std::future::pending()).await;
    let wanted = serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents);
    assert_eq!(format!("{:?}", result.unwrap_err()), format!("{wanted:?}"));
    assert_eq!(ends(&stage), [("error".to_owned(), "disallowed_intents".to_owned())]);
}

#[tokio::test]
async fn a_client_that_is_refused_before_it_starts_has_ended_as_well() {
    for (status, kind) in [(401, "invalid_authentication"), (500, "http")] {
        let stage = Stage::new().await;
        let mut client = client(&stage).await;
        stage.fake.answer("GET /gateway/bot", [Answer::error(status)]);
        stage.discord.run_autosharded(&mut client).await.unwrap_err();
        assert_eq!(ends(&stage), [("error".to_owned(), kind.to_owned())], "{status}");
        // It is there, for the alert to see it.
        assert_eq!(stage.series("discord_client_up")[""], 0.0, "{status}");
    }
}

#[tokio::test]
async fn the_client_s_series_tells_what_runs_and_the_stage_is_told_if_asked_for() {
    let fake = FakeDiscord::builder().token(BOT_TOKEN).start().await;
    let stage = Stage::on(fake, Log::default());
    stage.discord.record_shard_stages();
    let running = stage.run(client(&stage).await).await;
    let info = stage.metrics().render(obs_core::metrics::Format::Text);
    let info: Vec<_> =
        info.lines().filter(|line| line.starts_with("discord_client_info{")).collect();
    let (serenity, shards) = (r#"serenity_version="0.12."#, r#"shards="1"} 1"#);
    assert_eq!(info.len(), 1, "{info:?}");
    assert!(info[0].contains(serenity) && info[0].ends_with(shards), "{info:?}");
    assert!(!info[0].contains("poise_version"), "there is none: {info:?}");

    let stage_is = async |name: &str| {
        let ones = || {
            let mut all = stage.series("discord_shard_stage");
            assert!(all.is_empty() || all.len() == 6, "{all:?}");
            all.retain(|_, value| *value == 1.0);
            all.into_keys().collect::<Vec<_>>()
        };
        until(|| ones() == [format!("0 | {name}")], || format!("{name}: {:?}", ones())).await;
    };
    stage_is("connected").await;
    stage.shard.hold();
    stage.shard.reconnect();
    stage_is("resuming").await;
    stage.shard.release();
    stage_is("connected").await;
    stage.shard.close(4004);
    running.await.unwrap().unwrap_err();
    stage_is("disconnected").await;
}
