//! Opens connections.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};

use super::{error::RemoteError, url::RemoteUrl};

/// How long a connection may take, with its TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens a connection.
///
/// # Errors
///
/// When nobody listens there, or not in time.
pub(super) async fn dial(url: &RemoteUrl) -> Result<Stream, RemoteError> {
    let connected = timeout(CONNECT_TIMEOUT, open(url)).await;
    connected.map_err(|_| RemoteError::Timeout { what: "connection", limit: CONNECT_TIMEOUT })?
}

async fn open(url: &RemoteUrl) -> Result<Stream, RemoteError> {
    let RemoteUrl { host, port, .. } = url;
    let failed = |error: io::Error| RemoteError::Connect {
        address: format!("{host}:{port}"),
        reason: error.to_string(),
    };
    if url.is_tls {
        return Err(RemoteError::NoTls);
    }
    let tcp = TcpStream::connect((host.as_str(), *port)).await.map_err(failed)?;
    tcp.set_nodelay(true).map_err(failed)?;
    Ok(Stream::Plain(tcp))
}

/// A connection.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
}

impl Stream {
    fn inner(self: Pin<&mut Self>) -> Pin<&mut TcpStream> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.inner().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.inner().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_shutdown(cx)
    }
}
