//! Restate's service protocol, as bytes and as messages.

pub mod framing;
pub mod ids;
pub mod protocol;
