//! What serenity's spans tell of requests. The rate limiter's two hooks are serenity's own; the call
//! around them is where its limiter would insist on `https://discord.com`.

use std::sync::Arc;
use std::time::Duration;

use obs_core::metrics::Metrics;
use obs_serenity::rest::{self, Rest};
use serenity::http::{Http, HttpBuilder, LightMethod, Ratelimit, Request, Route};
use serenity::model::id::{ChannelId, MessageId, WebhookId};
use tokio::sync::Semaphore;
use tracing::{Instrument as _, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::server::{Reply, serve, status};
use crate::{CHANNEL, TOKEN, assert_clean, hits, requests, rest, value};

const MESSAGES: &str = "/channels/{id}/messages";
const WAITED: &str = "discord_rest_rate_limit_wait_seconds_total";

/// The seconds waited for a limit of a route, or for that on all routes.
fn waited(metrics: &Metrics, route: &str, global: bool) -> f64 {
    value(metrics, &format!("{WAITED}{{global=\"{global}\",route=\"{route}\"}}"))
}

fn watch(rest: &Rest) -> tracing::subscriber::DefaultGuard {
    let subscriber = tracing_subscriber::registry().with(rest::layer(rest));
    tracing::subscriber::set_default(subscriber)
}

fn durations(metrics: &Metrics, method: &str, route: &str) -> f64 {
    let labels = format!("method=\"{method}\",route=\"{route}\"");
    value(metrics, &format!("discord_rest_request_duration_seconds_count{{{labels}}}"))
}

fn channel() -> ChannelId {
    CHANNEL.parse().unwrap()
}

/// serenity's `Http` for `addr`, without its limiter.
fn unlimited(rest: &Rest, addr: std::net::SocketAddr) -> Http {
    let builder = reqwest::Client::builder().no_proxy();
    let client = rest.instrument_proxied(builder, "127.0.0.1").build().unwrap();
    let proxy = format!("http://{addr}");
    HttpBuilder::new(TOKEN).client(client).proxy(proxy).ratelimiter_disabled(true).build()
}

/// What `Http::request` does with the limiter on: hooks of the bucket around each attempt.
async fn call(
    rest: &Rest,
    replies: Vec<Reply>,
    build: fn(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
) {
    let route = Route::ChannelMessages { channel_id: channel() };
    limited_call(rest, replies, route, build).await;
}

async fn limited_call(
    rest: &Rest,
    replies: Vec<Reply>,
    route: Route<'_>,
    build: fn(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
) {
    let addr = serve(replies).await;
    let builder = reqwest::Client::builder().no_proxy();
    let client = rest.instrument_proxied(builder, "127.0.0.1").build().unwrap();
    let url = route.path().replace("https://discord.com", &format!("http://{addr}"));
    let request = Request::new(route, LightMethod::Post);
    async {
        let mut bucket = Ratelimit::default();
        loop {
            bucket.pre_hook(&request, &|_| {}).await;
            let response = build(client.post(&url)).send().await.unwrap();
            if response.headers().contains_key("x-ratelimit-global") {
                tracing::debug!(target: "serenity::http::ratelimiting", "Ratelimited on route");
                continue;
            }
            if !bucket.post_hook(&response, &request, &|_| {}, false).await.unwrap() {
                break;
            }
        }
    }
    .instrument(info_span!(target: "serenity::http::client", "request"))
    .await;
}

fn json(builder: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
    builder.body("{}")
}

fn upload(builder: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
    builder.multipart(reqwest::multipart::Form::new().text("file", "text"))
}

#[tokio::test]
async fn a_call_of_serenity_is_in_flight_until_it_ends() {
    let (rest, metrics) = rest();
    let _watched = watch(&rest);
    let head = Arc::new(Semaphore::new(0));
    let addr = serve(vec![Reply { head: Some(Arc::clone(&head)), ..status(200) }]).await;
    let http = Arc::new(unlimited(&rest, addr));
    let call = tokio::spawn(async move {
        let route = Route::ChannelMessages { channel_id: channel() };
        http.request(Request::new(route, LightMethod::Get)).await.map(|_| ())
    });
    while value(&metrics, "discord_rest_in_flight") == 0.0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(value(&metrics, "discord_rest_call_duration_seconds_count"), 0.0);
    head.add_permits(1);
    call.await.unwrap().unwrap();
    assert_eq!(value(&metrics, "discord_rest_in_flight"), 0.0);
    assert_eq!(value(&metrics, "discord_rest_call_duration_seconds_count"), 1.0);
    assert_eq!(durations(&metrics, "GET", MESSAGES), 1.0);
    assert_eq!(requests(&metrics, "GET", MESSAGES, "200"), 1.0);
    assert_eq!(waited(&metrics, MESSAGES, false), 0.0);
    assert_clean(&metrics);
}

#[tokio::test]
async fn a_call_that_is_given_up_is_not_in_flight() {
    let (rest, metrics) = rest();
    let _watched = watch(&rest);
    let head = Arc::new(Semaphore::new(0));
    let addr = serve(vec![Reply { head: Some(head), ..status(200) }]).await;
    let http = unlimited(&rest, addr);
    let request = Request::new(Route::Gateway, LightMethod::Get);
    tokio::select! {
        biased;
        _ = http.request(request) => panic!("nobody answers"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(value(&metrics, "discord_rest_in_flight"), 0.0);
    assert_eq!(value(&metrics, "discord_rest_call_duration_seconds_count"), 1.0);
    assert_eq!(durations(&metrics, "GET", "/gateway"), 0.0, "no attempt came to its end");
}

#[tokio::test]
async fn a_429_of_serenity_without_its_limiter_is_of_unknown_scope() {
    let (rest, metrics) = rest();
    let _watched = watch(&rest);
    let addr = serve(vec![status(429).header("x-ratelimit-scope", "user")]).await;
    let route = Route::ChannelMessages { channel_id: channel() };
    unlimited(&rest, addr).request(Request::new(route, LightMethod::Get)).await.unwrap_err();
    assert_eq!(hits(&metrics, MESSAGES, "unknown"), 1.0);
}

#[tokio::test]
async fn headers_tell_whose_limit_was_hit() {
    // (scope, counted towards the ban)
    for (scope, invalid) in [("user", 1.0), ("shared", 0.0)] {
        let (rest, metrics) = rest();
        let _watched = watch(&rest);
        let limited = status(429).header("x-ratelimit-scope", scope).header("retry-after", "0.02");
        call(&rest, vec![limited, status(200)], json).await;
        assert_eq!(hits(&metrics, MESSAGES, scope), 1.0, "{scope}");
        assert_eq!(hits(&metrics, MESSAGES, "unknown"), 0.0, "{scope}");
        assert_eq!(value(&metrics, "discord_rest_invalid_requests"), invalid, "{scope}");
        assert!(waited(&metrics, MESSAGES, false) >= 0.02, "{scope}");
        assert_eq!(waited(&metrics, MESSAGES, true), 0.0, "{scope}");
        assert_eq!(durations(&metrics, "POST", MESSAGES), 2.0, "{scope}");
        assert_eq!(value(&metrics, "discord_rest_call_duration_seconds_count"), 1.0, "{scope}");
        assert!(value(&metrics, "discord_rest_call_duration_seconds_sum") >= 0.02, "{scope}");
        assert_clean(&metrics);
    }
}

#[tokio::test]
async fn the_global_limit_is_known_by_what_the_limiter_logs() {
    let (rest, metrics) = rest();
    let _watched = watch(&rest);
    let limited = status(429).header("x-ratelimit-global", "true").header("retry-after", "0");
    call(&rest, vec![limited, status(200)], json).await;
    assert_eq!(hits(&metrics, MESSAGES, "global"), 1.0);
    assert_eq!(value(&metrics, "discord_rest_invalid_requests"), 1.0);
}

#[tokio::test]
async fn a_429_that_the_limiter_tries_again_unseen_is_of_the_global_limit() {
    let (rest, metrics) = rest();
    let _watched = watch(&rest);
    let addr = serve(vec![status(429), status(200)]).await;
    let builder = reqwest::Client::builder().no_proxy();
    let client = rest.instrument_proxied(builder, "127.0.0.1").build().unwrap();
    let request = Request::new(Route::Gateway, LightMethod::Get);
    async {
        for _ in 0..2 {
            Ratelimit::default().pre_hook(&request, &|_| {}).await;
            client.get(format!("http://{addr}/api/v10/gateway")).send().await.unwrap();
        }
    }
    .instrument(info_span!(target: "serenity::http::client", "request"))
    .await;
    assert_eq!(hits(&metrics, "/gateway", "global"), 1.0);
}

#[tokio::test]
async fn a_wait_for_a_full_bucket_is_a_wait_and_no_attempt() {
    let (rest, metrics) = rest();
    let _watched = watch(&rest);
    let call = info_span!(target: "serenity::http::client", "request");
    async {
        let wait = info_span!(target: "serenity::http::ratelimiting", "pre_hook");
        tokio::time::sleep(Duration::from_millis(15)).instrument(wait).await;
    }
    .instrument(call.clone())
    .await;
    drop(call);
    assert!(waited(&metrics, "other", false) >= 0.015, "no attempt tells the route");
    assert!(value(&metrics, "discord_rest_call_duration_seconds_sum") >= 0.015);
}

/// reqwest shows no attempt whose body it could not send twice.
#[tokio::test]
async fn uploads_count_when_their_response_is_there() {
    let (rest, metrics) = rest();
    let _watched = watch(&rest);
    let limited = status(429).header("x-ratelimit-scope", "user").header("retry-after", "0");
    call(&rest, vec![limited, status(200)], upload).await;
    assert_eq!(requests(&metrics, "POST", MESSAGES, "429"), 1.0);
    assert_eq!(requests(&metrics, "POST", MESSAGES, "200"), 1.0);
    assert_eq!(hits(&metrics, MESSAGES, "user"), 1.0);
    assert_eq!(durations(&metrics, "POST", MESSAGES), 2.0);

    let edit = Route::ChannelMessage { channel_id: channel(), message_id: MessageId::new(7) };
    limited_call(&rest, vec![status(200)], edit, upload).await;
    assert_eq!(requests(&metrics, "PATCH", "/channels/{id}/messages/{id}", "200"), 1.0);

    let webhook = Route::WebhookWithToken { webhook_id: WebhookId::new(7), token: TOKEN };
    limited_call(&rest, vec![status(200)], webhook, upload).await;
    assert_eq!(requests(&metrics, "POST", "/webhooks/{id}/{token}", "200"), 1.0);
    assert_clean(&metrics);
}

/// A value that must not be formatted.
struct Untouchable;

impl std::fmt::Debug for Untouchable {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("a field was formatted that nobody asked for")
    }
}

#[test]
fn spans_that_are_not_needed_stay_off_and_fields_unread() {
    let (rest, metrics) = rest();
    let _watched = watch(&rest);
    let off = [
        info_span!(target: "serenity::gateway::shard", "handle_event", event = ?Untouchable),
        info_span!(target: "serenity::gateway::shard", "handle_gateway_dispatch", event = ?Untouchable),
        info_span!(target: "serenity::http::ratelimiting", "perform", req = ?Untouchable),
        info_span!(target: "serenity::http::request", "build", self = ?Untouchable),
        info_span!(target: "my_bot", "request", req = ?Untouchable),
    ];
    assert!(off.iter().all(tracing::Span::is_disabled));
    tracing::error!(target: "serenity::http::client", error = ?Untouchable, "no");
    tracing::trace!(target: "serenity::gateway::shard", error = ?Untouchable, "no");
    tracing::error!(target: "my_bot", error = ?Untouchable, "no");

    let on = info_span!(target: "serenity::http::client", "request", req = ?Untouchable);
    assert!(!on.is_disabled());
    on.in_scope(|| {
        drop(info_span!(target: "serenity::http::ratelimiting", "pre_hook", req = ?Untouchable));
        tracing::debug!(target: "serenity::http::ratelimiting", error = ?Untouchable, "no");
    });
    assert_eq!(value(&metrics, "discord_rest_in_flight"), 1.0);
}
