//! What is known after a request, against tiny raw servers on loopback.

use hedgewire_core::venues::{Reply, Request};
use hedgewire_net::http::{HttpClient, HttpOutcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn post(url: String) -> Request {
    Request::post(url, "{}".into(), "execute", 1)
}

/// Serves one connection: reads what comes first, then says `answer` and hangs up. Returns how many requests came.
async fn serve(answer: &'static str) -> (String, tokio::task::JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
    let url = format!("http://{}/execute", listener.local_addr().expect("an address"));
    let server = tokio::spawn(async move {
        let (mut io, _) = listener.accept().await.expect("a client");
        let mut buffer = vec![0; 4096];
        let read = io.read(&mut buffer).await.expect("readable");
        let requests = usize::from(read > 0);
        io.write_all(answer.as_bytes()).await.expect("writable");
        io.shutdown().await.ok();
        drop(io);
        // Were the client to send again by itself, it would be counted here.
        let again = tokio::time::timeout(std::time::Duration::from_millis(200), listener.accept()).await;
        requests + usize::from(again.is_ok())
    });
    (url, server)
}

#[tokio::test]
async fn an_answer_comes_whole_with_its_status_and_patience() {
    let client = HttpClient::new(2_000).expect("client");
    let (url, _server) = serve("HTTP/1.1 429 Too Many\r\nretry-after: 3\r\ncontent-length: 2\r\n\r\n{}").await;
    let expected = Reply { status: 429, retry_after_ms: Some(3_000), body: b"{}".to_vec() };
    assert_eq!(client.send(&post(url)).await, HttpOutcome::Reply(expected));
}

#[tokio::test]
async fn no_connection_means_not_sent() {
    let client = HttpClient::new(2_000).expect("client");
    let outcome = client.send(&post("http://127.0.0.1:1/execute".into())).await;
    assert!(matches!(outcome, HttpOutcome::NotSent { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_after_sending_is_lost_and_nothing_is_resent() {
    let client = HttpClient::new(2_000).expect("client");
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half\":"] {
        let (url, server) = serve(answer).await;
        let outcome = client.send(&post(url)).await;
        assert!(matches!(outcome, HttpOutcome::Lost { .. }), "{outcome:?}");
        assert_eq!(server.await.expect("server"), 1, "sent once and never again");
    }
}

#[tokio::test]
async fn silence_after_sending_is_lost_too() {
    let client = HttpClient::new(100).expect("client");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
    let url = format!("http://{}/execute", listener.local_addr().expect("an address"));
    let held = tokio::spawn(async move { listener.accept().await });
    let outcome = client.send(&post(url)).await;
    assert!(matches!(outcome, HttpOutcome::Lost { .. }), "{outcome:?}");
    drop(held);
}
