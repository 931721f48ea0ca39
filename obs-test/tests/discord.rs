//! The fake Discord, seen by clients that know nothing but the protocol.
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support;

use std::time::{Duration, Instant};

use obs_test::discord::{Answer, FakeDiscord, Guild, event};
use serde_json::{Value, json};

use support::{Client, rest, tls_client};

const POST: &str = "POST /channels/{}/messages";

#[tokio::test]
async fn a_client_identifies_and_gets_its_guilds() {
    let discord =
        FakeDiscord::builder().guilds([Guild::new(event::GUILD).members(3)]).start().await;
    let mut client = Client::connect(&discord, "").await;
    let hello = client.read().await;
    assert_eq!((&hello["op"], &hello["d"]["heartbeat_interval"]), (&json!(10), &json!(41_250)));
    client.identify(0, 1).await;
    let ready = client.event("READY").await;
    assert_eq!(ready["s"], 1);
    assert_eq!(ready["d"]["guilds"][0]["id"], event::GUILD.to_string());
    let guild = client.event("GUILD_CREATE").await;
    assert_eq!(guild["s"], 2);
    assert_eq!(guild["d"]["member_count"], 4);
    assert_eq!(guild["d"]["members"].as_array().unwrap().len(), 4);
    assert!(guild["d"]["roles"][0]["colors"].is_object());

    let identify = discord.shard(0).identified().await;
    assert_eq!(identify["intents"], 513);
    assert_eq!(identify.get("token"), None, "a token is kept nowhere");
    let counts = discord.shard(0).counts();
    assert_eq!((counts.identifies, counts.all_events(), discord.connections()), (1, 2, 1));
}

#[tokio::test]
async fn events_are_numbered_and_counted_once() {
    let discord = FakeDiscord::builder().guilds([]).start().await;
    let mut client = Client::identified(&discord).await;
    let shard = discord.shard(0);
    shard.send(event::message("one"));
    shard.send_times(&event::message("many"), 600);
    shard.send(event::Event::new("SOMETHING_NEW", json!({ "a": 1 })));
    shard.send(event::message("broken").remove("author.id"));
    for seq in 2..=602 {
        assert_eq!(client.event("MESSAGE_CREATE").await["s"], seq);
    }
    assert_eq!(client.event("SOMETHING_NEW").await["d"], json!({ "a": 1 }));
    assert_eq!(client.event("MESSAGE_CREATE").await["d"]["author"].get("id"), None);
    let counts = discord.counts();
    assert_eq!((counts.event("MESSAGE_CREATE"), counts.event("SOMETHING_NEW")), (602, 1));
    assert_eq!(counts.event("TYPING_START"), 0);
}

#[tokio::test]
async fn what_is_no_payload_arrives_as_it_is() {
    let discord = FakeDiscord::start().await;
    let mut client = Client::identified(&discord).await;
    client.event("GUILD_CREATE").await;
    discord.shard(0).send_text("{no json");
    discord.shard(0).send_op(42, json!({ "x": 1 }));
    assert_eq!(client.text().await, "{no json");
    assert_eq!(client.read().await, json!({ "op": 42, "d": { "x": 1 } }));
}

#[tokio::test]
async fn heartbeats_are_answered_unless_withheld() {
    let discord = FakeDiscord::builder().guilds([]).start().await;
    let mut client = Client::identified(&discord).await;
    let shard = discord.shard(0);
    client.send(1, json!(1)).await;
    assert_eq!(client.read().await["op"], 11);
    shard.withhold_acks();
    client.send(1, json!(1)).await;
    shard.counted(|counts| counts.heartbeats == 2).await;
    shard.give_acks();
    client.send(1, json!(1)).await;
    assert_eq!(client.read().await["op"], 11);
    let counts = shard.counts();
    assert_eq!((counts.heartbeats, counts.acks), (3, 2));
}

#[tokio::test]
async fn caught_up_is_when_the_last_event_was_read() {
    let discord = FakeDiscord::builder().guilds([]).start().await;
    let mut client = Client::identified(&discord).await;
    let shard = discord.shard(0);
    shard.send(event::message("last"));
    let mut caught_up = Box::pin(shard.caught_up());
    tokio::select! {
        biased;
        () = &mut caught_up => panic!("nothing was read"),
        frame = client.event("MESSAGE_CREATE") => assert_eq!(frame["s"], 2),
    }
    assert_eq!(client.read().await["op"], 1);
    // A heartbeat that says that one event was read is not it.
    client.send(1, json!(1)).await;
    tokio::select! {
        biased;
        () = &mut caught_up => panic!("the last event was not read"),
        frame = client.read() => assert_eq!(frame["op"], 11),
    }
    client.send(1, json!(2)).await;
    caught_up.await;
}

#[tokio::test]
async fn a_resume_replays_what_was_not_read() {
    let discord = FakeDiscord::builder().guilds([]).start().await;
    let mut client = Client::identified(&discord).await;
    let shard = discord.shard(0);
    for content in ["read", "not read"] {
        shard.send(event::message(content));
        client.event("MESSAGE_CREATE").await;
    }
    shard.reconnect();
    assert_eq!(client.read().await["op"], 7);
    assert!(!shard.is_connected());
    shard.send(event::message("between"));
    assert_eq!(shard.counts().event("MESSAGE_CREATE"), 2, "none was there to be sent it");

    let mut client = client.resume(&discord, 2).await;
    for (seq, content) in [(3, "not read"), (4, "between")] {
        let frame = client.event("MESSAGE_CREATE").await;
        assert_eq!((&frame["s"], &frame["d"]["content"]), (&json!(seq), &json!(content)));
    }
    assert_eq!(client.event("RESUMED").await["s"], 5);
    shard.connected().await;
    let counts = shard.counts();
    assert_eq!((counts.resumes, counts.replayed, counts.reconnects), (1, 1, 1));
    assert_eq!((counts.event("MESSAGE_CREATE"), counts.event("RESUMED")), (3, 1));

    // Once more: the same events, which count once.
    shard.cut();
    client.resume(&discord, 2).await.event("MESSAGE_CREATE").await;
    let counts = shard.counted(|counts| counts.resumes == 2).await;
    assert_eq!((counts.event("MESSAGE_CREATE"), counts.replayed), (3, 3));
}

#[tokio::test]
async fn a_session_that_is_gone_cannot_be_resumed() {
    let discord = FakeDiscord::builder().guilds([]).start().await;
    let shard = discord.shard(0);

    let mut client = Client::identified(&discord).await;
    shard.invalid_session(false);
    assert_eq!(client.read().await, json!({ "op": 9, "d": false }));
    let mut client = client.resume(&discord, 1).await;
    assert_eq!(client.read().await, json!({ "op": 9, "d": false }));
    // On the same connection, as Discord has it.
    client.identify(0, 1).await;
    client.event("READY").await;

    shard.forget_session();
    shard.close(4000);
    assert_eq!(client.closed().await, Some(4000));
    let mut client = client.resume(&discord, 1).await;
    assert_eq!(client.read().await, json!({ "op": 9, "d": false }));
    let counts = shard.counts();
    assert_eq!((counts.identifies, counts.resumes, counts.resumes_refused), (2, 0, 2));
    assert_eq!((counts.invalid_sessions, counts.closes[&4000]), (3, 1));
}

#[tokio::test]
async fn a_resumable_session_stays() {
    let discord = FakeDiscord::builder().guilds([]).start().await;
    let mut client = Client::identified(&discord).await;
    discord.shard(0).invalid_session(true);
    assert_eq!(client.read().await, json!({ "op": 9, "d": true }));
    client.resume(&discord, 1).await.event("RESUMED").await;
}

#[tokio::test]
async fn events_that_were_said_to_be_read_cannot_be_resumed_from() {
    let discord = FakeDiscord::builder().guilds([]).start().await;
    let mut client = Client::identified(&discord).await;
    discord.shard(0).send(event::message("read"));
    client.send(1, json!(2)).await;
    discord.shard(0).counted(|counts| counts.heartbeats == 1).await;
    let mut client = client.resume(&discord, 1).await;
    assert_eq!(client.read().await, json!({ "op": 9, "d": false }));
}

#[tokio::test]
async fn mistakes_are_closed_with_discord_s_codes() {
    let identify = json!({ "op": 2, "d": { "token": "t", "intents": 0 } });
    let nineth = json!({ "op": 2, "d": { "token": "t", "intents": 0, "shard": [9, 4] } });
    let stranger = json!({ "op": 2, "d": { "token": "x", "intents": 0 } });
    let ahead =
        json!({ "op": 6, "d": { "token": "t", "session_id": "fake-session-0-0", "seq": 99 } });
    let rows: [(&str, &[Value], u16); 7] = [
        ("no payload", &[json!("text")], 4002),
        ("an opcode there is not", &[json!({ "op": 77, "d": null })], 4001),
        ("a presence before the identify", &[json!({ "op": 3, "d": {} })], 4003),
        ("another's token", &[stranger], 4004),
        ("a second identify", &[identify.clone(), identify.clone()], 4005),
        ("events that never were", &[ahead], 4007),
        ("a shard there is not", &[nineth], 4010),
    ];
    for (what, frames, code) in rows {
        let discord = FakeDiscord::builder().token("t").guilds([]).start().await;
        let mut other = Client::connect(&discord, "").await;
        other.read().await;
        other.send(2, json!({ "token": "t", "intents": 0 })).await;
        other.event("READY").await;
        let mut client = Client::connect(&discord, "").await;
        for frame in frames {
            client.send_text(frame.to_string()).await;
        }
        assert_eq!(client.closed().await, Some(code), "{what}");
    }
}

#[tokio::test]
async fn an_identify_is_refused_by_script() {
    let discord = FakeDiscord::start().await;
    discord.shard(0).refuse_identify(4014);
    let mut client = Client::connect(&discord, "").await;
    client.identify(0, 1).await;
    assert_eq!(client.closed().await, Some(4014));
    let mut client = Client::connect(&discord, "").await;
    client.identify(0, 1).await;
    client.event("READY").await;
    let counts = discord.shard(0).counts();
    assert_eq!((counts.identifies, counts.identifies_refused, counts.closes[&4014]), (1, 1, 1));
}

#[tokio::test]
async fn a_session_that_is_held_waits() {
    let discord = FakeDiscord::start().await;
    let shard = discord.shard(0);
    shard.hold();
    let mut client = Client::connect(&discord, "").await;
    client.identify(0, 1).await;
    client.send(1, json!(null)).await;
    assert_eq!(client.read().await["op"], 10);
    assert_eq!(client.read().await["op"], 11, "heartbeats are answered, the identify is not");
    assert!(!shard.is_connected());
    shard.release();
    client.event("READY").await;
    client.event("GUILD_CREATE").await;

    shard.reconnect();
    shard.hold();
    let mut client = client.resume(&discord, 2).await;
    client.send(1, json!(2)).await;
    assert_eq!(client.read().await["op"], 11);
    assert_eq!((shard.counts().resumes, shard.is_connected()), (0, false));
    shard.release();
    client.event("RESUMED").await;
    let counts = shard.counts();
    assert_eq!((counts.identifies, counts.resumes), (1, 1));
    shard.reconnect();
    let mut client = client.resume(&discord, 3).await;
    client.event("RESUMED").await;

    // Who has gone gets no answer.
    shard.reconnect();
    shard.hold();
    let client = client.resume(&discord, 4).await;
    client.close(1000).await;
    shard.counted(|counts| counts.client_closes.contains_key(&1000)).await;
    shard.release();
    assert_eq!((shard.counts().resumes, shard.is_connected()), (2, false));
}

#[tokio::test]
async fn a_shard_is_up_until_a_heartbeat_is_late() {
    for (interval, up_unacknowledged) in [(Duration::from_secs(60), true), (Duration::ZERO, false)]
    {
        let discord = FakeDiscord::builder().heartbeat_interval(interval).start().await;
        let shard = discord.shard(0);
        assert!(!shard.is_up());
        let mut client = Client::identified(&discord).await;
        client.send(1, json!(1)).await;
        shard.counted(|counts| counts.acks == 1).await;
        assert!(shard.is_up());
        shard.withhold_acks();
        client.send(1, json!(1)).await;
        shard.counted(|counts| counts.heartbeats == 2).await;
        assert_eq!(
            (shard.is_up(), shard.is_connected()),
            (up_unacknowledged, true),
            "{interval:?}"
        );
        shard.give_acks();
        client.send(1, json!(1)).await;
        shard.counted(|counts| counts.acks == 2).await;
        assert!(shard.is_up());
        shard.close(4000);
        assert!(!shard.is_up());
    }
}

#[tokio::test]
async fn a_cut_has_no_close_frame() {
    let discord = FakeDiscord::start().await;
    let mut client = Client::identified(&discord).await;
    discord.shard(0).cut();
    assert_eq!(client.closed().await, None);
    assert_eq!(discord.shard(0).counts().cuts, 1);
}

#[tokio::test]
async fn the_client_s_close_is_counted_and_ends_the_connection() {
    let discord = FakeDiscord::start().await;
    let client = Client::identified(&discord).await;
    client.close(1000).await;
    let counts = discord.shard(0).counted(|counts| !counts.client_closes.is_empty()).await;
    assert_eq!(counts.client_closes, [(1000, 1)].into());
    assert!(!discord.shard(0).is_connected());
}

#[tokio::test]
async fn shards_have_their_own_guilds_sessions_and_counts() {
    let ids: Vec<u64> = (0..3).map(|shard| event::guild_id(shard, 3, 0)).collect();
    let guilds = ids.iter().map(|id| Guild::new(*id));
    let discord = FakeDiscord::builder().shards(3).guilds(guilds).start().await;
    for shard in [2, 0, 1] {
        let mut client = Client::connect(&discord, "").await;
        client.identify(shard, 3).await;
        assert_eq!(client.event("READY").await["d"]["shard"], json!([shard, 3]));
        let guild = client.event("GUILD_CREATE").await;
        assert_eq!(guild["d"]["id"], ids[shard as usize].to_string());
        discord.shard(shard).send(event::message("hi"));
        client.event("MESSAGE_CREATE").await;
        assert_eq!(discord.shard(shard).counts().all_events(), 3);
    }
    assert_eq!((discord.counts().identifies, discord.counts().all_events()), (3, 9));
}

#[tokio::test]
async fn shards_of_one_bucket_must_not_identify_at_once() {
    let hour = Duration::from_secs(3600);
    let builder = FakeDiscord::builder().guilds([]).max_concurrency(2).identify_interval(hour);
    let discord = builder.start().await;
    let mut clients = Vec::new();
    for shard in 0..3 {
        let mut client = Client::connect(&discord, "").await;
        client.read().await;
        client.identify(shard, 4).await;
        clients.push(client);
    }
    assert_eq!(clients[0].read().await["t"], "READY");
    assert_eq!(clients[1].read().await["t"], "READY");
    // Shards 0 and 2 share a bucket.
    assert_eq!(clients[2].read().await, json!({ "op": 9, "d": false }));
    assert_eq!(discord.shard(2).counts().identifies_refused, 1);
}

#[tokio::test]
async fn frames_are_compressed_for_those_who_ask() {
    let discord = FakeDiscord::builder().compress_payloads().guilds([]).start().await;
    for (query, compress) in [("?v=10&encoding=json&compress=zlib-stream", false), ("?v=10", true)]
    {
        let mut client = Client::connect(&discord, query).await;
        client.identify_with(json!({ "shard": [0, 1], "compress": compress })).await;
        client.event("READY").await;
        discord.shard(0).send(event::message(&"x".repeat(10_000)));
        let message = client.event("MESSAGE_CREATE").await;
        assert_eq!(message["d"]["content"].as_str().unwrap().len(), 10_000);
        assert!(client.binary_frames >= 2, "{query}: {}", client.binary_frames);
    }
    for query in ["?compress=zstd-stream", "?encoding=etf"] {
        assert!(Client::try_connect(&discord, query).await.is_err(), "{query}");
    }
}

#[tokio::test]
async fn rest_says_where_the_gateway_is_and_what_is_left() {
    let builder = FakeDiscord::builder().shards(4).max_concurrency(16).session_starts(1000, 7);
    let discord = builder.session_starts_reset(Duration::from_millis(1500)).start().await;
    Client::identified(&discord).await;
    let (_, gateway) = rest(&discord, "GET", "/gateway", Value::Null).await;
    assert_eq!(gateway, json!({ "url": discord.gateway_url() }));
    let (_, gateway) = rest(&discord, "GET", "/gateway/bot", Value::Null).await;
    let limit =
        json!({ "total": 1000, "remaining": 6, "reset_after": 1500, "max_concurrency": 16 });
    assert_eq!((&gateway["shards"], &gateway["session_start_limit"]), (&json!(4), &limit));
    let paths: Vec<_> = discord.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/gateway", "/gateway/bot"]);
}

#[tokio::test]
async fn rest_answers_what_bots_ask() {
    let discord = FakeDiscord::start().await;
    let (channel, guild) = (event::CHANNEL, event::GUILD);
    let hi = json!({ "content": "hi" });
    let commands = json!([{ "name": "ping", "description": "d" }]);
    let rows = [
        ("GET", "/users/@me".to_owned(), Value::Null, 200, "/bot", json!(true)),
        ("GET", "/oauth2/applications/@me".into(), Value::Null, 200, "/name", json!("application")),
        ("POST", format!("/channels/{channel}/messages"), hi.clone(), 200, "/content", json!("hi")),
        ("PATCH", format!("/channels/{channel}/messages/5"), hi.clone(), 200, "/id", json!("5")),
        ("DELETE", format!("/channels/{channel}/messages/5"), Value::Null, 204, "", Value::Null),
        ("POST", "/interactions/1/tok/callback".into(), hi.clone(), 204, "", Value::Null),
        ("POST", "/webhooks/1/tok".into(), hi.clone(), 200, "/content", json!("hi")),
        ("PATCH", "/webhooks/1/tok/messages/@original".into(), hi, 200, "/content", json!("hi")),
        ("PUT", "/applications/1/commands".into(), commands, 200, "/0/name", json!("ping")),
        ("GET", format!("/guilds/{guild}"), Value::Null, 200, "/name", json!("guild")),
        ("GET", format!("/channels/{channel}"), Value::Null, 200, "/name", json!("general")),
        ("GET", "/channels/1".into(), Value::Null, 404, "/code", json!(0)),
        ("GET", "/no/such/thing".into(), Value::Null, 404, "/code", json!(0)),
    ];
    for (method, path, body, status, pointer, wanted) in rows {
        let (answer, json) = rest(&discord, method, &path, body.clone()).await;
        assert_eq!(answer.status().as_u16(), status, "{method} {path}");
        assert_eq!(json.pointer(pointer).unwrap(), &wanted, "{method} {path}: {json}");
        let request = discord.requests().pop().unwrap();
        assert_eq!((request.method, request.path), (method.to_owned(), path));
        assert_eq!((request.body, request.status), (body, status));
    }
}

#[tokio::test]
async fn limits_have_the_headers_and_bodies_that_tell_them_apart() {
    let discord = FakeDiscord::start().await;
    let limited = || Answer::rate_limited(Duration::from_millis(250));
    discord.answer(POST, [limited(), limited().shared(), limited().global()]);
    discord.answer(POST, [Answer::usual().bucket(5, 0, Duration::from_secs(2))]);
    // (scope, global header, what is left, in the body)
    let rows = [
        (Some("user"), None, Some("0"), json!(false)),
        (Some("shared"), None, Some("0"), json!(false)),
        (Some("global"), Some("true"), None, json!(true)),
        (None, None, Some("0"), Value::Null),
        (None, None, Some("999"), Value::Null),
    ];
    for (scope, global, remaining, in_body) in rows {
        let (answer, body) =
            rest(&discord, "POST", "/channels/1/messages", json!({ "content": "x" })).await;
        let header = |name: &str| answer.headers().get(name).map(|v| v.to_str().unwrap());
        assert_eq!(header("x-ratelimit-scope"), scope);
        assert_eq!(header("x-ratelimit-global"), global, "{scope:?}");
        assert_eq!(header("x-ratelimit-remaining"), remaining, "{scope:?}");
        assert_eq!(body["global"], in_body, "{scope:?}");
        if scope.is_some() {
            assert_eq!((answer.status().as_u16(), header("retry-after")), (429, Some("0.25")));
            assert_eq!((&body["retry_after"], &body["code"]), (&json!(0.25), &json!(0)));
        }
    }
    let statuses: Vec<_> = discord.requested(POST, 5).await.iter().map(|r| r.status).collect();
    assert_eq!(statuses, [429, 429, 429, 200, 200]);
}

#[tokio::test]
async fn answers_are_scripted_by_route() {
    let discord = FakeDiscord::start().await;
    discord.answer_always("GET /users/{}", Answer::error(403));
    discord.answer("* /users/**", [Answer::text(502, "<html>")]);
    let status = async |path: &str| {
        let (answer, body) = rest(&discord, "GET", path, Value::Null).await;
        (answer.status().as_u16(), body["code"].clone())
    };
    assert_eq!(status("/users/@me").await, (502, Value::Null));
    assert_eq!(status("/users/@me").await, (403, json!(50_013)));
    assert_eq!(status("/gateway").await, (200, Value::Null));
    discord.answer_as_usual();
    assert_eq!(status("/users/@me").await, (200, Value::Null));
}

#[tokio::test]
async fn a_slow_answer_is_recorded_before_it_comes() {
    let discord = FakeDiscord::start().await;
    let delay = Duration::from_millis(100);
    discord.answer("GET /users/@me", [Answer::usual().delay(delay)]);
    let start = Instant::now();
    let answer = tokio::spawn({
        let discord = discord.clone();
        async move { rest(&discord, "GET", "/users/@me", Value::Null).await.0.status() }
    });
    discord.requested("GET /users/@me", 1).await;
    assert!(!answer.is_finished());
    assert_eq!(answer.await.unwrap(), 200);
    assert!(start.elapsed() >= delay);
}

#[tokio::test]
async fn a_wrong_token_is_unauthorized_but_where_the_path_has_one() {
    let discord = FakeDiscord::builder().token("right").start().await;
    let url = |path: &str| format!("{}/api/v10{path}", discord.rest_url());
    let client = reqwest::Client::new();
    for (token, status) in [("Bot right", 200), ("Bot wrong", 401), ("right", 200)] {
        let request = client.get(url("/users/@me")).header("authorization", token);
        assert_eq!(request.send().await.unwrap().status(), status, "{token}");
    }
    assert_eq!(client.get(url("/users/@me")).send().await.unwrap().status(), 401);
    let callback = client.post(url("/interactions/1/tok/callback")).body("{}");
    assert_eq!(callback.send().await.unwrap().status(), 204);
    assert!(!format!("{:?}", discord.requests()).contains("right"));
}

#[tokio::test]
async fn discord_com_is_resolved_to_it_with_tls() {
    let discord = FakeDiscord::start().await;
    let client = tls_client(&discord);
    let url = "https://discord.com/api/v10/users/@me";
    assert_eq!(client.get(url).send().await.unwrap().status(), 200);
    assert_eq!(discord.requests()[0].path, "/users/@me");
}

#[tokio::test]
async fn waiting_in_vain_says_what_there_was() {
    let discord = FakeDiscord::builder().patience(Duration::from_millis(20)).start().await;
    rest(&discord, "GET", "/gateway", Value::Null).await;
    let waiting = tokio::spawn(async move { discord.requested(POST, 1).await });
    let panic = waiting.await.unwrap_err().into_panic();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("1 requests of POST /channels/{}/messages"), "{text}");
    assert!(text.contains("/gateway"), "{text}");
}

#[tokio::test]
async fn connections_end_with_the_fake() {
    let discord = FakeDiscord::start().await;
    let mut client = Client::identified(&discord).await;
    drop(discord);
    assert_eq!(client.closed().await, None);
}
