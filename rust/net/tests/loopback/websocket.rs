//! The WebSocket against tiny raw servers on loopback: what a hostile or broken peer gets.

use std::io::Write as _;
use std::time::Duration;

use crate::raw_server::{DEFLATE, head, listen, upgrade};
use hedgewire_net::websocket::{self, Incoming, OpenError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
    assert_eq!(close_code(&server.await.expect("server")), Some(1009));
}

/// One text frame whose payload inflates to `bytes` zeros.
fn bomb(bytes: usize) -> Vec<u8> {
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![b'0'; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        let part = left.min(zeros.len());
        deflate.write_all(&zeros[..part]).expect("memory");
        left -= part;
    }
    deflate.flush().expect("memory");
    let mut payload = deflate.get_ref().clone();
    // RFC 7692 section 7.2.1: the empty block of the flush stays off the wire.
    assert_eq!(payload.split_off(payload.len() - 4), [0x00, 0x00, 0xff, 0xff]);
    let mut frame = vec![0xc1, 127];
    frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
    frame.extend_from_slice(&payload);
    frame
}

#[tokio::test]
async fn a_decompression_bomb_ends_the_connection_before_it_is_inflated() {
    let bytes = 64 * 1024 * 1024;
    let frame = bomb(bytes);
    assert!(frame.len() < websocket::MAX_MESSAGE_BYTES, "the frame itself is within the limit: {}", frame.len());
    let (listener, url) = listen().await;
    let server = tokio::spawn(async move {
        let (mut io, _) = listener.accept().await.expect("a client");
        upgrade(&mut io, DEFLATE).await;
        io.write_all(&frame).await.expect("writable");
        let mut answer = Vec::new();
        io.read_to_end(&mut answer).await.ok();
        answer
    });
    let mut socket = websocket::open(&url, true, 2_000).await.expect("open");
    let before = peak_resident_kib();
    let end = tokio::time::timeout(Duration::from_secs(5), socket.next()).await.expect("soon");
    assert!(matches!(end, Incoming::Broken { .. }), "{} bytes of message", length(&end));
    let grown = peak_resident_kib() - before;
    assert!(grown < 32 * 1024, "refusing {bytes} bytes took {grown} KiB");
    drop(socket);
    assert_eq!(close_code(&server.await.expect("server")), Some(1009));
}

/// The code of a client's only frame: a close, masked.
fn close_code(bytes: &[u8]) -> Option<u16> {
    match bytes {
        [0x88, _, m0, m1, _, _, high, low, ..] => Some(u16::from_be_bytes([high ^ m0, low ^ m1])),
        _ => None,
    }
}

fn length(incoming: &Incoming) -> usize {
    if let Incoming::Message(bytes) = incoming { bytes.len() } else { 0 }
}

fn ending(incoming: &Incoming) -> Option<&str> {
    if let Incoming::Broken { reason } = incoming { Some(reason) } else { None }
}

/// The most memory this process ever held.
fn peak_resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("procfs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[tokio::test]
async fn the_largest_message_arrives_whole() {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        let (mut io, _) = listener.accept().await.expect("a client");
        upgrade(&mut io, DEFLATE).await;
        io.write_all(&bomb(websocket::MAX_MESSAGE_BYTES - 1)).await.expect("writable");
        io.read_to_end(&mut Vec::new()).await.ok();
    });
    let mut socket = websocket::open(&url, true, 2_000).await.expect("open");
    let message = socket.next().await;
    assert_eq!(length(&message), websocket::MAX_MESSAGE_BYTES - 1, "{:?}", ending(&message));
}

#[tokio::test]
async fn a_close_frame_keeps_its_code_and_reason_and_is_answered() {
    let (listener, url) = listen().await;
    let server = tokio::spawn(async move {
        let (mut io, _) = listener.accept().await.expect("a client");
        upgrade(&mut io, DEFLATE).await;
        io.write_all(&[0x88, 0x06, 0x0f, 0xa1, b'b', b'y', b'e', b'!']).await.expect("writable");
        let mut answer = Vec::new();
        io.read_to_end(&mut answer).await.ok();
        answer
    });
    let mut socket = websocket::open(&url, true, 2_000).await.expect("open");
    assert_eq!(socket.next().await, Incoming::Closed { code: Some(4001), reason: "bye!".into() });
    drop(socket);
    assert_eq!(close_code(&server.await.expect("server")), Some(4001));
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
