//! TLS of the connections of clients.

use std::{path::PathBuf, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

/// Accepts TLS with the certificates and the key in these files (PEM). Offers HTTP/2 and HTTP/1.1.
pub(crate) fn acceptor((certificates, key): (PathBuf, PathBuf)) -> Result<TlsAcceptor, String> {
    let path = certificates.display();
    let invalid = |error| format!("no certificates can be read from `{path}`: {error}");
    let chain = CertificateDer::pem_file_iter(&certificates).map_err(invalid)?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(invalid)?;
    if chain.is_empty() {
        return Err(format!("`{path}` holds no certificate in PEM"));
    }
    let path = key.display();
    let key = PrivateKeyDer::from_pem_file(&key)
        .map_err(|error| format!("no private key can be read from `{path}`: {error}"))?;
    // Named explicitly: rustls panics if two crypto providers are compiled in and none is chosen.
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config).into())
}
