//! What serenity's log tells of a shard. Alone in its binary: it installs the global subscriber, since
//! serenity's shards run in tasks of their own.
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

#[expect(dead_code, reason = "shared with the crate's own tests")]
#[path = "../src/tests/fake.rs"]
mod fake;

use std::time::{Duration, Instant};

use fake::{Fake, Order};
use obs_core::metrics::Format;
use serde_json::Value;
use serenity::client::EventHandler;
use tracing_subscriber::prelude::*;

struct Idle;
impl EventHandler for Idle {}

/// serenity takes five seconds to give up a session that is invalid, and shows it as connected
/// meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shard_whose_session_is_invalid_is_down_before_serenity_gives_it_up() {
    let obs = obs_core::builder("bot").build().unwrap();
    let discord = obs_serenity::observe(&obs);
    tracing_subscriber::registry().with(discord.tracing_layer()).init();
    let fake = Fake::start().await;
    let mut client = fake.client(discord.handler(Idle)).await;
    let manager = client.shard_manager.clone();

    let wait = async |line: &str| {
        for _ in 0..4000 {
            if obs.metrics().render(Format::Text).lines().any(|found| found == line) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("no {line} in\n{}", obs.metrics().render(Format::Text));
    };
    let (up, down) = (r#"discord_shard_up{shard="0"} 1"#, r#"discord_shard_up{shard="0"} 0"#);
    let script = async {
        wait(up).await;
        #[expect(clippy::disallowed_methods, reason = "printed for whoever asks")]
        let ordered = Instant::now();
        fake.order(Order::Op(9, Value::Bool(false)));
        wait(down).await;
        println!("down after {:?}", ordered.elapsed());
        assert!(!manager.shards_instantiated().await.is_empty(), "serenity still has the shard");
        wait(r#"discord_shard_restarts_total{reason="invalid_session",shard="0"} 1"#).await;
        wait(r#"discord_shard_connects_total{kind="identify",shard="0"} 2"#).await;
        wait(up).await;
    };
    tokio::select! {
        result = discord.run(&mut client) => panic!("the client ended: {result:?}"),
        () = script => {}
    }
    let text = obs.metrics().render(Format::Text);
    let restarts: Vec<_> =
        text.lines().filter(|line| line.starts_with("discord_shard_restarts_total{")).collect();
    assert_eq!(
        restarts,
        [r#"discord_shard_restarts_total{reason="invalid_session",shard="0"} 1"#],
        "the same end counts once, whoever sees it"
    );
}
