//! Ports for what has to listen at an address that is known beforehand, or again after a restart.

use std::{
    iter,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    ops::Range,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

/// Below the ports that systems give to outgoing connections: a connection could otherwise take
/// the port of a server that is yet to start, or that is being restarted.
const PORTS: Range<u32> = 10_000..32_000;

/// An address on loopback that nobody listens on and that this process gives out once.
///
/// # Panics
///
/// When every port of loopback is taken.
pub fn free_address() -> SocketAddr {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Processes start at different places, for their tests run at the same time.
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
