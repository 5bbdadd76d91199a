//! Certificates and keys in files.

use std::{fs, path::Path, sync::Arc};

use restate_embedded::rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

/// What clients are shown: the certificates in one file, and the key in the other.
pub(super) fn server(certificates: &Path, key: &Path) -> Result<ServerConfig, String> {
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable("certificate", certificates, &error))?;
    if chain.is_empty() {
        return Err(format!("`{}` holds no certificate in PEM", certificates.display()));
    }
    let private = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| unreadable("private key", key, &error))?;
    // Named explicitly: rustls panics if two crypto providers are compiled in and none is chosen.
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|error| {
            let (certificates, key) = (certificates.display(), key.display());
            format!("`{certificates}` and `{key}` cannot be used for TLS: {error}")
        })
}

/// The text of a file with a private key.
pub(super) fn private_key(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| unreadable("private key", path, &error))
}

fn unreadable(what: &str, path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("no {what} can be read from `{}`: {error}", path.display())
}
