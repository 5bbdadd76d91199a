//! Plain TCP, without the `tls` feature.

use hyper_util::client::legacy::connect::HttpConnector;

use super::{Security, tcp};
use crate::build_error::IngressClientBuildError;

pub(crate) type Transport = HttpConnector;

/// Has no settings, because the `tls` feature is off.
#[derive(Clone, Debug, Default)]
pub(crate) struct TlsSettings {}

impl TlsSettings {
    pub(crate) fn transport(
        self,
        security: Security,
    ) -> Result<Transport, IngressClientBuildError> {
        match security {
            Security::Plain => Ok(tcp()),
            Security::Tls => Err(IngressClientBuildError::Tls {
                reason: "`https://` needs feature `tls-webpki-roots` or `tls-native-roots` \
                 of restate-ingress; enable one"
                    .to_owned(),
            }),
        }
    }
}
