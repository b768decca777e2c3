//! A server whose certificate nobody vouches for is refused, and the error says so; nothing was sent to it.

use std::sync::Arc;

use hedgewire_core::venues::Request;
use hedgewire_net::http::{HttpClient, HttpOutcome};
use hedgewire_net::websocket::{self, OpenError};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto::ring};

/// For 127.0.0.1, signed by itself and used by this test only. Made with `openssl req -x509 -newkey ec`, P-256.
const CERTIFICATE: &[u8] = include_bytes!("self_signed/certificate.der");
const KEY: &[u8] = include_bytes!("self_signed/key.der");

/// Serves TLS with that certificate; says how many bytes of a request it could read.
async fn self_signed() -> (String, tokio::task::JoinHandle<usize>) {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![CERTIFICATE.into()], PrivatePkcs8KeyDer::from(KEY).into())
        .expect("a usable certificate");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
    let host = listener.local_addr().expect("an address").to_string();
    let server = tokio::spawn(async move {
        let (io, _) = listener.accept().await.expect("a client");
        match TlsAcceptor::from(Arc::new(config)).accept(io).await {
            Ok(mut stream) => stream.read(&mut [0; 64]).await.unwrap_or(0),
            Err(_) => 0,
        }
    });
    (host, server)
}

#[tokio::test]
async fn a_socket_to_a_self_signed_server_is_refused_by_its_certificate() {
    let (host, server) = self_signed().await;
    let error = websocket::open(&format!("wss://{host}/v1/subscribe"), true, 5_000).await.err().expect("refused");
    let OpenError::NotConnected { reason } = &error else { panic!("{error:?}") };
    assert!(reason.contains("certificate") && reason.contains(&host) && reason.contains("hint:"), "{reason}");
    assert_eq!(server.await.expect("server"), 0);
}

#[tokio::test]
async fn a_request_to_a_self_signed_server_provably_did_not_leave() {
    let (host, server) = self_signed().await;
    let client = HttpClient::new(5_000).expect("client");
    let url = format!("https://{host}/v1/execute");
    let outcome = client.send(&Request::post(url, "{}".into(), "execute", 1)).await;
    let HttpOutcome::NotSent { reason } = &outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("certificate"), "{reason}");
    assert_eq!(server.await.expect("server"), 0);
}
