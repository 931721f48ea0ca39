//! Requests of tasks that move between threads. The subscriber is the process', so this test is alone.
#![cfg(feature = "client")]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

mod support_rest;

use std::sync::Arc;
use std::time::Duration;

use obs_core::metrics::Format;
use obs_test::discord::{Answer, FakeDiscord, event};
use serenity::all::{ChannelId, CreateAttachment, CreateMessage, HttpBuilder};
use support_rest::{BOT_TOKEN, series, to};
use tracing_subscriber::prelude::*;

const CALLS: u64 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_attempt_is_its_call_s_on_whatever_thread_it_runs() {
    let obs = obs_core::builder("bot").bundle(obs_serenity::BUNDLE).build().unwrap();
    let discord = obs_serenity::observe(&obs);
    tracing_subscriber::registry().with(discord.tracing_layer()).init();
    let fake = FakeDiscord::builder().token(BOT_TOKEN).start().await;
    let client = discord.http_client_with(to(&fake)).unwrap();
    let http = Arc::new(HttpBuilder::new(BOT_TOKEN).client(client).build());

    let limited = Answer::rate_limited(Duration::from_millis(5));
    fake.answer("POST /channels/{}/messages", vec![limited.clone(); 4]);
    fake.answer("POST /channels/{}/typing", vec![limited.clone().shared(); 4]);
    fake.answer("GET /users/{}", vec![limited.global(); 4]);
    let calls = (0..CALLS).map(|i| {
        let http = Arc::clone(&http);
        // Ten channels and users, so that not all wait for one bucket.
        let channel = ChannelId::new(event::CHANNEL + i / 6);
        tokio::spawn(async move {
            match i % 3 {
                0 => {
                    let file = CreateAttachment::bytes(*b"text", "file.txt");
                    channel.send_files(&http, [file], CreateMessage::new()).await.map(drop)
                }
                1 => http.broadcast_typing(channel).await,
                _ => http.get_user((event::USER + i).into()).await.map(drop),
            }
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }

    let found = |name: &str| -> Vec<_> {
        let found = series(obs.metrics(), name).into_iter();
        found.map(|(labels, n)| format!("{labels}: {n}")).collect()
    };
    assert_eq!(
        found("discord_rest_requests_total"),
        [
            "GET | /users/{id} | 200: 20",
            "GET | /users/{id} | 429: 4",
            "POST | /channels/{id}/messages | 200: 20",
            "POST | /channels/{id}/messages | 429: 4",
            "POST | /channels/{id}/typing | 204: 20",
            "POST | /channels/{id}/typing | 429: 4",
        ]
    );
    assert_eq!(
        found("discord_rest_request_duration_seconds"),
        [
            "GET | /users/{id}: 24",
            "POST | /channels/{id}/messages: 24",
            "POST | /channels/{id}/typing: 24",
        ]
    );
    assert_eq!(
        found("discord_rest_rate_limit_hits_total"),
        [
            "/channels/{id}/messages | user: 4",
            "/channels/{id}/typing | shared: 4",
            "/users/{id} | global: 4",
        ]
    );
    // Some are set at a scrape.
    drop(obs.metrics().render(Format::Text));
    assert_eq!(found("discord_rest_call_duration_seconds"), [format!(": {CALLS}")]);
    assert_eq!(found("discord_rest_in_flight"), [": 0"]);
    assert_eq!(found("discord_rest_invalid_requests"), [": 8"]);
}
