//! What the client alone shows.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use obs_core::metrics::Metrics;
use obs_serenity::rest::Rest;
use reqwest::Method;
use tokio::sync::Semaphore;

use crate::server::{Reply, serve, status};
use crate::{CHANNEL, TOKEN, assert_clean, hits, requests, rest, value};

const INVALID: &str = "discord_rest_invalid_requests";
const ACKS: &str = "discord_interaction_ack_seconds_count{kind=\"unknown\"}";

/// Acknowledgements within `le` seconds. No handler was given the interactions: nobody knows their kind.
fn within(metrics: &Metrics, le: &str) -> f64 {
    let labels = format!("kind=\"unknown\",le=\"{le}\"");
    value(metrics, &format!("discord_interaction_ack_seconds_bucket{{{labels}}}"))
}

fn client(rest: &Rest) -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy();
    rest.instrument_proxied(builder, "127.0.0.1").build().unwrap()
}

/// The id of what was made so long ago.
fn made(ago: Duration) -> u64 {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let made = now - ago - Duration::from_millis(1_420_070_400_000);
    u64::try_from(made.as_millis()).unwrap() << 22
}

#[tokio::test]
async fn each_attempt_counts_by_method_route_and_status() {
    let (rest, metrics) = rest();
    let client = client(&rest);
    let path = format!("channels/{CHANNEL}/messages");
    let table = [
        (Method::GET, 200),
        (Method::POST, 429),
        (Method::POST, 200),
        (Method::PATCH, 403),
        (Method::PUT, 502),
        (Method::DELETE, 204),
        (Method::DELETE, 204),
    ];
    let addr = serve(table.iter().map(|(_, code)| status(*code)).collect()).await;
    for (method, code) in &table {
        let url = format!("http://{addr}/api/v10/{path}?limit=5");
        let response = client.request(method.clone(), url).body("{}").send().await.unwrap();
        assert_eq!(response.status(), *code);
    }
    let route = "/channels/{id}/messages";
    for (method, code) in &table {
        let want = table.iter().filter(|other| **other == (method.clone(), *code)).count();
        let count = requests(&metrics, method.as_str(), route, &code.to_string());
        assert_eq!(count, want as f64, "{method} {code}");
    }
    assert_eq!(value(&metrics, INVALID), 2.0, "a 429 and a 403");
    assert_eq!(hits(&metrics, route, "unknown"), 1.0, "nobody saw its headers");
    assert_clean(&metrics);
}

#[tokio::test]
async fn what_gets_no_response_counts_as_an_error() {
    let (rest, metrics) = rest();
    let closed = serve(Vec::new()).await;
    // The listener is gone as soon as its task has run.
    tokio::task::yield_now().await;
    let url = format!("http://{closed}/api/v10/webhooks/{CHANNEL}/{TOKEN}");
    client(&rest).post(url).send().await.unwrap_err();
    assert_eq!(requests(&metrics, "POST", "/webhooks/{id}/{token}", "error"), 1.0);
    assert_eq!(value(&metrics, INVALID), 0.0);
    assert_clean(&metrics);
}

#[tokio::test]
async fn a_redirect_is_an_attempt_more() {
    let (rest, metrics) = rest();
    let location = format!("/api/v10/channels/{CHANNEL}");
    let addr = serve(vec![status(302).header("location", location), status(200)]).await;
    client(&rest).get(format!("http://{addr}/api/v10/gateway")).send().await.unwrap();
    assert_eq!(requests(&metrics, "GET", "/gateway", "302"), 1.0);
    assert_eq!(requests(&metrics, "GET", "/channels/{id}", "200"), 1.0);
}

#[tokio::test]
async fn requests_to_others_than_discord_do_not_count() {
    let (rest, metrics) = rest();
    let addr = serve(vec![status(403)]).await;
    let builder = reqwest::Client::builder().no_proxy().resolve("cdn.example", addr);
    let client = rest.instrument(builder).build().unwrap();
    let url = format!("http://cdn.example:{}/api/v10/gateway", addr.port());
    assert_eq!(client.get(url).send().await.unwrap().status(), 403);
    assert_eq!(requests(&metrics, "GET", "/gateway", "403"), 0.0);
    assert_eq!(value(&metrics, INVALID), 0.0);
}

#[tokio::test]
async fn requests_to_discord_count() {
    let (rest, metrics) = rest();
    let hosts = ["discord.com", "status.discord.com"];
    let addr = serve(vec![status(200); hosts.len()]).await;
    let mut builder = reqwest::Client::builder().no_proxy();
    for host in hosts {
        builder = builder.resolve(host, addr);
    }
    let client = rest.instrument(builder).build().unwrap();
    for host in hosts {
        let url = format!("http://{host}:{}/api/v10/gateway", addr.port());
        client.get(url).send().await.unwrap();
    }
    assert_eq!(requests(&metrics, "GET", "/gateway", "200"), 2.0);
}

#[tokio::test]
async fn an_attempt_counts_when_its_head_is_there() {
    let (rest, metrics) = rest();
    let body = Arc::new(Semaphore::new(0));
    let slow = Reply { body: Some(Arc::clone(&body)), ..status(200) };
    let addr = serve(vec![slow]).await;
    let response =
        client(&rest).get(format!("http://{addr}/api/v10/gateway")).send().await.unwrap();
    assert_eq!(requests(&metrics, "GET", "/gateway", "200"), 1.0);
    body.add_permits(1);
    assert_eq!(response.text().await.unwrap(), "{}");
    assert_eq!(requests(&metrics, "GET", "/gateway", "200"), 1.0);
}

#[tokio::test]
async fn the_first_answer_that_discord_takes_acknowledges() {
    let (rest, metrics) = rest();
    let client = client(&rest);
    let answer = async |id: u64, code: u16| {
        let addr = serve(vec![status(code)]).await;
        let url = format!("http://{addr}/api/v10/interactions/{id}/{TOKEN}/callback");
        client.post(url).body("{}").send().await.unwrap();
    };
    let id = made(Duration::from_secs(2));
    for code in [429, 503] {
        answer(id, code).await;
        assert_eq!(value(&metrics, ACKS), 0.0, "{code} is no answer");
    }
    answer(id, 204).await;
    answer(id, 400).await;
    assert_eq!(value(&metrics, ACKS), 1.0, "an interaction is acknowledged once");
    assert!(value(&metrics, "discord_interaction_ack_seconds_sum{kind=\"unknown\"}") >= 2.0);
    assert_eq!(within(&metrics, "1.5"), 0.0);

    // Too late: Discord knows it no more.
    answer(made(Duration::from_secs(4)), 404).await;
    assert_eq!(value(&metrics, ACKS), 2.0);
    assert_eq!(within(&metrics, "3.0"), 1.0);

    // From the future of a clock that is behind.
    answer(made(Duration::ZERO) + (3_600_000 << 22), 204).await;
    assert_eq!(within(&metrics, "0.05"), 1.0);
    assert_clean(&metrics);
}

/// What reqwest does by itself, and would not with a policy that is not told to.
#[tokio::test]
async fn what_an_http2_server_refuses_unseen_is_tried_again() {
    let (rest, metrics) = rest();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let mut refusals = 1;
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            if refusals > 0 {
                refusals -= 1;
                respond.send_reset(h2::Reason::REFUSED_STREAM);
            } else {
                respond.send_response(http::Response::new(()), true).unwrap();
            }
        }
    });
    let builder = reqwest::Client::builder().no_proxy().http2_prior_knowledge();
    let client = rest.instrument_proxied(builder, "127.0.0.1").build().unwrap();
    let response = client.get(format!("http://{addr}/api/v10/gateway")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(requests(&metrics, "GET", "/gateway", "error"), 1.0);
    assert_eq!(requests(&metrics, "GET", "/gateway", "200"), 1.0);
}
