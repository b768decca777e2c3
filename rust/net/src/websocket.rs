//! WebSocket with permessage-deflate. The handshake is our own, so that a refusal shows its status and body.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::SinkExt;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::header;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use yawc::{Frame, OpCode, Options, Role, WebSocket};

/// A frame, and a message after inflating, has fewer bytes than this; else the connection ends with code 1009.
pub const MAX_MESSAGE_BYTES: usize = 1024 * 1024;
/// Room for what one read of the socket takes. Without a size of its own the crate's buffer shrinks to what is left of a
/// frame, and reads it in pieces: four calls a book frame instead of one.
const READ_BYTES: usize = 64 * 1024;
/// How long a peer may take to receive our goodbye.
const PARTING: Duration = Duration::from_millis(200);
/// As much of a refusal's body as is read and shown.
const MAX_REFUSAL_BYTES: usize = 4096;
/// RFC 6455 section 1.3: what the accept key is made with.
const ACCEPT_GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const DEFLATE_OFFER: &str = "permessage-deflate; client_max_window_bits";

/// Why a socket did not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// The URL itself is wrong: trying again cannot help.
    BadUrl {
        url: String,
        reason: String,
    },
    NotConnected {
        reason: String,
    },
    TimedOut {
        after_ms: u64,
    },
    /// The server answered with something other than 101.
    Refused {
        status: u16,
        body: String,
    },
    /// The venue demands compression and the server did not agree to it (Nado reference 4.1, error 2080).
    DeflateNotNegotiated {
        url: String,
    },
    Protocol {
        reason: String,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUrl { url, reason } => write!(
                f,
                "socket address not usable: {url} ({reason})\nhint: it must look like wss://host/path, or ws://host:port/path locally"
            ),
            Self::NotConnected { reason } => write!(f, "no connection: {reason}"),
            Self::TimedOut { after_ms } => write!(f, "no WebSocket handshake within {after_ms} ms"),
            Self::Refused { status, body } => write!(f, "upgrade refused with HTTP {status}: {body}"),
            Self::DeflateNotNegotiated { url } => write!(
                f,
                "permessage-deflate not negotiated (from {url})\nhint: this venue's subscriptions require compression; a proxy in between may strip Sec-WebSocket-Extensions"
            ),
            Self::Protocol { reason } => write!(f, "not a WebSocket handshake: {reason}"),
        }
    }
}

/// What arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    Message(Bytes),
    Pong,
    Ping,
    /// The peer said goodbye.
    Closed {
        code: Option<u16>,
        reason: String,
    },
    /// The connection broke, or the peer broke the protocol.
    Broken {
        reason: String,
    },
}

enum Transport {
    Plain(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

impl AsyncRead for Transport {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(io).poll_read(cx, buf),
            Self::Tls(io) => Pin::new(io).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<std::io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(io).poll_write(cx, data),
            Self::Tls(io) => Pin::new(io).poll_write(cx, data),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(io).poll_flush(cx),
            Self::Tls(io) => Pin::new(io).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        match self.get_mut() {
            Self::Plain(io) => Pin::new(io).poll_shutdown(cx),
            Self::Tls(io) => Pin::new(io).poll_shutdown(cx),
        }
    }
}

/// An open WebSocket.
pub struct Socket {
    inner: WebSocket<TokioIo<Upgraded>>,
    /// The server's own words of what compression was agreed, `None` without.
    pub deflate: Option<String>,
}

/// Opens a WebSocket within `timeout_ms`. Compression is always offered; where `deflate_required`, a server without it is refused.
pub async fn open(url: &str, deflate_required: bool, timeout_ms: u64) -> Result<Socket, OpenError> {
    tokio::time::timeout(Duration::from_millis(timeout_ms), handshake(url, deflate_required))
        .await
        .unwrap_or(Err(OpenError::TimedOut { after_ms: timeout_ms }))
}

async fn connect(uri: &hyper::Uri, url: &str) -> Result<Transport, OpenError> {
    let bad = |reason: &str| OpenError::BadUrl { url: url.into(), reason: reason.into() };
    let host = uri.host().ok_or_else(|| bad("no host"))?;
    let tls = match uri.scheme_str() {
        Some("wss") => true,
        Some("ws") => false,
        _ => return Err(bad("the scheme is neither ws nor wss")),
    };
    let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
    let bare_host = host.trim_start_matches('[').trim_end_matches(']');
    let not_connected = |what: &str, error: &dyn fmt::Display| OpenError::NotConnected {
        reason: format!("{what} {host}:{port}: {error}"),
    };
    let tcp = TcpStream::connect((bare_host, port)).await.map_err(|error| not_connected("TCP to", &error))?;
    tcp.set_nodelay(true).map_err(|error| not_connected("TCP_NODELAY on", &error))?;
    if !tls {
        return Ok(Transport::Plain(tcp));
    }
    let config = crate::tls::config().map_err(|error| not_connected("TLS to", &error))?;
    let name = rustls::pki_types::ServerName::try_from(bare_host.to_owned())
        .map_err(|_| bad("the host is not a TLS server name"))?;
    let stream = tokio_rustls::TlsConnector::from(config)
        .connect(name, tcp)
        .await
        .map_err(|error| not_connected("TLS to", &crate::tls::explained(&error)))?;
    Ok(Transport::Tls(Box::new(stream)))
}

async fn handshake(url: &str, deflate_required: bool) -> Result<Socket, OpenError> {
    let uri: hyper::Uri = url.parse().map_err(|error: hyper::http::uri::InvalidUri| OpenError::BadUrl {
        url: url.into(),
        reason: error.to_string(),
    })?;
    let transport = connect(&uri, url).await?;
    let broken = |error: hyper::Error| OpenError::NotConnected { reason: format!("handshake broken: {error}") };
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(transport)).await.map_err(broken)?;
    // Ends by itself when the request is answered without an upgrade, or with the upgraded stream.
    // How it ended is no news: until the upgrade `sender` reports it, afterwards the socket does.
    tokio::spawn(async move { drop(connection.with_upgrades().await) });
    let key = BASE64.encode(random_key());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let request = hyper::Request::builder()
        .method("GET")
        .uri(path)
        .header(header::HOST, authority)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key)
        .header(header::SEC_WEBSOCKET_EXTENSIONS, DEFLATE_OFFER)
        .header(header::USER_AGENT, concat!("hedgewire/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<Bytes>::new())
        .map_err(|error| OpenError::BadUrl { url: url.into(), reason: error.to_string() })?;
    let response = sender.send_request(request).await.map_err(broken)?;
    if response.status() != hyper::StatusCode::SWITCHING_PROTOCOLS {
        let status = response.status().as_u16();
        let body = match Limited::new(response.into_body(), MAX_REFUSAL_BYTES).collect().await {
            Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
            Err(error) => format!("(body not readable: {error})"),
        };
        return Err(OpenError::Refused { status, body });
    }
    let expected = BASE64.encode(Sha1::new().chain_update(key.as_bytes()).chain_update(ACCEPT_GUID).finalize());
    if response.headers().get(header::SEC_WEBSOCKET_ACCEPT).and_then(|value| value.to_str().ok())
        != Some(expected.as_str())
    {
        return Err(OpenError::Protocol { reason: "Sec-WebSocket-Accept does not answer our key".into() });
    }
    let extensions = response
        .headers()
        .get(header::SEC_WEBSOCKET_EXTENSIONS)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let deflate = extensions.filter(|text| text.trim_start().starts_with("permessage-deflate"));
    if deflate_required && deflate.is_none() {
        return Err(OpenError::DeflateNotNegotiated { url: url.into() });
    }
    let upgraded = hyper::upgrade::on(response).await.map_err(broken)?;
    let options = Options::default()
        .with_utf8()
        .with_no_delay()
        .with_limits(MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES)
        .with_read_buffer_capacity(READ_BYTES)
        .with_balanced_compression();
    let options = if deflate.is_some() { options } else { options.without_compression() };
    let inner =
        WebSocket::from_stream_with_extensions(TokioIo::new(upgraded), Role::Client, deflate.as_deref(), options)
            .map_err(|error| OpenError::Protocol { reason: error.to_string() })?;
    Ok(Socket { inner, deflate })
}

/// The handshake key only has to differ from connection to connection (RFC 6455 section 10.3 concerns caches).
fn random_key() -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&crate::clock::entropy_seed().to_be_bytes());
    key[8..].copy_from_slice(&crate::clock::entropy_seed().to_be_bytes());
    key
}

impl Socket {
    /// The next thing that happened. After `Closed` or `Broken` the socket is finished.
    pub async fn next(&mut self) -> Incoming {
        loop {
            let frame = match self.inner.next_frame().await {
                Ok(frame) => frame,
                Err(error) => {
                    self.part().await;
                    return Incoming::Broken { reason: error.to_string() };
                }
            };
            match frame.opcode() {
                OpCode::Text | OpCode::Binary => return Incoming::Message(frame.into_payload()),
                OpCode::Pong => return Incoming::Pong,
                OpCode::Ping => return Incoming::Ping,
                OpCode::Close => {
                    let code = frame.close_code().map(u16::from);
                    let reason = frame.close_reason().ok().flatten().unwrap_or_default().to_owned();
                    self.part().await;
                    return Incoming::Closed { code, reason };
                }
                OpCode::Continuation => {}
            }
        }
    }

    /// Our close frame is queued by then; reading on is what writes it. A peer that is gone need not take it.
    async fn part(&mut self) {
        drop(tokio::time::timeout(PARTING, self.inner.next_frame()).await);
    }

    pub async fn send_text(&mut self, text: String) -> Result<(), String> {
        self.inner.send(Frame::text(text)).await.map_err(|error| error.to_string())
    }

    pub async fn send_ping(&mut self) -> Result<(), String> {
        self.inner.send(Frame::ping(Bytes::new())).await.map_err(|error| error.to_string())
    }

    /// Says goodbye; a peer that does not listen is no error.
    pub async fn close(&mut self) -> Result<(), String> {
        self.inner.send(Frame::close(yawc::close::CloseCode::Normal, b"")).await.map_err(|error| error.to_string())
    }
}
