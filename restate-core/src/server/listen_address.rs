use std::{
    fmt, io,
    net::{self, IpAddr, SocketAddr},
};

use tokio::net::TcpListener;

/// Where a server listens: an address, or a listener that is already bound.
///
/// An address is a text such as `127.0.0.1:8080` or `localhost:8080`, a [`SocketAddr`], or an IP address
/// with a port. Port 0 picks a free one. A listener is one of tokio or of the standard library.
pub struct ListenAddress(Source);

enum Source {
    Address(String),
    Listener(net::TcpListener),
    TokioListener(TcpListener),
}

impl ListenAddress {
    /// Binds the address, unless a listener was given. Must be called in a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the address is malformed or cannot be listened on; the error names it.
    pub async fn bind(self) -> io::Result<TcpListener> {
        match self.0 {
            Source::Address(address) => {
                TcpListener::bind(&address).await.map_err(|error| refused(&address, &error))
            }
            Source::Listener(listener) => {
                let address = listener.local_addr().map_or_else(
                    |_| "the given listener".to_owned(),
                    |address| address.to_string(),
                );
                // A listener that blocks would block a thread of the runtime.
                let prepared = listener.set_nonblocking(true);
                let converted = prepared.and_then(|()| TcpListener::from_std(listener));
                converted.map_err(|error| refused(&address, &error))
            }
            Source::TokioListener(listener) => Ok(listener),
        }
    }
}

fn refused(address: &str, error: &io::Error) -> io::Error {
    let message = match error.kind() {
        io::ErrorKind::InvalidInput => format!(
            "cannot listen on `{address}`: it is not a host and a port; write it as \
             `127.0.0.1:8080` or `[::1]:8080`"
        ),
        io::ErrorKind::AddrInUse => format!(
            "cannot listen on {address}: it is in use by another process; stop that process, or \
             choose another port (0 picks a free one)"
        ),
        _ => format!("cannot listen on {address}: {error}"),
    };
    io::Error::new(error.kind(), message)
}

impl From<&str> for ListenAddress {
    fn from(address: &str) -> Self {
        address.to_owned().into()
    }
}

impl From<&String> for ListenAddress {
    fn from(address: &String) -> Self {
        address.clone().into()
    }
}

impl From<String> for ListenAddress {
    fn from(address: String) -> Self {
        Self(Source::Address(address))
    }
}

impl From<SocketAddr> for ListenAddress {
    fn from(address: SocketAddr) -> Self {
        address.to_string().into()
    }
}

impl<I: Into<IpAddr>> From<(I, u16)> for ListenAddress {
    fn from(address: (I, u16)) -> Self {
        SocketAddr::from(address).into()
    }
}

impl From<net::TcpListener> for ListenAddress {
    fn from(listener: net::TcpListener) -> Self {
        Self(Source::Listener(listener))
    }
}

impl From<TcpListener> for ListenAddress {
    fn from(listener: TcpListener) -> Self {
        Self(Source::TokioListener(listener))
    }
}

impl fmt::Debug for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Address(address) => address.fmt(f),
            Source::Listener(listener) => listener.fmt(f),
            Source::TokioListener(listener) => listener.fmt(f),
        }
    }
}
