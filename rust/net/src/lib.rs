//! hedgewire-net: pumps the core's machines over real sockets.
#![forbid(unsafe_code)]
