//! A server that answers requests with what it was told, in turn.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// An answer. Once there are none left, requests get no response.
#[derive(Clone, Default)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// What the head waits for.
    pub(crate) head: Option<Arc<Semaphore>>,
    /// What the body waits for.
    pub(crate) body: Option<Arc<Semaphore>>,
}

pub(crate) fn status(status: u16) -> Reply {
    Reply { status, ..Reply::default() }
}

impl Reply {
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Serves `replies` on an address of its own.
pub(crate) async fn serve(replies: Vec<Reply>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for reply in replies {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer(stream, reply));
        }
    });
    addr
}

async fn answer(stream: TcpStream, reply: Reply) -> std::io::Result<()> {
    let mut stream = BufStream::new(stream);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    stream.read_exact(&mut body).await?;

    if let Some(head) = reply.head {
        head.acquire().await.unwrap().forget();
    }
    let mut text = format!("HTTP/1.1 {} .\r\nconnection: close\r\n", reply.status);
    if reply.status != 204 {
        text.push_str("content-length: 2\r\n");
    }
    for (name, value) in reply.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    stream.write_all(text.as_bytes()).await?;
    stream.flush().await?;
    if let Some(body) = reply.body {
        body.acquire().await.unwrap().forget();
    }
    if reply.status != 204 {
        stream.write_all(b"{}").await?;
    }
    stream.flush().await?;
    stream.shutdown().await
}
