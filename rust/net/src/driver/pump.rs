//! The driver on the network thread: real sockets and requests, real time.

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::{Driver, Leaving};
use crate::commands::ClientCommand;
use crate::http::HttpClient;
use crate::rows::Level;
use crate::socket_task;

/// Socket frames that wait for the driver; beyond it TCP pushes back on the venue.
const SOCKET_QUEUE: usize = 1024;

impl Driver {
    /// Runs until `closing` turns true or every handle is gone.
    pub async fn run(
        mut self,
        http: HttpClient,
        mut commands: mpsc::Receiver<ClientCommand>,
        mut closing: watch::Receiver<bool>,
    ) {
        let (news, mut socket_events) = mpsc::channel(SOCKET_QUEUE);
        let mut flights = JoinSet::new();
        let mut tick = tokio::time::interval(Duration::from_millis(self.timing.tick_ms));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = closing.wait_for(|closed| *closed) => break,
                command = commands.recv() => match command {
                    Some(command) => self.on_command(command),
                    None => break,
                },
                Some(done) = flights.join_next(), if !flights.is_empty() => match done {
                    Ok((id, outcome)) => self.on_http(id, outcome),
                    Err(error) => self.notice(Level::Error, format!("a request task ended abnormally: {error}")),
                },
                Some(event) = socket_events.recv() => {
                    self.on_socket(event);
                    // A burst is decoded whole before the reader is woken once.
                    for _ in 0..255 {
                        match socket_events.try_recv() {
                            Ok(event) => self.on_socket(event),
                            Err(_) => break,
                        }
                    }
                }
                _ = tick.tick() => self.on_tick(),
            }
            for leaving in self.take_leaving() {
                match leaving {
                    Leaving::Request { id, request } => {
                        let http = http.clone();
                        flights.spawn(async move { (id, http.send(&request).await) });
                    }
                    Leaving::Socket(opening) => socket_task::spawn(opening, news.clone()),
                }
            }
            if !self.flush(&mut closing).await {
                break;
            }
        }
        commands.close();
        let unheard = std::iter::from_fn(|| commands.try_recv().ok()).collect();
        self.end(unheard);
    }

    /// Hands the rows over; waits while the reader is behind. False when closing.
    async fn flush(&mut self, closing: &mut watch::Receiver<bool>) -> bool {
        while !self.hand_over() {
            self.counters.backpressure_waits += 1;
            tokio::select! {
                () = self.queue.space() => {}
                _ = closing.wait_for(|closed| *closed) => return false,
            }
        }
        true
    }
}
