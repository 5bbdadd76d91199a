//! Attempts on deployments: handlers that run in other processes, and are reached over HTTP.
//!
//! An attempt is one exchange: the request carries its journal and what comes later, the response what the
//! handler sends. The engine's end is the same pipe as that of an attempt in this process. What goes into
//! it is durable by then, as the machine delivers to deployments by external actions only.

#[cfg(feature = "deployments")]
pub(crate) mod address;
pub(crate) mod awaited;
#[cfg(feature = "deployments")]
mod client;
#[cfg(feature = "deployments")]
mod dial;
#[cfg(feature = "deployments")]
pub(crate) mod discovery;
#[cfg(feature = "deployments")]
mod error;
#[cfg(feature = "deployments")]
mod exchange;
#[cfg(feature = "deployments")]
mod http1;
#[cfg(feature = "deployments-identity")]
pub(crate) mod identity;
#[cfg(feature = "deployments")]
mod pool;
#[cfg(feature = "deployments")]
pub(super) mod registration;
#[cfg(feature = "deployments")]
mod response;
#[cfg(feature = "deployments")]
pub(crate) mod security;
#[cfg(feature = "deployments")]
mod url;
#[cfg(not(feature = "deployments"))]
mod without_client;

use std::{borrow::Cow, sync::Arc};

#[cfg(feature = "deployments")]
use bytes::Bytes;

#[cfg(feature = "deployments")]
pub(crate) use self::client::Remotes;
#[cfg(not(feature = "deployments"))]
pub(crate) use self::without_client::Remotes;
use super::inbox::{Command, Inbox};
use crate::{
    machine::Input,
    model::{id::InvocationId, trace::TraceContext},
};

/// What an attempt on a deployment runs.
#[derive(Debug)]
#[cfg_attr(not(feature = "deployments"), expect(dead_code, reason = "there is no client"))]
pub(crate) struct ExchangeTarget {
    pub(crate) id: InvocationId,
    pub(crate) attempt: u64,
    pub(crate) service: Cow<'static, str>,
    pub(crate) handler: Cow<'static, str>,
    /// The version of the service protocol.
    pub(crate) protocol: u32,
    /// The longest message that is accepted, in bytes.
    pub(crate) message_limit: usize,
    /// The trace that its invocation belongs to.
    pub(crate) trace: TraceContext,
}

/// Tells the engine what comes of an attempt. Dropped with its task, also by a panic or an abort, it says
/// that the attempt is over.
struct Reporter {
    id: InvocationId,
    attempt: u64,
    inbox: Arc<Inbox>,
}

impl Reporter {
    /// The attempt has sent this. The engine says when it has read it.
    #[cfg(feature = "deployments")]
    fn received(&self, chunk: Bytes) {
        let Self { id, attempt, .. } = *self;
        let bytes = chunk.len();
        let input = Input::Received { id, attempt, chunk, response: None };
        self.inbox.push(Command::Input(input));
        self.inbox.push(Command::Consumed { attempt, bytes });
    }

    /// The attempt has failed, unless the engine knows already how it has ended.
    fn failed(&self, error: String) {
        let Self { id, attempt, .. } = *self;
        self.inbox.push(Command::Input(Input::Failed { id, attempt, error }));
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        let Self { id, attempt, .. } = *self;
        self.inbox.push(Command::Input(Input::Ended { id, attempt }));
    }
}
