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

use super::{error::RemoteError, security::Security, url::RemoteUrl};

/// How long a connection may take, with its TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens a connection.
///
/// # Errors
///
/// When nobody listens there, or not in time.
pub(super) async fn dial(
    url: &RemoteUrl,
    security: &Security,
    protocol: &'static [u8],
) -> Result<Stream, RemoteError> {
    let connected = timeout(CONNECT_TIMEOUT, open(url, security, protocol)).await;
    connected.map_err(|_| RemoteError::Timeout { what: "connection", limit: CONNECT_TIMEOUT })?
}

async fn open(
    url: &RemoteUrl,
    security: &Security,
    protocol: &[u8],
) -> Result<Stream, RemoteError> {
    let RemoteUrl { host, port, .. } = url;
    let failed = |error: io::Error| RemoteError::Connect {
        address: format!("{host}:{port}"),
        reason: error.to_string(),
    };
    #[cfg(not(feature = "deployments-tls"))]
    if url.is_tls {
        return Err(RemoteError::NoTls);
    }
    let tcp = TcpStream::connect((host.as_str(), *port)).await.map_err(failed)?;
    tcp.set_nodelay(true).map_err(failed)?;
    #[cfg(feature = "deployments-tls")]
    if url.is_tls {
        use tokio_rustls::rustls::pki_types::ServerName;
        let name = ServerName::try_from(host.clone());
        let name = name.map_err(|error| failed(io::Error::other(error)))?;
        let tls = security.connector(protocol)?.connect(name, tcp).await.map_err(failed)?;
        if tls.get_ref().1.alpn_protocol().is_none_or(|agreed| agreed != protocol) {
            let protocol = String::from_utf8_lossy(protocol).into_owned();
            return Err(RemoteError::Alpn { protocol });
        }
        return Ok(Stream::Tls(Box::new(tls)));
    }
    let _ = (security, protocol);
    Ok(Stream::Plain(tcp))
}

/// A connection.
#[derive(Debug)]
pub(super) enum Stream {
    Plain(TcpStream),
    #[cfg(feature = "deployments-tls")]
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

/// A connection of either kind.
trait Both: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Both for T {}

impl Stream {
    fn inner(self: Pin<&mut Self>) -> Pin<&mut dyn Both> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp),
            #[cfg(feature = "deployments-tls")]
            Self::Tls(tls) => Pin::new(tls),
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
