//! What the servers of both engines have in common: where they listen, and what ends them.

mod listen_address;
mod signal;

pub use listen_address::ListenAddress;
pub use signal::shutdown_signal;
