//! The edge on the wire: what is asked over real connections, and how it is answered.
mod limits;
mod listeners;
mod panics;
mod protocol;
mod sockets;
mod throttle;
mod wire;
