//! A certificate for `localhost`, which is its own authority.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::sync::Arc;

use tokio_rustls::rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};

/// A new certificate and its key.
#[derive(Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    /// The same as a file has it.
    pub certificate_pem: String,
    /// The key as a file has it.
    pub key_pem: String,
    /// A server with both.
    pub server: ServerConfig,
}

/// Issues a certificate for `localhost`.
///
/// # Panics
///
/// If the operating system has no random numbers.
pub fn issue() -> Issued {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = issued.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der()).into();
    let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    Issued {
        certificate,
        certificate_pem: issued.cert.pem(),
        key_pem: issued.signing_key.serialize_pem(),
        server,
    }
}
