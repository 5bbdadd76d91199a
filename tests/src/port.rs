//! Ports for programs whose address must be known before they start, or stay the same when they
//! restart.

use std::{
    iter,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    ops::Range,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Below the ephemeral ports of all common systems: an outgoing connection could otherwise take the
/// port of a server before it starts or while it restarts.
const PORTS: Range<u32> = 10_000..32_000;

/// A free address on loopback, which this process returns only once.
///
/// # Panics
///
/// If every port of loopback is taken.
pub fn free_address() -> SocketAddr {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Each process starts at a different port, because tests of several processes run concurrently.
    let start = process::id().wrapping_mul(97);
    let next = || {
        let position = start.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
        let port = PORTS.start + position % (PORTS.end - PORTS.start);
        let port = u16::try_from(port).expect("the range ends below the greatest port");
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    };
    let is_free = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    iter::repeat_with(next).take(PORTS.len()).find(is_free).expect("loopback has a free port")
}
