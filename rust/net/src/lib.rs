//! hedgewire-net: pumps the core's machines over real sockets.
#![forbid(unsafe_code)]

pub mod budgets;
pub mod clock;
pub mod commands;
pub mod driver;
pub mod http;
pub mod known_orders;
pub mod network;
pub mod queue;
pub mod rows;
pub mod settings;
pub mod socket_task;
pub mod stepped;
mod sync;
pub mod timing;
pub mod tls;
pub mod websocket;
