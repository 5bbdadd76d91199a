use std::{io, net::TcpStream, path::Path, sync::Arc};

use restate_embedded::rustls::{
    ClientConfig, ClientConnection, Error, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};

/// How connections are encrypted.
pub(crate) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// As [`trusting`] says.
    pub(crate) fn new(authorities: Option<&Path>) -> Result<Self, String> {
        trusting(authorities).map(|config| Self(Arc::new(config)))
    }

    /// A connection to `host` over this one. The handshake comes with the first byte.
    pub(crate) fn over(
        &self,
        stream: TcpStream,
        host: &str,
    ) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let connection =
            ClientConnection::new(Arc::clone(&self.0), name).map_err(io::Error::other)?;
        Ok(StreamOwned::new(connection, stream))
    }
}

/// Trusts the authorities that the system trusts, and those in this file of certificates (PEM).
pub(crate) fn trusting(authorities: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = authorities {
        add(&mut roots, path).map_err(|error| {
            let path = path.display();
            format!("no certificate authority can be read from `{path}`: {error}")
        })?;
    }
    if roots.is_empty() {
        return Err("this system trusts no certificate authority; name the one that signed the \
                    certificate of the engine with `--ca`"
            .to_owned());
    }
    // Named explicitly: rustls panics if two crypto providers are compiled in and none is chosen.
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be used: {error}"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn add(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    let mut count = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
        count += 1;
    }
    if count == 0 { Err("it holds no certificate in PEM".to_owned()) } else { Ok(()) }
}

/// Whether a connection failed because the certificate of the other side is not accepted.
pub(crate) fn is_about_certificate(error: &io::Error) -> bool {
    let source = error.get_ref().and_then(|source| source.downcast_ref());
    matches!(source, Some(Error::InvalidCertificate(_)))
}
