//! Sends many requests to a peer as fast as it takes them.

use std::{cell::Cell, net::SocketAddr, rc::Rc};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::task::{JoinSet, LocalSet};

use crate::{Failed, connection::Connection, peer::runtime};

/// The number of concurrent requests.
const CONNECTIONS: usize = 256;

/// Sends `request(n)` for each `n` below `count`, and waits for all responses.
pub(crate) fn fill(
    address: SocketAddr,
    count: u64,
    request: impl Fn(u64) -> Result<Request<Full<Bytes>>, Failed> + Copy + 'static,
) -> Result<(), Failed> {
    LocalSet::new().block_on(&runtime()?, async {
        let next = Rc::new(Cell::new(0));
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let next = Rc::clone(&next);
            connections.spawn_local(async move {
                let mut link = Connection::open(address).await?;
                while next.get() < count {
                    let request = request(next.replace(next.get() + 1))?;
                    if !link.call(request).await? {
                        return Err(Failed::new("a request to fill a peer has failed"));
                    }
                }
                Ok(())
            });
        }
        while let Some(ended) = connections.join_next().await {
            ended.map_err(|_| Failed::new("a connection has panicked"))??;
        }
        Ok(())
    })
}
