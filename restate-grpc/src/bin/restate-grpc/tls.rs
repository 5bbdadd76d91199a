//! TLS of the connections of clients, and of those to the Restate server.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ClientConfig, RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

/// Accepts TLS with the certificates and the key in these files (PEM). Offers HTTP/2 and HTTP/1.1.
pub(crate) fn acceptor((certificates, key): (PathBuf, PathBuf)) -> Result<TlsAcceptor, String> {
    let chain = certificates_in(&certificates)?;
    let path = key.display();
    let key = PrivateKeyDer::from_pem_file(&key)
        .map_err(|error| format!("no private key can be read from `{path}`: {error}"))?;
    // Named explicitly: rustls panics if two crypto providers are compiled in and none is chosen.
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
        .map_err(not_set_up)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config).into())
}

/// Trusts servers whose certificates are of the authorities in this file (PEM), and no others.
pub(crate) fn trusting(authorities: &Path) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    for authority in certificates_in(authorities)? {
        let path = authorities.display();
        let unusable = |error| format!("a certificate in `{path}` cannot be used: {error}");
        roots.add(authority).map_err(unusable)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(not_set_up)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn certificates_in(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let path = file.display();
    let invalid = |error| format!("no certificates can be read from `{path}`: {error}");
    let certificates = CertificateDer::pem_file_iter(file).map_err(invalid)?;
    let certificates = certificates.collect::<Result<Vec<_>, _>>().map_err(invalid)?;
    if certificates.is_empty() {
        return Err(format!("`{path}` holds no certificate in PEM"));
    }
    Ok(certificates)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn not_set_up(error: rustls::Error) -> String {
    format!("TLS cannot be set up: {error}")
}
