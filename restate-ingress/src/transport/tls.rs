use std::sync::Arc;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier, client::WantsClientCert,
    crypto::ring,
};

use super::{Security, tcp};
use crate::client::ConfigError;

pub(crate) type Transport = HttpsConnector<HttpConnector>;

/// Authorities and certificates of the user's own, if there are any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings(pub(crate) Option<ClientConfig>);

impl Settings {
    pub(crate) fn transport(self, security: Security) -> Result<Transport, ConfigError> {
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

fn default_config(security: Security) -> Result<ClientConfig, ConfigError> {
    // Named, because with two providers in one program rustls does not know which to take.
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::Tls(error.to_string()))?;
    let config = match security {
        Security::Plain => config.with_root_certificates(RootCertStore::empty()),
        Security::Tls => authorities(config)?,
    };
    Ok(config.with_no_client_auth())
}

type Unverified = ConfigBuilder<ClientConfig, WantsVerifier>;
type Verified = ConfigBuilder<ClientConfig, WantsClientCert>;

#[cfg(feature = "tls-native-roots")]
fn authorities(config: Unverified) -> Result<Verified, ConfigError> {
    use hyper_rustls::ConfigBuilderExt as _;
    config.with_native_roots().map_err(|error| ConfigError::Tls(error.to_string()))
}

#[cfg(all(feature = "tls-webpki-roots", not(feature = "tls-native-roots")))]
#[expect(clippy::unnecessary_wraps, reason = "those of the operating system may be missing")]
fn authorities(config: Unverified) -> Result<Verified, ConfigError> {
    use hyper_rustls::ConfigBuilderExt as _;
    Ok(config.with_webpki_roots())
}

#[cfg(not(any(feature = "tls-webpki-roots", feature = "tls-native-roots")))]
fn authorities(_: Unverified) -> Result<Verified, ConfigError> {
    Err(ConfigError::Tls(
        "`https://` needs authorities to trust; give them with `tls_config(..)`, or enable \
         feature `tls-webpki-roots` or `tls-native-roots` of restate-ingress"
            .to_owned(),
    ))
}
