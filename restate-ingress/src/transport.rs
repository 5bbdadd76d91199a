//! Connections: TCP, and TLS with the `tls` feature.

mod connector;
#[cfg(not(feature = "tls"))]
mod plain;
#[cfg(feature = "tls")]
mod tls;

use hyper_util::client::legacy::connect::HttpConnector;

pub(crate) use self::connector::Connector;
#[cfg(not(feature = "tls"))]
pub(crate) use plain::{TlsSettings, Transport};
#[cfg(feature = "tls")]
pub(crate) use tls::{TlsSettings, Transport};

/// Whether any address of a client starts with `https://`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    Plain,
    Tls,
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp
}
