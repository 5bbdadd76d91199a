//! Whether the connections of a server are encrypted.

/// How connections are encrypted; never without the feature `tls`.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    #[cfg(feature = "tls")]
    acceptor: Option<tokio_rustls::TlsAcceptor>,
}

impl Tls {
    /// Encrypts with this configuration; one without ALPN protocols offers HTTP/2 and HTTP/1.1.
    #[cfg(feature = "tls")]
    pub(crate) fn new(mut config: tokio_rustls::rustls::ServerConfig) -> Self {
        if config.alpn_protocols.is_empty() {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        Self { acceptor: Some(std::sync::Arc::new(config).into()) }
    }

    #[cfg(feature = "tls")]
    pub(super) fn acceptor(&self) -> Option<&tokio_rustls::TlsAcceptor> {
        self.acceptor.as_ref()
    }

    pub(crate) fn is_on(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.acceptor.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }
}
