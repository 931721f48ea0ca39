//! Over a real connection: what reaches the wire, and what the layer makes of a client's behaviour.
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{State, WebSocketUpgrade};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRAILER};
use axum::routing::get;
use obs_core::Obs;
use support::wire::{self, Connection};
use support::{Script, Step, active, durations, obs, streams, total};
use tokio::net::TcpListener;

/// Serves `app` on loopback as a service does: axum calls `with_state` for each connection.
async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    addr
}

/// Waits until `done`: the server notices a closed connection in its own time.
async fn until(obs: &Obs, done: impl Fn(&Obs) -> bool) {
    while !done(obs) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn every_connection_shares_one_layer() {
    let obs = obs();
    let app = Router::new()
        .route("/{id}", get(async |State(state): State<Arc<str>>| state.to_string()))
        .layer(obs_axum::layer(&obs))
        .with_state(Arc::from("state"));
    let addr = serve(app).await;
    for _ in 0..20 {
        let answer = wire::get(addr, "/7").await;
        assert!(answer.ends_with("\r\n\r\nstate"), "{answer}");
    }
    let mut connection = Connection::open(addr).await;
    for _ in 0..5 {
        connection.send("GET /8 HTTP/1.1\r\nhost: test\r\n\r\n").await;
        connection.read_until("\r\n\r\nstate").await;
    }
    until(&obs, |obs| active(obs) == 0.0).await;
    assert_eq!(durations(&obs), ["GET /{id} 200 x25"]);
}

#[tokio::test]
async fn lengths_and_ids_are_on_the_wire() {
    let obs = obs();
    let app = Router::new()
        .route("/known", get(async || "seven b"))
        .route("/stream", get(async || Script::body(["ab", "c"].map(Step::Data))))
        .layer(obs_axum::layer(&obs).track_all_bodies());
    let addr = serve(app).await;
    let known = wire::get(addr, "/known").await;
    assert!(known.contains("content-length: 7\r\n"), "{known}");
    assert!(!known.contains("transfer-encoding"), "{known}");
    assert!(
        known.contains("\r\nx-request-id: ") && known.contains("\r\ntraceparent: 00-"),
        "{known}"
    );
    let stream = wire::get(addr, "/stream").await;
    assert!(stream.contains("transfer-encoding: chunked\r\n"), "{stream}");
    assert!(stream.ends_with("2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"), "{stream}");

    let mut connection = Connection::open(addr).await;
    connection.send("HEAD /known HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await;
    let head = connection.read_to_end().await;
    assert!(head.contains("content-length: 7\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    until(&obs, |obs| active(obs) == 0.0).await;
    assert_eq!(durations(&obs), ["GET /known 200", "GET /stream 200", "HEAD /known 200"]);
    assert_eq!(streams(&obs), ["GET /stream 200"]);
}

#[tokio::test]
async fn a_client_that_hangs_up_cancels_its_request_or_stream() {
    let obs = obs();
    let events = ([(CONTENT_TYPE, "text/event-stream")], ());
    let app = Router::new()
        .route("/slow", get(std::future::pending::<()>))
        .route("/report", get(async || Script::body([Step::Data("first"), Step::Hang])))
        .route(
            "/events",
            get(async move || (events, Script::body([Step::Data("data: 1\n\n"), Step::Hang]))),
        )
        .layer(obs_axum::layer(&obs));
    let addr = serve(app).await;
    for (path, wait_for) in [("/report", "first"), ("/events", "data: 1")] {
        let mut connection = Connection::open(addr).await;
        connection.send(&format!("GET {path} HTTP/1.1\r\nhost: test\r\n\r\n")).await;
        connection.read_until(wait_for).await;
    }
    let mut connection = Connection::open(addr).await;
    connection.send("GET /slow HTTP/1.1\r\nhost: test\r\n\r\n").await;
    until(&obs, |obs| active(obs) > 0.0).await;
    drop(connection);

    until(&obs, |obs| durations(obs).len() == 2 && active(obs) == 0.0).await;
    assert_eq!(durations(&obs), ["GET /report 200", "GET /slow 499 cancelled"]);
    assert_eq!(streams(&obs), ["GET /events 200 cancelled", "GET /report 200 cancelled"]);
}

/// hyper drops a body unasked once it has the bytes of its `Content-Length`, or its trailers.
#[tokio::test]
async fn a_stream_that_the_server_stops_asking_is_complete_if_all_of_it_was_sent() {
    let obs = obs();
    let three = || Script::body(["ab", "c"].map(Step::Data));
    let trailer = || Script::body([Step::Data("abc"), Step::Trailer("x-sum", "6")]);
    let half = || Script::body([Step::Data("ab"), Step::Hang]);
    let app = Router::new()
        .route("/length", get(async move || ([(CONTENT_LENGTH, "3")], three())))
        .route("/empty", get(async move || ([(CONTENT_LENGTH, "0")], three())))
        .route("/trailer", get(async move || ([(TRAILER, "x-sum")], trailer())))
        .route("/half", get(async move || ([(CONTENT_LENGTH, "3")], half())))
        .layer(obs_axum::layer(&obs));
    let addr = serve(app).await;
    for path in ["/length", "/empty"] {
        wire::get(addr, path).await;
    }
    let mut connection = Connection::open(addr).await;
    connection.send("GET /trailer HTTP/1.1\r\nhost: test\r\nte: trailers\r\n\r\n").await;
    connection.read_until("0\r\nx-sum: 6\r\n\r\n").await;
    let mut connection = Connection::open(addr).await;
    connection.send("GET /half HTTP/1.1\r\nhost: test\r\n\r\n").await;
    connection.read_until("\r\n\r\nab").await;
    drop(connection);

    until(&obs, |obs| durations(obs).len() == 4 && active(obs) == 0.0).await;
    assert_eq!(
        streams(&obs),
        ["GET /empty 200", "GET /half 200 cancelled", "GET /length 200", "GET /trailer 200"]
    );
}

#[tokio::test]
async fn a_panic_closes_its_connection_and_is_counted() {
    let obs = obs();
    let app = Router::new()
        .route("/", get(async || -> () { panic!("on purpose") }))
        .layer(obs_axum::layer(&obs));
    let addr = serve(app).await;
    assert_eq!(wire::get(addr, "/").await, "");
    assert_eq!(durations(&obs), ["GET / 500 panic"]);
    assert_eq!(active(&obs), 0.0);
}

#[tokio::test]
async fn a_web_socket_is_an_upgrade_and_no_latency() {
    let obs = obs();
    let app = Router::new()
        .route(
            "/ws",
            get(async |upgrade: WebSocketUpgrade| {
                upgrade
                    .on_upgrade(async |mut socket| while let Some(Ok(_)) = socket.recv().await {})
            }),
        )
        .layer(obs_axum::layer(&obs));
    let mut connection = Connection::open(serve(app).await).await;
    let upgrade = "GET /ws HTTP/1.1\r\nhost: test\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    connection.send(upgrade).await;
    let answer = connection.read_until("\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    // The socket is open, and the request is over.
    assert_eq!(active(&obs), 0.0);
    assert_eq!(total(&obs, "http_server_upgrades_total"), 1.0);
    assert_eq!((durations(&obs).len(), streams(&obs).len()), (0, 0));
}

#[tokio::test]
async fn headers_that_are_no_text_and_odd_requests_are_served() {
    let obs = obs();
    let app = Router::new().route("/", get(async || "served")).layer(obs_axum::layer(&obs));
    let addr = serve(app).await;
    let head: [&[u8]; 4] = [
        b"GET / HTTP/1.1\r\nhost: test\r\nx-request-id: \xff\xfe\r\ntraceparent: \x80\r\n",
        b"GET /?%ff%00 HTTP/1.1\r\nhost: \xffoo\r\nuser-agent: \xf0\x28\x8c\xbc\r\n",
        b"GET http://other.example/ HTTP/1.1\r\nhost: test\r\n",
        b"GET / HTTP/1.0\r\n",
    ];
    for head in head {
        let mut connection = Connection::open(addr).await;
        connection.send(head).await;
        connection.send("connection: close\r\n\r\n").await;
        let answer = connection.read_to_end().await;
        assert!(answer.contains(" 200 OK\r\n"), "{}: {answer}", String::from_utf8_lossy(head));
    }
    until(&obs, |obs| active(obs) == 0.0).await;
    assert_eq!(durations(&obs), ["GET / 200 x4"]);
}

#[tokio::test]
async fn event_streams_do_not_hold_up_a_shutdown() {
    let obs = obs();
    let app = Router::new()
        .route(
            "/events",
            get(async || ([(CONTENT_TYPE, "text/event-stream")], Script::body([Step::Hang]))),
        )
        .layer(obs_axum::layer(&obs));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = axum::serve(listener, app).with_graceful_shutdown(obs.shutdown_signal());
    let server = tokio::spawn(server.into_future());
    let mut connection = Connection::open(addr).await;
    connection.send("GET /events HTTP/1.1\r\nhost: test\r\n\r\n").await;
    connection.read_until("\r\n\r\n").await;

    obs.shutdown_handle().trigger();
    // The end of the stream, not a broken connection.
    assert!(connection.read_to_end().await.ends_with("0\r\n\r\n"));
    server.await.unwrap().unwrap();
    assert_eq!(streams(&obs), ["GET /events 200 shutdown"]);
}
