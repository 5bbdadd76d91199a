use hyper_util::client::legacy::connect::HttpConnector;

use super::{Security, tcp};
use crate::client::ConfigError;

pub(crate) type Transport = HttpConnector;

/// There is nothing to set without TLS.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {}

impl Settings {
    pub(crate) fn transport(self, security: Security) -> Result<Transport, ConfigError> {
        match security {
            Security::Plain => Ok(tcp()),
            Security::Tls => Err(ConfigError::Tls(
                "`https://` needs feature `tls-webpki-roots` or `tls-native-roots` \
                 of restate-ingress; enable one"
                    .to_owned(),
            )),
        }
    }
}
