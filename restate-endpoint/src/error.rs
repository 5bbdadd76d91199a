//! Why an endpoint cannot be built.

use std::{error::Error, fmt};

use restate_core::contract::{HandlerDescriptor, NoSuchHandler, ServiceDescriptor};

/// Why [`EndpointBuilder::build`](crate::EndpointBuilder::build) failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum EndpointBuildError {
    /// Two services with this name were bound.
    DuplicateService {
        /// Wire name of both services.
        name: &'static str,
    },
    /// A service has a name that Restate reserves, so that a Restate server would refuse all services.
    ReservedName {
        /// Its wire name.
        name: &'static str,
    },
    /// Settings name a handler that the service does not have.
    NoSuchHandler(NoSuchHandler),
    /// A setting does not apply to the service or handler that has it, or its value is invalid.
    InvalidSetting {
        /// Wire name of the service.
        service: &'static str,
        /// Wire name of the handler, if it is a handler's setting.
        handler: Option<&'static str>,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// The JSON Schema of a handler's request or response is not JSON.
    InvalidSchema {
        /// Wire name of the service.
        service: &'static str,
        /// Wire name of the handler.
        handler: &'static str,
        /// The syntax error.
        source: serde_json::Error,
    },
    /// An identity key is not a public key in the form that a Restate server prints.
    #[cfg(feature = "request-identity")]
    InvalidIdentityKey {
        /// The key as it was given.
        key: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
}

impl EndpointBuildError {
    pub(crate) fn setting(
        service: &'static ServiceDescriptor,
        handler: Option<&'static HandlerDescriptor>,
        reason: &'static str,
    ) -> Self {
        let handler = handler.map(HandlerDescriptor::name);
        Self::InvalidSetting { service: service.name(), handler, reason }
    }
}

impl fmt::Display for EndpointBuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateService { name } => {
                write!(f, "service `{name}` is bound twice; bind one service for each name")
            }
            Self::ReservedName { name } => write!(
                f,
                "service `{name}` has a name that Restate reserves: names do not begin with `restate`, and none \
                 is `openapi`; give it another name in its contract"
            ),
            Self::NoSuchHandler(error) => error.fmt(f),
            Self::InvalidSetting { service, handler: None, reason } => {
                write!(f, "a setting of `{service}` is invalid: {reason}")
            }
            Self::InvalidSetting { service, handler: Some(handler), reason } => {
                write!(f, "a setting of `{service}/{handler}` is invalid: {reason}")
            }
            Self::InvalidSchema { service, handler, source } => {
                write!(f, "a JSON Schema of `{service}/{handler}` is not JSON: {source}")
            }
            #[cfg(feature = "request-identity")]
            Self::InvalidIdentityKey { key, reason } => write!(
                f,
                "identity key `{key}` {reason}; use the `publickeyv1_…` that the Restate server \
                 prints when it starts"
            ),
        }
    }
}

impl Error for EndpointBuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoSuchHandler(error) => error.source(),
            Self::InvalidSchema { source, .. } => Some(source),
            Self::DuplicateService { .. }
            | Self::ReservedName { .. }
            | Self::InvalidSetting { .. } => None,
            #[cfg(feature = "request-identity")]
            Self::InvalidIdentityKey { .. } => None,
        }
    }
}
