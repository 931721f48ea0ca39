//! What a bot asks of Discord, with serenity's rate limiter on: the fake's log against the metrics.
#![cfg(feature = "client")]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support_rest;

use std::time::Duration;

use obs_test::discord::{Answer, event};
use serenity::all::{ChannelId, CreateAttachment, CreateMessage, Http, HttpBuilder, MessageId};
use support_rest::{BOT_TOKEN, Stage, until};

const POST: &str = "POST /channels/{}/messages";
const MESSAGES: &str = "/channels/{id}/messages";
const REQUESTS: &str = "discord_rest_requests_total";
const DURATIONS: &str = "discord_rest_request_duration_seconds";
const CALLS: &str = "discord_rest_call_duration_seconds";
const HITS: &str = "discord_rest_rate_limit_hits_total";
const WAITED: &str = "discord_rest_rate_limit_wait_seconds_total";
const INVALID: &str = "discord_rest_invalid_requests";
const IN_FLIGHT: &str = "discord_rest_in_flight";
const BUCKETS: &str = "discord_rest_ratelimit_buckets";
const CHANNEL: ChannelId = ChannelId::new(event::CHANNEL);

/// A client's `Http`, and the one request that it makes as it is built.
async fn http(stage: &Stage) -> std::sync::Arc<Http> {
    struct Nothing;
    impl serenity::all::EventHandler for Nothing {}
    let client = stage.builder().event_handler(stage.discord.handler(Nothing)).await.unwrap();
    let _ = stage.discord.watch(&client);
    client.http.clone()
}

/// The status that a request was refused with.
fn refused<T: std::fmt::Debug>(result: serenity::Result<T>) -> u16 {
    match result.unwrap_err() {
        serenity::Error::Http(error) => error.status_code().unwrap().as_u16(),
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn each_answer_counts_by_its_status_and_route() {
    let stage = Stage::new().await;
    let http = http(&stage).await;
    http.get_channel(CHANNEL).await.unwrap();
    http.broadcast_typing(CHANNEL).await.unwrap();
    CHANNEL.say(&http, "hello").await.unwrap();
    http.delete_message(CHANNEL, MessageId::new(event::GUILD + 9), None).await.unwrap();
    http.get_user(event::USER.into()).await.unwrap();
    stage.fake.answer(POST, [400, 401, 403, 404, 500, 502].map(Answer::error));
    for status in [400, 401, 403, 404, 500, 502] {
        assert_eq!(refused(CHANNEL.say(&http, "no").await), status);
    }
    // What is not Discord's JSON: a proxy's page.
    stage.fake.answer(POST, [Answer::text(504, "<html>")]);
    CHANNEL.say(&http, "no").await.unwrap_err();
    http.get_guild((event::GUILD + 1).into()).await.unwrap_err();

    stage.assert_series(
        REQUESTS,
        &[
            ("GET | /gateway | 200", 1),
            ("GET | /channels/{id} | 200", 1),
            ("POST | /channels/{id}/typing | 204", 1),
            ("DELETE | /channels/{id}/messages/{id} | 204", 1),
            ("GET | /users/{id} | 200", 1),
            ("GET | /guilds/{id} | 404", 1),
            ("POST | /channels/{id}/messages | 200", 1),
            ("POST | /channels/{id}/messages | 400", 1),
            ("POST | /channels/{id}/messages | 401", 1),
            ("POST | /channels/{id}/messages | 403", 1),
            ("POST | /channels/{id}/messages | 404", 1),
            ("POST | /channels/{id}/messages | 500", 1),
            ("POST | /channels/{id}/messages | 502", 1),
            ("POST | /channels/{id}/messages | 504", 1),
        ],
    );
    assert_eq!(stage.fake.requests().len(), 14);
    stage.assert_series(
        DURATIONS,
        &[
            ("GET | /gateway", 1),
            ("GET | /channels/{id}", 1),
            ("POST | /channels/{id}/typing", 1),
            ("DELETE | /channels/{id}/messages/{id}", 1),
            ("GET | /users/{id}", 1),
            ("GET | /guilds/{id}", 1),
            ("POST | /channels/{id}/messages", 8),
        ],
    );
    assert_eq!(stage.line(&format!("{CALLS}_count")), 14.0);
    assert_eq!(stage.value(IN_FLIGHT), 0.0);
    stage.assert_series(HITS, &[]);
    // 401 and 403.
    assert_eq!(stage.line(INVALID), 2.0);
    assert_eq!(stage.total(WAITED), 0.0);
}

#[tokio::test]
async fn durations_are_of_all_routes_together_if_that_is_asked_for() {
    let stage = Stage::new().await;
    stage.discord.time_requests_by_route(false);
    let http = http(&stage).await;
    CHANNEL.say(&http, "hello").await.unwrap();
    http.get_channel(CHANNEL).await.unwrap();
    stage.assert_series(DURATIONS, &[("GET | all", 2), ("POST | all", 1)]);
    stage.discord.time_requests_by_route(true);
    CHANNEL.say(&http, "hello").await.unwrap();
    assert_eq!(stage.series(DURATIONS)[&post()], 1.0);
}

#[tokio::test]
async fn a_request_that_gets_no_response_is_an_error() {
    let stage = Stage::new().await;
    // A port that was free a moment ago: nobody listens.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let reqwest = reqwest::Client::builder().no_proxy().resolve("discord.com", nobody);
    let reqwest = stage.discord.http_client_with(reqwest).unwrap();
    let http = HttpBuilder::new(BOT_TOKEN).client(reqwest).build();
    CHANNEL.say(&http, "hello").await.unwrap_err();
    stage.assert_series(REQUESTS, &[("POST | /channels/{id}/messages | error", 1)]);
    stage.assert_series(DURATIONS, &[("POST | /channels/{id}/messages", 1)]);
    assert_eq!(stage.line(&format!("{CALLS}_count")), 1.0);
    assert_eq!(stage.value(IN_FLIGHT), 0.0);
    assert_eq!(stage.line(INVALID), 0.0);
}

#[tokio::test]
async fn a_429_counts_by_whose_limit_it_is_and_its_wait_is_no_part_of_an_attempt() {
    let wait = Duration::from_millis(40);
    // (answer, scope, towards the ban)
    let table = [
        (Answer::rate_limited(wait), "user", 1.0),
        (Answer::rate_limited(wait).shared(), "shared", 0.0),
        (Answer::rate_limited(wait).global(), "global", 1.0),
        // Not of Discord's API, but of what stands before it.
        (Answer::text(429, "<html>").header("retry-after", "0.04"), "unknown", 1.0),
    ];
    for (limited, scope, invalid) in table {
        let stage = Stage::new().await;
        let http = http(&stage).await;
        stage.fake.answer(POST, [limited.clone(), limited]);
        CHANNEL.say(&http, "hello").await.unwrap();

        let statuses: Vec<_> =
            stage.fake.requested(POST, 3).await.iter().map(|request| request.status).collect();
        assert_eq!(statuses, [429, 429, 200], "{scope}");
        stage.assert_series(
            REQUESTS,
            &[
                ("GET | /gateway | 200", 1),
                ("POST | /channels/{id}/messages | 200", 1),
                ("POST | /channels/{id}/messages | 429", 2),
            ],
        );
        stage.assert_series(HITS, &[(&format!("{MESSAGES} | {scope}"), 2)]);
        stage.assert_series(DURATIONS, &[("GET | /gateway", 1), (&post(), 3)]);
        // Two calls, in one of which were two waits.
        assert_eq!(stage.line(&format!("{CALLS}_count")), 2.0, "{scope}");
        assert_eq!(stage.line(INVALID), 2.0 * invalid, "{scope}");
        assert_eq!(stage.value(IN_FLIGHT), 0.0, "{scope}");
        let waited = stage.series(WAITED);
        let series = format!("{} | {MESSAGES}", scope == "global");
        assert_eq!(waited.keys().collect::<Vec<_>>(), [&series], "{scope}");
        let waited = waited[&series];
        assert!(waited >= 2.0 * wait.as_secs_f64(), "{scope}: {waited}");
        // The same time is not in both.
        let attempts = r#"{method="POST",route="/channels/{id}/messages"}"#;
        let attempts = stage.line(&format!("{DURATIONS}_sum{attempts}"));
        let calls = stage.line(&format!("{CALLS}_sum"));
        assert!(calls >= waited + attempts, "{scope}: {calls} < {waited} + {attempts}");
    }
}

fn post() -> String {
    format!("POST | {MESSAGES}")
}

#[tokio::test]
async fn a_wait_for_an_empty_bucket_is_one_without_a_429() {
    let stage = Stage::new().await;
    let http = http(&stage).await;
    let wait = Duration::from_millis(200);
    stage.fake.answer(POST, [Answer::usual().bucket(1, 0, wait)]);
    CHANNEL.say(&http, "one").await.unwrap();
    assert_eq!(stage.total(WAITED), 0.0);
    let before = std::time::Instant::now();
    CHANNEL.say(&http, "two").await.unwrap();
    let took = before.elapsed().as_secs_f64();
    let waits = stage.series(WAITED);
    let waited = waits[&format!("false | {MESSAGES}")];
    assert_eq!(waits.len(), 1, "{waits:?}");
    // The bucket fills from the first answer on, so that a slow machine has less to wait for.
    assert!(waited > 0.0 && waited <= took, "{waited} of {took}");
    stage.assert_series(HITS, &[]);
    stage.assert_series(
        REQUESTS,
        &[("GET | /gateway | 200", 1), ("POST | /channels/{id}/messages | 200", 2)],
    );
    assert_eq!(stage.line(INVALID), 0.0);
}

#[tokio::test]
async fn a_call_is_in_flight_until_it_is_answered_or_given_up() {
    let stage = Stage::new().await;
    let http = http(&stage).await;
    stage.fake.answer_always(POST, Answer::usual().delay(Duration::from_secs(3600)));
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let http = http.clone();
            tokio::spawn(async move { CHANNEL.say(&http, "hello").await })
        })
        .collect();
    stage.fake.requested(POST, 3).await;
    assert_eq!(stage.value(IN_FLIGHT), 3.0);
    for call in calls {
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
    }
    assert_eq!(stage.value(IN_FLIGHT), 0.0);
    // None of them got an answer, and all of them took their time.
    stage.assert_series(REQUESTS, &[("GET | /gateway | 200", 1)]);
    assert_eq!(stage.line(&format!("{CALLS}_count")), 4.0);
}

#[tokio::test]
async fn uploads_count_as_other_requests_do() {
    let stage = Stage::new().await;
    let http = http(&stage).await;
    let file = || CreateAttachment::bytes(*b"text", "file.txt");
    let limited = Answer::rate_limited(Duration::from_millis(20));
    stage.fake.answer(POST, [limited, Answer::usual(), Answer::error(403)]);
    let message = || CreateMessage::new().content("hello");
    CHANNEL.send_files(&http, [file()], message()).await.unwrap();
    assert_eq!(refused(CHANNEL.send_files(&http, [file()], message()).await), 403);
    let edit = serde_json::json!({ "content": "edited" });
    let id = MessageId::new(event::GUILD + 9);
    http.edit_message(CHANNEL, id, &edit, vec![file()]).await.unwrap();
    let answer = serde_json::json!({ "type": 4, "data": { "content": "hello" } });
    let id = event::snowflake(std::time::SystemTime::now());
    http.create_interaction_response(id.into(), "a-token", &answer, vec![file()]).await.unwrap();

    stage.assert_series(
        REQUESTS,
        &[
            ("GET | /gateway | 200", 1),
            ("POST | /channels/{id}/messages | 429", 1),
            ("POST | /channels/{id}/messages | 200", 1),
            ("POST | /channels/{id}/messages | 403", 1),
            ("PATCH | /channels/{id}/messages/{id} | 200", 1),
            ("POST | /interactions/{id}/{token}/callback | 204", 1),
        ],
    );
    stage.assert_series(HITS, &[("/channels/{id}/messages | user", 1)]);
    assert_eq!(stage.series("discord_interaction_ack_seconds")["unknown"], 1.0);
    assert_eq!(stage.line(INVALID), 2.0);
    assert_eq!(stage.line(&format!("{CALLS}_count")), 5.0);
    assert_eq!(stage.value(IN_FLIGHT), 0.0);
}

#[tokio::test]
async fn the_buckets_are_as_many_as_routes_and_the_places_that_they_are_for() {
    let stage = Stage::new().await;
    let http = http(&stage).await;
    // One for what has none of its own, such as the gateway's address.
    assert_eq!(stage.line(BUCKETS), 1.0);
    for id in 1..=3 {
        http.broadcast_typing((event::CHANNEL + id).into()).await.unwrap();
        http.broadcast_typing((event::CHANNEL + id).into()).await.unwrap();
    }
    assert_eq!(stage.line(BUCKETS), 4.0);
    CHANNEL.say(&http, "hello").await.unwrap();
    assert_eq!(stage.line(BUCKETS), 5.0);
}

#[tokio::test]
async fn calls_at_the_same_time_do_not_mix() {
    let stage = Stage::new().await;
    let http = http(&stage).await;
    let wait = Duration::from_millis(30);
    stage.fake.answer(POST, [Answer::rate_limited(wait)]);
    stage.fake.answer("GET /users/{}", [Answer::rate_limited(wait).shared()]);
    let many = 20_u64;
    let calls = (0..many).map(|i| {
        let http = http.clone();
        tokio::spawn(async move {
            match i % 2 {
                0 => CHANNEL.say(&http, "hello").await.map(drop),
                _ => http.get_user((event::USER + i).into()).await.map(drop),
            }
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    stage.assert_series(
        REQUESTS,
        &[
            ("GET | /gateway | 200", 1),
            ("POST | /channels/{id}/messages | 200", 10),
            ("POST | /channels/{id}/messages | 429", 1),
            ("GET | /users/{id} | 200", 10),
            ("GET | /users/{id} | 429", 1),
        ],
    );
    stage
        .assert_series(HITS, &[("/channels/{id}/messages | user", 1), ("/users/{id} | shared", 1)]);
    assert_eq!(stage.line(INVALID), 1.0);
    assert_eq!(stage.line(&format!("{CALLS}_count")), 21.0);
    until(|| stage.value(IN_FLIGHT) == 0.0, || "calls in flight".to_owned()).await;
}
