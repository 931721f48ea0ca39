//! The edge of the gateway: one task for each websocket.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::SinkExt;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::hub::Hub;
use super::state::{Connection, Frame};
use super::zlib::Packing;

/// How many frames are written before they are flushed, at most.
const BATCH: usize = 256;

/// `GET /` of the gateway.
pub(super) async fn upgrade(
    State(hub): State<Arc<Hub>>,
    uri: Uri,
    upgrade: WebSocketUpgrade,
) -> Response {
    let query = uri.query().unwrap_or_default();
    let asked = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|it| it.0 == name)
            .map(|it| it.1)
    };
    let packing = match asked("compress") {
        None => Packing::Plain,
        Some("zlib-stream") => Packing::stream(),
        Some(_) => return refused("only zlib-stream is there"),
    };
    if asked("encoding").is_some_and(|encoding| encoding != "json") {
        return refused("only JSON is there");
    }
    upgrade.on_upgrade(move |socket| serve(hub, socket, packing)).into_response()
}

fn refused(reason: &'static str) -> Response {
    (StatusCode::BAD_REQUEST, reason).into_response()
}

async fn serve(hub: Arc<Hub>, mut socket: WebSocket, mut packing: Packing) {
    let (frames, mut waiting) = mpsc::unbounded_channel();
    let mut connection = hub.change(|state| state.gateway.connect(&hub.config, frames));
    let code = run(&hub, &mut socket, &mut packing, &mut connection, &mut waiting).await;
    hub.change(|state| state.gateway.disconnect(&connection, code));
}

/// Carries frames until either side ends; the client's close code, if it sent one.
async fn run(
    hub: &Hub,
    socket: &mut WebSocket,
    packing: &mut Packing,
    connection: &mut Connection,
    waiting: &mut UnboundedReceiver<Frame>,
) -> Option<u16> {
    let mut batch = Vec::with_capacity(BATCH);
    let mut closing = false;
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) if !closing => {
                    receive(hub, connection, &text);
                }
                Some(Ok(Message::Close(frame))) => {
                    // Reading on writes the answer to it.
                    socket.recv().await;
                    return (!closing).then(|| frame.map_or(1005, |frame| frame.code));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            },
            1.. = waiting.recv_many(&mut batch, BATCH), if !closing => {
                for frame in batch.drain(..) {
                    match write(socket, packing, frame).await {
                        Ok(Next::Go) => {}
                        Ok(Next::Close) => { closing = true; break }
                        Ok(Next::Cut) | Err(_) => return None,
                    }
                }
                batch.clear();
                if socket.flush().await.is_err() { return None }
            }
            () = hub.stopped() => return None,
        }
    }
}

/// What follows a frame that was written.
enum Next {
    Go,
    Close,
    Cut,
}

async fn write(
    socket: &mut WebSocket,
    packing: &mut Packing,
    frame: Frame,
) -> Result<Next, axum::Error> {
    let message = match frame {
        Frame::Text(text) => match packing.pack(&text) {
            Some(bytes) => Message::Binary(bytes.into()),
            None => Message::Text(text.into()),
        },
        Frame::CompressPayloads => {
            if matches!(packing, Packing::Plain) {
                *packing = Packing::Payload;
            }
            return Ok(Next::Go);
        }
        Frame::Close(code) => {
            let reason = "by script".into();
            socket.feed(Message::Close(Some(CloseFrame { code, reason }))).await?;
            return Ok(Next::Close);
        }
        Frame::Cut => {
            socket.flush().await?;
            return Ok(Next::Cut);
        }
    };
    socket.feed(message).await?;
    Ok(Next::Go)
}

#[expect(clippy::disallowed_methods, reason = "the edge: when a shard identifies")]
fn receive(hub: &Hub, connection: &mut Connection, text: &str) {
    let now = Instant::now();
    hub.change(|state| {
        state.gateway.receive(&hub.config, connection, text, &hub.gateway_url(), now);
    });
}
