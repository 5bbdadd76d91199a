//! TCP, with TLS for `https://` addresses.

use std::sync::Arc;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier, client::WantsClientCert,
    crypto::ring,
};

use super::{Security, tcp};
use crate::build_error::IngressClientBuildError;

pub(crate) type Transport = HttpsConnector<HttpConnector>;

/// The user's configuration, if set.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsSettings(pub(crate) Option<ClientConfig>);

impl TlsSettings {
    pub(crate) fn transport(
        self,
        security: Security,
    ) -> Result<Transport, IngressClientBuildError> {
        let config = match self.0 {
            Some(config) => config,
            None => default_config(security)?,
        };
        let mut tcp = tcp();
        tcp.enforce_http(false);
        Ok(HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp))
    }
}

fn default_config(security: Security) -> Result<ClientConfig, IngressClientBuildError> {
    // Named explicitly: rustls panics if two crypto providers are compiled in and none is chosen.
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| IngressClientBuildError::Tls { reason: error.to_string() })?;
    let config = match security {
        Security::Plain => config.with_root_certificates(RootCertStore::empty()),
        Security::Tls => authorities(config)?,
    };
    Ok(config.with_no_client_auth())
}

type Unverified = ConfigBuilder<ClientConfig, WantsVerifier>;
type Verified = ConfigBuilder<ClientConfig, WantsClientCert>;

#[cfg(feature = "tls-native-roots")]
fn authorities(config: Unverified) -> Result<Verified, IngressClientBuildError> {
    use hyper_rustls::ConfigBuilderExt as _;
    config
        .with_native_roots()
        .map_err(|error| IngressClientBuildError::Tls { reason: error.to_string() })
}

#[cfg(all(feature = "tls-webpki-roots", not(feature = "tls-native-roots")))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "loading the authorities of the operating system can fail"
)]
fn authorities(config: Unverified) -> Result<Verified, IngressClientBuildError> {
    use hyper_rustls::ConfigBuilderExt as _;
    Ok(config.with_webpki_roots())
}

#[cfg(not(any(feature = "tls-webpki-roots", feature = "tls-native-roots")))]
fn authorities(_: Unverified) -> Result<Verified, IngressClientBuildError> {
    Err(IngressClientBuildError::Tls {
        reason:
            "`https://` needs certificate authorities to trust; set them with `tls(..)`, or enable \
         feature `tls-webpki-roots` or `tls-native-roots` of restate-ingress"
                .to_owned(),
    })
}
