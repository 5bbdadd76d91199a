//! Why a client cannot be built.

use std::{error::Error, fmt};

/// Why [`IngressClientBuilder::build`](crate::IngressClientBuilder::build) failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IngressClientBuildError {
    /// No request can be sent to this address.
    InvalidAddress {
        /// The address as it was given.
        address: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// A header cannot be sent.
    InvalidHeader {
        /// The header, the rule that it breaks, and what to do instead.
        reason: String,
    },
    /// TLS cannot be set up.
    Tls {
        /// What is missing or wrong.
        reason: String,
    },
}

impl fmt::Display for IngressClientBuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidAddress { address, reason } => {
                write!(f, "the address `{address}` {reason}")
            }
            Self::InvalidHeader { reason } => f.write_str(reason),
            Self::Tls { reason } => write!(f, "cannot set up TLS: {reason}"),
        }
    }
}

impl Error for IngressClientBuildError {}
