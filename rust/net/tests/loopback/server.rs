//! The toy venue's server: answers by path as the test says, and keeps what it was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use yawc::{Frame, OpCode, Options, Role, WebSocket};

use crate::raw_server::{agree, head};

/// What a request gets.
#[derive(Debug, Clone)]
pub enum Answer {
    Json(Value),
    /// Status, and a header line or nothing.
    Status(u16, &'static str),
    /// The connection ends without an answer.
    Cut,
    /// No answer ever comes.
    Silence,
}

/// Path without its slash, and body, to answer.
type Handler = Box<dyn FnMut(&str, &Value) -> Answer + Send>;

#[derive(Default)]
struct Shared {
    handlers: HashMap<&'static str, Handler>,
    asked: Vec<String>,
    frames: Vec<Value>,
    down: bool,
    /// The sockets neither read nor write any more, and stay open.
    deaf: bool,
    no_acks: bool,
    sockets_refused: bool,
    sockets: usize,
}

#[derive(Clone)]
pub struct Server {
    pub host: String,
    shared: Arc<Mutex<Shared>>,
    pushes: broadcast::Sender<(&'static str, String)>,
    cuts: watch::Sender<u32>,
}

impl Server {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let host = listener.local_addr().expect("an address").to_string();
        let (pushes, _) = broadcast::channel(100_000);
        let (cuts, _) = watch::channel(0);
        let server = Self { host, shared: Arc::default(), pushes, cuts };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((io, _)) = listener.accept().await {
                // The kernel's patience with small frames is in real time, of which none passes here.
                io.set_nodelay(true).expect("an open socket");
                if !serving.lock().down {
                    tokio::spawn(serving.clone().serve(io));
                }
            }
        });
        server
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no test panics while it holds this")
    }

    /// From now on answers `path` (its first segment) so.
    pub fn on(&self, path: &'static str, handler: impl FnMut(&str, &Value) -> Answer + Send + 'static) {
        self.lock().handlers.insert(path, Box::new(handler));
    }

    /// How often a path that begins so was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.lock().asked.iter().filter(|asked| asked.starts_with(path)).count()
    }

    /// Frames that arrived over sockets.
    pub fn frames(&self) -> Vec<Value> {
        self.lock().frames.clone()
    }

    /// How many sockets were opened so far.
    pub fn sockets(&self) -> usize {
        self.lock().sockets
    }

    /// Sends a frame to whoever listens to the streams.
    pub fn push(&self, frame: &Value) {
        self.push_text("streams", frame.to_string());
    }

    pub fn push_text(&self, socket: &'static str, text: String) {
        self.pushes.send((socket, text)).expect("a socket is open");
    }

    /// Ends every connection.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Down: every connection ends, and new ones are accepted and dropped.
    pub fn set_down(&self, down: bool) {
        self.lock().down = down;
        if down {
            self.cut();
        }
    }

    pub fn set_deaf(&self, deaf: bool) {
        self.lock().deaf = deaf;
    }

    pub fn set_no_acks(&self, no_acks: bool) {
        self.lock().no_acks = no_acks;
    }

    /// Upgrades are refused; requests are answered.
    pub fn set_sockets_refused(&self, refused: bool) {
        self.lock().sockets_refused = refused;
    }

    async fn serve(self, mut io: TcpStream) {
        let head = head(&mut io).await;
        let Some(path) = head.split(' ').nth(1).map(|path| path.trim_start_matches('/').to_owned()) else { return };
        let mut cuts = self.cuts.subscribe();
        tokio::select! {
            () = self.answer(&mut io, &path, &head) => {}
            _ = cuts.changed() => {}
        }
    }

    async fn answer(&self, io: &mut TcpStream, path: &str, head: &str) {
        match path {
            "streams" | "actions" if self.lock().sockets_refused => return,
            "streams" => return self.socket(io, head, "streams").await,
            "actions" => return self.socket(io, head, "actions").await,
            _ => {}
        }
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |text| text.parse().expect("a length"));
        let mut body = vec![0; length];
        io.read_exact(&mut body).await.expect("a body");
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let token = head.lines().find_map(|line| line.strip_prefix("authorization: "));
        let path = token.map_or_else(|| path.to_owned(), |token| format!("{path}/as/{token}"));
        let answer = match self.decide(&path, &body) {
            Answer::Json(value) => {
                let text = value.to_string();
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{text}", text.len())
            }
            Answer::Status(status, header) => {
                let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
                format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{header}content-length: 0\r\n\r\n")
            }
            Answer::Cut => return,
            Answer::Silence => return std::future::pending().await,
        };
        io.write_all(answer.as_bytes()).await.ok();
        io.shutdown().await.ok();
    }

    fn decide(&self, path: &str, body: &Value) -> Answer {
        let mut shared = self.lock();
        shared.asked.push(path.to_owned());
        let first = path.split('/').next().unwrap_or_default();
        if let Some(handler) = shared.handlers.get_mut(first) {
            return handler(path, body);
        }
        match first {
            "execute" => accept_all(body),
            "order" | "archived" => Answer::Status(404, ""),
            "positions" => Answer::Json(json!([{"e": "position"}])),
            "account" => Answer::Json(json!([{"e": "account"}])),
            "book" => Answer::Json(json!([snapshot(100)])),
            _ => Answer::Json(json!([])),
        }
    }

    async fn socket(&self, io: &mut TcpStream, head: &str, name: &'static str) {
        let mut pushes = self.pushes.subscribe();
        agree(io, head, "").await;
        let mut socket =
            WebSocket::from_stream_with_extensions(io, Role::Server, None, Options::default()).expect("a socket");
        self.lock().sockets += 1;
        loop {
            let deaf = self.lock().deaf;
            if deaf {
                std::future::pending::<()>().await;
            }
            let answer = tokio::select! {
                frame = socket.next_frame() => {
                    let Ok(frame) = frame else { return };
                    if frame.opcode() != OpCode::Text {
                        continue;
                    }
                    match self.reply(name, &serde_json::from_slice(frame.payload()).expect("JSON")) {
                        Answer::Json(value) => value.to_string(),
                        Answer::Cut => return,
                        Answer::Status(..) | Answer::Silence => continue,
                    }
                }
                pushed = pushes.recv() => match pushed {
                    Ok((to, text)) if to == name => text,
                    Ok(_) => continue,
                    Err(_) => return,
                },
            };
            if socket.send(Frame::text(answer)).await.is_err() {
                return;
            }
        }
    }

    fn reply(&self, name: &str, frame: &Value) -> Answer {
        self.lock().frames.push(frame.clone());
        if name == "streams" {
            let silent = self.lock().no_acks && frame["op"] == "subscribe";
            return if silent { Answer::Silence } else { Answer::Json(json!({"e": "ack", "id": frame["id"]})) };
        }
        match self.decide("execute", frame) {
            Answer::Json(mut value) => {
                value["e"] = json!("reply");
                value["id"] = frame["id"].clone();
                Answer::Json(value)
            }
            other => other,
        }
    }
}

/// Every order of a command is accepted; a command without orders too.
pub fn accept_all(body: &Value) -> Answer {
    let count = body["orders"].as_array().map_or(0, Vec::len).max(1);
    Answer::Json(json!({"results": vec![true; count]}))
}

/// A book of two levels a side at position `last`.
pub fn snapshot(last: u64) -> Value {
    json!({"e": "book", "snapshot": true, "first": last, "last": last,
           "bids": [[100, 5], [99, 5]], "asks": [[101, 5], [102, 5]]})
}
