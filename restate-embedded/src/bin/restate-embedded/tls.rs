use std::{error::Error as StdError, io, path::Path, sync::Arc};

use restate_embedded::rustls::{
    ClientConfig, Error, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// How connections are encrypted.
pub(crate) struct Tls(Arc<ClientConfig>);

impl Tls {
    /// As [`trusting`] says.
    pub(crate) fn new(authorities: Option<&Path>) -> Result<Self, String> {
        trusting(authorities).map(|config| Self(Arc::new(config)))
    }

    /// A connection to `host` over this one.
    pub(crate) async fn over(
        &self,
        stream: TcpStream,
        host: &str,
    ) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(Arc::clone(&self.0)).connect(name, stream).await
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
pub(crate) fn is_about_certificate(error: &(dyn StdError + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let error = error.and_then(|source| source.downcast_ref());
    matches!(error, Some(Error::InvalidCertificate(_)))
}
