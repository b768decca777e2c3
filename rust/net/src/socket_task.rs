//! One task for one connection attempt: opens, then carries frames both ways until it ends.

use std::time::Duration;

use bytes::Bytes;
use hedgewire_core::venues::{SocketRole, SocketSpec};
use tokio::sync::mpsc;

use crate::websocket::{self, Incoming, OpenError, Socket};

/// Frames on their way out. A venue's control traffic is small: a longer queue means a peer that does not read.
const OUTGOING: usize = 256;
/// A peer that takes no byte for so long is dead.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub enum Outgoing {
    Text(String),
    Ping,
    Close,
}

#[derive(Debug)]
pub enum SocketNews {
    Opened { deflate: Option<String> },
    NotOpened(OpenError),
    Message(Bytes),
    Pong,
    Ended { reason: String },
}

/// News of a socket. `attempt` tells a late word of an old connection from the current one.
#[derive(Debug)]
pub struct SocketEvent {
    pub role: SocketRole,
    pub attempt: u64,
    pub news: SocketNews,
}

/// The driver's end of one connection; dropping it closes the connection.
pub struct SocketLine {
    pub attempt: u64,
    outgoing: mpsc::Sender<Outgoing>,
}

impl SocketLine {
    /// `Err`: the connection is gone or its peer takes nothing; the frame did not leave.
    pub fn send(&self, frame: Outgoing) -> Result<(), String> {
        self.outgoing.try_send(frame).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => "the peer takes no frames".to_owned(),
            mpsc::error::TrySendError::Closed(_) => "the connection is closed".to_owned(),
        })
    }
}

/// A connection that is to be made: where, and the driver's frames for it. The frames end when the driver lets go.
pub struct Opening {
    pub role: SocketRole,
    pub attempt: u64,
    pub url: String,
    pub deflate_required: bool,
    pub timeout_ms: u64,
    pub frames: mpsc::Receiver<Outgoing>,
}

/// Both ends of a connection attempt.
pub fn line(spec: &SocketSpec, attempt: u64, timeout_ms: u64) -> (SocketLine, Opening) {
    let (outgoing, frames) = mpsc::channel(OUTGOING);
    let (role, url, deflate_required) = (spec.role, spec.url.clone(), spec.deflate_required);
    (SocketLine { attempt, outgoing }, Opening { role, attempt, url, deflate_required, timeout_ms, frames })
}

/// Makes the connection and carries frames both ways until it ends.
pub fn spawn(opening: Opening, news: mpsc::Sender<SocketEvent>) {
    tokio::spawn(async move {
        let Opening { role, attempt, url, deflate_required, timeout_ms, mut frames } = opening;
        let tell = |word| news.send(SocketEvent { role, attempt, news: word });
        let opened = tokio::select! {
            opened = websocket::open(&url, deflate_required, timeout_ms) => opened,
            () = outgoing_dropped(&mut frames) => return,
        };
        let mut socket = match opened {
            Ok(socket) => socket,
            Err(error) => {
                // A closed receiver means that the driver has ended: nobody is left to tell.
                drop(tell(SocketNews::NotOpened(error)).await);
                return;
            }
        };
        if tell(SocketNews::Opened { deflate: socket.deflate.clone() }).await.is_err() {
            return;
        }
        let reason = carry(&mut socket, frames, &tell).await;
        drop(tell(SocketNews::Ended { reason }).await);
    });
}

/// Resolves when the driver lets go while the connection is still being made. It sends nothing before `Opened`.
async fn outgoing_dropped(frames: &mut mpsc::Receiver<Outgoing>) {
    while !matches!(frames.recv().await, None | Some(Outgoing::Close)) {}
}

async fn carry<F, S>(socket: &mut Socket, mut frames: mpsc::Receiver<Outgoing>, tell: F) -> String
where
    F: Fn(SocketNews) -> S,
    S: Future<Output = Result<(), mpsc::error::SendError<SocketEvent>>>,
{
    loop {
        let sent = tokio::select! {
            incoming = socket.next() => {
                let word = match incoming {
                    Incoming::Message(bytes) => SocketNews::Message(bytes),
                    Incoming::Pong => SocketNews::Pong,
                    Incoming::Ping => continue,
                    Incoming::Closed { code, reason } => return closed_text(code, &reason),
                    Incoming::Broken { reason } => return reason,
                };
                // Waiting here when the driver is busy is the backpressure that reaches the peer's TCP window.
                if tell(word).await.is_err() {
                    return "the driver has ended".to_owned();
                }
                continue;
            }
            frame = frames.recv() => match frame {
                Some(Outgoing::Text(text)) => tokio::time::timeout(SEND_TIMEOUT, socket.send_text(text)).await,
                Some(Outgoing::Ping) => tokio::time::timeout(SEND_TIMEOUT, socket.send_ping()).await,
                Some(Outgoing::Close) | None => {
                    let said = tokio::time::timeout(Duration::from_millis(500), socket.close()).await;
                    return match said {
                        Ok(Ok(())) => "closed by us".to_owned(),
                        Ok(Err(error)) => format!("closed by us ({error})"),
                        Err(_) => "closed by us (the peer does not read)".to_owned(),
                    };
                }
            },
        };
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return format!("sending failed: {error}"),
            Err(_) => return format!("the peer took no byte for {} s", SEND_TIMEOUT.as_secs()),
        }
    }
}

fn closed_text(code: Option<u16>, reason: &str) -> String {
    match code {
        Some(code) => format!("closed by the venue with code {code} {reason}").trim_end().to_owned(),
        None => "closed by the venue".to_owned(),
    }
}
