//! Where handlers run: in this process, or behind a URL.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive, str::FromStr, sync::Arc};

use restate_core::{
    contract::ServiceDescriptor,
    wire::{
        ids::{deployment_id, parse_deployment_id},
        protocol::VERSION,
    },
};

/// The versions of the service protocol that this engine speaks, and the handlers in this process.
pub(crate) const PROTOCOLS: RangeInclusive<u32> = 5..=VERSION;

/// The id of a deployment, in the form that all tools for Restate read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DeploymentId {
    /// Two halves, so that it needs no more room in an invocation than they do.
    upper: u64,
    lower: u64,
}

impl DeploymentId {
    /// The services that are bound in this process.
    pub(crate) const IN_PROCESS: Self = Self { upper: 0, lower: 0 };

    /// As it is stored of an invocation: nothing is stored of the services in this process.
    pub(crate) fn stored(self) -> Option<Self> {
        (self != Self::IN_PROCESS).then_some(self)
    }

    /// The id of a deployment that is registered now, with this random number.
    #[cfg_attr(
        not(any(feature = "deployments", test)),
        expect(dead_code, reason = "only a program with the client registers deployments")
    )]
    pub(crate) fn new(now: u64, random: u64) -> Self {
        // As in other ids, the upper 48 bits are the time in milliseconds.
        Self { upper: (now << 16) | (random >> 48), lower: random }
    }
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&deployment_id(u128::from(self.upper) << 64 | u128::from(self.lower)))
    }
}

impl fmt::Debug for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for DeploymentId {
    type Err = InvalidDeploymentId;

    fn from_str(text: &str) -> Result<Self, InvalidDeploymentId> {
        let number = parse_deployment_id(text).ok_or(InvalidDeploymentId)?;
        let half = |half: u128| u64::try_from(half & u128::from(u64::MAX)).unwrap_or_default();
        Ok(Self { upper: half(number >> 64), lower: half(number) })
    }
}

/// A text is not the id of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidDeploymentId;

impl fmt::Display for InvalidDeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a deployment id, which is `dp_1` and 22 letters and digits")
    }
}

impl std::error::Error for InvalidDeploymentId {}

/// Services behind a URL.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Deployment {
    pub(crate) id: DeploymentId,
    /// Milliseconds since the Unix epoch.
    pub(crate) created_at: u64,
    pub(crate) connection: Connection,
    pub(crate) services: BTreeMap<&'static str, DeployedService>,
}

/// How attempts reach a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Connection {
    /// Where the paths `/discover` and `/invoke` begin; without a slash at the end.
    pub(crate) uri: Arc<str>,
    /// Whether HTTP/1.1 is spoken although HTTP/2 could be.
    pub(crate) use_http_11: bool,
    /// Sent with each request.
    pub(crate) headers: Vec<(String, String)>,
    /// Shown with it, in the order of names.
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) mode: ProtocolMode,
    /// The oldest version of the service protocol that it speaks.
    pub(crate) min_protocol: u32,
    /// The newest.
    pub(crate) max_protocol: u32,
    /// The SDK by its own account, such as `restate-sdk-rust/0.13.0`.
    pub(crate) sdk: Option<String>,
}

impl Connection {
    /// The versions of the service protocol that the deployment speaks.
    pub(crate) fn protocols(&self) -> RangeInclusive<u32> {
        self.min_protocol..=self.max_protocol
    }

    /// The version in which new journals are written there. Check that it is spoken by
    /// both sides: they may have none in common.
    pub(crate) fn newest_protocol(&self) -> u32 {
        self.max_protocol.min(*PROTOCOLS.end())
    }
}

/// How the request and the response of an attempt follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProtocolMode {
    /// Both directions stream at the same time.
    BidiStream,
    /// The response begins when the request has ended; a handler that waits suspends at once.
    RequestResponse,
}

/// A service of a deployment.
#[derive(Clone, Debug)]
pub(crate) struct DeployedService {
    /// Counts the deployments that have had the service, this one included.
    pub(crate) revision: u32,
    pub(crate) descriptor: &'static ServiceDescriptor,
    /// Its entry in the discovery manifest, as JSON; the descriptor is made of it.
    pub(crate) manifest: Arc<str>,
}

impl PartialEq for DeployedService {
    fn eq(&self, other: &Self) -> bool {
        (self.revision, &self.manifest) == (other.revision, &other.manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_written() {
        for id in [
            DeploymentId::IN_PROCESS,
            DeploymentId::new(1_700_000_000_000, 0x0123_4567_89ab_cdef),
            DeploymentId::new(u64::MAX, u64::MAX),
        ] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert_eq!("dp_1".parse::<DeploymentId>(), Err(InvalidDeploymentId));
    }
}
