//! The server's half of a WebSocket handshake by hand: what follows it is the test's own bytes.

use base64::Engine as _;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Reads one request head.
pub async fn head(io: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut byte = [0u8];
    while !text.ends_with(b"\r\n\r\n") {
        if io.read(&mut byte).await.expect("readable") == 0 {
            break;
        }
        text.push(byte[0]);
    }
    String::from_utf8(text).expect("ASCII head")
}

fn accept_key(head: &str) -> String {
    let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).expect("a key");
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    base64::engine::general_purpose::STANDARD.encode(hash.finalize())
}

/// Reads a request and agrees to its upgrade.
pub async fn upgrade(io: &mut TcpStream, extensions: &str) -> String {
    let head = head(io).await;
    agree(io, &head, extensions).await;
    head
}

pub async fn agree(io: &mut TcpStream, head: &str, extensions: &str) {
    let accept = accept_key(head);
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n{extensions}\r\n"
    );
    io.write_all(answer.as_bytes()).await.expect("writable");
}

pub const DEFLATE: &str = "sec-websocket-extensions: permessage-deflate\r\n";

pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
    let url = format!("ws://{}/v1/subscribe", listener.local_addr().expect("an address"));
    (listener, url)
}
