//! The WebSocket against tiny raw servers on loopback: what a hostile or broken peer gets.

use std::time::Duration;

use base64::Engine as _;
use hedgewire_net::websocket::{self, Incoming, OpenError};
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Reads one request head.
async fn head(io: &mut TcpStream) -> String {
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

async fn upgrade(io: &mut TcpStream, extensions: &str) -> String {
    let head = head(io).await;
    let accept = accept_key(&head);
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n{extensions}\r\n"
    );
    io.write_all(answer.as_bytes()).await.expect("writable");
    head
}

const DEFLATE: &str = "sec-websocket-extensions: permessage-deflate\r\n";

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
    let url = format!("ws://{}/v1/subscribe", listener.local_addr().expect("an address"));
    (listener, url)
}

#[tokio::test]
async fn deflate_is_always_offered_and_a_compressed_message_arrives() {
    // proves: R003-034
    let (listener, url) = listen().await;
    let server = tokio::spawn(async move {
        let (mut io, _) = listener.accept().await.expect("a client");
        let head = upgrade(&mut io, DEFLATE).await;
        // "Hello" compressed, from RFC 7692 section 7.2.3.1: RSV1 set.
        io.write_all(&[0xc1, 0x07, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]).await.expect("writable");
        let mut rest = Vec::new();
        io.read_to_end(&mut rest).await.ok();
        head
    });
    let mut socket = websocket::open(&url, true, 2_000).await.expect("open");
    assert_eq!(socket.deflate.as_deref(), Some("permessage-deflate"));
    assert_eq!(socket.next().await, Incoming::Message("Hello".into()));
    drop(socket);
    let head = server.await.expect("server");
    assert!(head.contains("sec-websocket-extensions: permessage-deflate"), "{head}");
    assert!(head.starts_with("GET /v1/subscribe HTTP/1.1"), "{head}");
}

#[tokio::test]
async fn a_server_without_deflate_is_refused_where_the_venue_requires_it_and_fine_elsewhere() {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        for _ in 0..2 {
            let (mut io, _) = listener.accept().await.expect("a client");
            upgrade(&mut io, "").await;
            tokio::spawn(async move { io.read_to_end(&mut Vec::new()).await });
        }
    });
    let refused = websocket::open(&url, true, 2_000).await.err().expect("refused");
    assert_eq!(refused, OpenError::DeflateNotNegotiated { url: url.clone() });
    assert!(refused.to_string().contains("hint:"));
    assert_eq!(websocket::open(&url, false, 2_000).await.expect("open").deflate, None);
}

#[tokio::test]
async fn a_refusal_shows_its_status_and_body() {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        let (mut io, _) = listener.accept().await.expect("a client");
        head(&mut io).await;
        let body = r#"{"error_code":2080}"#;
        let answer = format!("HTTP/1.1 400 Bad Request\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        io.write_all(answer.as_bytes()).await.expect("writable");
    });
    let error = websocket::open(&url, true, 2_000).await.err().expect("refused");
    assert_eq!(error, OpenError::Refused { status: 400, body: r#"{"error_code":2080}"#.into() });
}

#[tokio::test]
async fn a_peer_that_accepts_and_stays_silent_is_given_up() {
    let (listener, url) = listen().await;
    let held = tokio::spawn(async move { listener.accept().await });
    let error = websocket::open(&url, true, 50).await.err().expect("given up");
    assert_eq!(error, OpenError::TimedOut { after_ms: 50 });
    drop(held);
}

#[tokio::test]
async fn a_wrong_accept_key_is_not_a_websocket() {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        let (mut io, _) = listener.accept().await.expect("a client");
        head(&mut io).await;
        let answer = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: bm9wZQ==\r\n\r\n";
        io.write_all(answer.as_bytes()).await.expect("writable");
    });
    let error = websocket::open(&url, false, 2_000).await.err().expect("refused");
    assert!(matches!(error, OpenError::Protocol { .. }), "{error:?}");
}

#[tokio::test]
async fn bad_addresses_and_dead_ports_are_told_apart() {
    let bad = websocket::open("http://127.0.0.1:1/x", false, 1_000).await.err().expect("refused");
    assert!(matches!(bad, OpenError::BadUrl { .. }), "{bad:?}");
    let dead = websocket::open("ws://127.0.0.1:1/x", false, 1_000).await.err().expect("refused");
    assert!(matches!(dead, OpenError::NotConnected { .. }), "{dead:?}");
}

#[tokio::test]
async fn an_oversized_frame_ends_the_connection_and_its_code_says_why() {
    let (listener, url) = listen().await;
    let server = tokio::spawn(async move {
        let (mut io, _) = listener.accept().await.expect("a client");
        upgrade(&mut io, DEFLATE).await;
        let length = (websocket::MAX_MESSAGE_BYTES + 1) as u64;
        let mut frame = vec![0x81, 127];
        frame.extend_from_slice(&length.to_be_bytes());
        io.write_all(&frame).await.expect("writable");
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(2), io.read_to_end(&mut answer)).await.ok();
        answer
    });
    let mut socket = websocket::open(&url, true, 2_000).await.expect("open");
    let end = socket.next().await;
    assert!(matches!(end, Incoming::Broken { .. }), "{end:?}");
    drop(socket);
    server.await.expect("server");
}

#[tokio::test]
async fn a_close_frame_keeps_its_code_and_reason() {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        let (mut io, _) = listener.accept().await.expect("a client");
        upgrade(&mut io, DEFLATE).await;
        io.write_all(&[0x88, 0x06, 0x0f, 0xa1, b'b', b'y', b'e', b'!']).await.expect("writable");
        io.read_to_end(&mut Vec::new()).await.ok();
    });
    let mut socket = websocket::open(&url, true, 2_000).await.expect("open");
    assert_eq!(socket.next().await, Incoming::Closed { code: Some(4001), reason: "bye!".into() });
}

#[tokio::test]
async fn invalid_text_and_broken_streams_end_the_connection_without_a_panic() {
    for bytes in [&[0x81u8, 0x02, 0xff, 0xfe][..], &[0xf1, 0x00], &[0x81, 0x05, b'h']] {
        let (listener, url) = listen().await;
        tokio::spawn(async move {
            let (mut io, _) = listener.accept().await.expect("a client");
            upgrade(&mut io, "").await;
            io.write_all(bytes).await.expect("writable");
            io.shutdown().await.ok();
            io.read_to_end(&mut Vec::new()).await.ok();
        });
        let mut socket = websocket::open(&url, false, 2_000).await.expect("open");
        let end = socket.next().await;
        assert!(matches!(end, Incoming::Broken { .. }), "{bytes:?}: {end:?}");
    }
}
