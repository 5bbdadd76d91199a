//! A shop in Rust, and a carrier in TypeScript that it calls and that calls it.

use restate::{Engine, embedded::EngineBuilder};

pub mod contract;
pub mod handlers;

use contract::{OrdersServer, VansServer};
use handlers::{InVans, ThroughCarrier};

/// An engine for the handlers of this crate, and for those of the carrier at this URL.
pub fn shop(carrier: &str) -> EngineBuilder {
    Engine::builder()
        .bind(OrdersServer::new(ThroughCarrier))
        .bind(VansServer::new(InVans))
        .deployment(carrier)
}
