//! Requests that end otherwise than with a response: cancelled and panicked ones.

#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

mod support;

use std::future::pending;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use futures_util::FutureExt as _;
use support::{Script, Step, active, durations, fetch, obs, request, send, streams};
use tokio::task::JoinSet;

#[tokio::test]
async fn a_request_dropped_in_flight_is_499_cancelled() {
    let obs = obs();
    let app = Router::new()
        .route("/slow/{id}", get(async || pending::<()>().await))
        .layer(obs_axum::layer(&obs));
    let mut response = Box::pin(send(&app, request("GET /slow/1")));
    assert!(futures_util::poll!(&mut response).is_pending());
    assert_eq!(active(&obs), 1.0);
    assert_eq!(durations(&obs), [""; 0]);

    drop(response);
    assert_eq!(active(&obs), 0.0);
    assert_eq!(durations(&obs), ["GET /slow/{id} 499 cancelled"]);
}

#[tokio::test]
async fn the_destructors_of_a_cancelled_handler_still_belong_to_its_request() {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            assert!(obs_axum::RequestId::current().is_some());
            assert!(obs_core::trace::current().is_some());
            obs_axum::error_cause("seen");
        }
    }
    let obs = obs();
    let app = Router::new()
        .route(
            "/",
            get(async || {
                let _guard = Guard;
                pending::<()>().await;
            }),
        )
        .layer(obs_axum::layer(&obs));
    let mut response = Box::pin(send(&app, request("GET /")));
    assert!(futures_util::poll!(&mut response).is_pending());
    drop(response);
    assert!(obs_axum::RequestId::current().is_none());
    assert_eq!(durations(&obs), ["GET / 499 cancelled"]);
}

#[tokio::test]
async fn a_request_that_is_never_polled_is_cancelled_too() {
    let obs = obs();
    let mut service = tower::Layer::layer(
        &obs_axum::layer(&obs),
        tower::service_fn(async |_| {
            Ok::<_, std::io::Error>(http::Response::new(axum::body::Body::empty()))
        }),
    );
    let response = tower::Service::call(&mut service, request("GET /"));
    assert_eq!(active(&obs), 1.0);
    drop(response);
    assert_eq!(active(&obs), 0.0);
    assert_eq!(durations(&obs), ["GET _unmatched 499 cancelled"]);
}

#[tokio::test]
async fn a_timeout_inside_the_layer_is_its_response_and_outside_a_cancellation() {
    use tower_http_timeout as timeout;
    let obs = obs();
    let app = Router::new()
        .route("/inside", get(async || pending::<()>().await).layer(timeout::layer()))
        .route("/outside", get(async || pending::<()>().await))
        .layer(obs_axum::layer(&obs))
        .layer(timeout::layer());
    for target in ["GET /inside", "GET /outside"] {
        assert_eq!(fetch(&app, request(target)).await.status(), StatusCode::REQUEST_TIMEOUT);
    }
    assert_eq!(durations(&obs), ["GET /inside 408", "GET /outside 499 cancelled"]);
}

/// A timeout that has always run out at the second poll.
mod tower_http_timeout {
    use axum::extract::Request;
    use axum::http::StatusCode;
    use axum::middleware::{Next, from_fn};
    use axum::response::{IntoResponse as _, Response};

    async fn timeout(request: Request, next: Next) -> Response {
        let mut response = Box::pin(next.run(request));
        match futures_util::poll!(&mut response) {
            std::task::Poll::Ready(response) => response,
            std::task::Poll::Pending => StatusCode::REQUEST_TIMEOUT.into_response(),
        }
    }

    pub(crate) fn layer<S>() -> impl tower::Layer<
        S,
        Service: tower::Service<
            Request,
            Response = Response,
            Error = std::convert::Infallible,
            Future: Send,
        > + Clone
                     + Send
                     + Sync
                     + 'static,
    > + Clone
    where
        S: tower::Service<
                Request,
                Response = Response,
                Error = std::convert::Infallible,
                Future: Send,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
        from_fn(timeout)
    }
}

#[tokio::test]
async fn a_panic_is_500_panic_however_it_is_caught() {
    let obs = obs();
    let app = Router::new()
        .route("/now", get(async || -> () { panic!("on purpose") }))
        .route(
            "/later",
            get(async || -> () {
                tokio::task::yield_now().await;
                panic!("on purpose");
            }),
        )
        .layer(obs_axum::layer(&obs));

    // As hyper's connection task does it: the future is dropped once nothing panics any more.
    for target in ["GET /now", "GET /later"] {
        let app = app.clone();
        let task = tokio::spawn(async move { send(&app, request(target)).await });
        assert!(task.await.unwrap_err().is_panic());
    }
    // As a `CatchPanicLayer` outside does it.
    let response = AssertUnwindSafe(send(&app, request("GET /now"))).catch_unwind().await;
    assert!(response.is_err());

    assert_eq!(active(&obs), 0.0);
    assert_eq!(durations(&obs), ["GET /later 500 panic", "GET /now 500 panic x2"]);
}

#[tokio::test]
async fn a_panic_of_a_service_that_does_its_work_in_call_is_counted() {
    let obs = obs();
    let mut service =
        tower::Layer::layer(
            &obs_axum::layer(&obs),
            tower::service_fn(
                |_: http::Request<axum::body::Body>| -> std::future::Ready<
                    Result<http::Response<axum::body::Body>, std::io::Error>,
                > { panic!("on purpose") },
            ),
        );
    let call = AssertUnwindSafe(|| tower::Service::call(&mut service, request("GET /")));
    assert!(std::panic::catch_unwind(call).is_err());
    assert_eq!(active(&obs), 0.0);
    assert_eq!(durations(&obs), ["GET _unmatched 500 panic"]);
    // The thread is clean: the next request is not taken for an inner one.
    assert!(obs_axum::RequestId::current().is_none());
}

#[tokio::test]
async fn a_panic_in_a_body_is_the_stream_s_error() {
    let obs = obs();
    let app = Router::new()
        .route("/", get(async || Script::body([Step::Data("some"), Step::Panic])))
        .layer(obs_axum::layer(&obs));
    let result = AssertUnwindSafe(fetch(&app, request("GET /"))).catch_unwind().await;
    assert!(result.is_err());
    assert_eq!(active(&obs), 0.0);
    assert_eq!(durations(&obs), ["GET / 200"]);
    assert_eq!(streams(&obs), ["GET / 200 panic"]);
}

#[tokio::test]
async fn a_service_error_is_500() {
    let obs = obs();
    let mut service = tower::Layer::layer(
        &obs_axum::layer(&obs),
        tower::service_fn(async |_| -> Result<http::Response<axum::body::Body>, _> {
            Err(std::io::Error::other("no"))
        }),
    );
    assert!(tower::Service::call(&mut service, request("GET /")).await.is_err());
    assert_eq!(active(&obs), 0.0);
    assert_eq!(durations(&obs), ["GET _unmatched 500 500"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_threads_lose_no_request() {
    let obs = obs();
    let app = Router::new()
        .route("/{id}", get(async || tokio::task::yield_now().await))
        .layer(obs_axum::layer(&obs));
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let app = app.clone();
        tasks.spawn(async move {
            for i in 0..500 {
                fetch(&app, request(&format!("GET /{i}"))).await;
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(active(&obs), 0.0);
    assert_eq!(durations(&obs), ["GET /{id} 200 x4000"]);
}
