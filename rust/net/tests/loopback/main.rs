//! Everything over real sockets on loopback: HTTP and WebSocket against raw servers, and the driver as a whole.
//!
//! For the driver, a venue of a few lines, its server and the driver share one runtime whose time is paused, so that
//! minutes of protocol pass at once.

mod raw_server;
mod rig;
mod server;
mod toy;

mod actions;
mod books;
mod changes;
mod connecting;
mod http;
mod limits;
mod pages;
mod private;
mod queued;
mod sessions;
mod silence;
mod stepped;
mod tickets;
mod tls;
mod websocket;
