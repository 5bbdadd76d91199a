//! The services that a front door has itself: health, reflection, and those of the engine.
//!
//! Those of tonic (`tonic-health`, `tonic-reflection`) serve gRPC only, which leaves out gRPC-Web and
//! Connect; they end a stream of reflection with the first name that is not there, and know no extensions.

mod descriptor;
mod files;
mod health;
mod invocations;
mod promises;
mod reflection;

use std::sync::Arc;

use bytes::Bytes;
use restate_core::RpcCode;

use self::{invocations::EngineRpc, promises::PromiseRpc};
pub(crate) use self::{invocations::OwnRequest, reflection::Reflection};
use crate::{
    calls::{Answer, Calls},
    status::RpcStatus,
    stream::{Requests, Responses, decode, encode},
};

#[allow(
    clippy::enum_variant_names,
    dead_code,
    missing_debug_implementations,
    missing_docs,
    unreachable_pub,
    reason = "generated from contracts"
)]
mod messages {
    pub(super) mod health {
        include!("../generated/grpc.health.v1.rs");
    }
    pub(super) mod engine {
        include!("../generated/restate.v1.rs");
    }
    pub(super) mod reflection {
        include!("../generated/grpc.reflection.v1.rs");
    }
}

/// The contracts of these services, `google/protobuf`, and the options of `restate-codegen`, as a descriptor
/// set.
pub(crate) const FILES: &[u8] = include_bytes!("../generated/files.binpb");

/// An rpc of these services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnRpc {
    HealthCheck,
    HealthList,
    HealthWatch,
    /// Of both versions, whose messages are the same.
    Reflect,
    Engine(EngineRpc),
    Promise(PromiseRpc),
}

const INGRESS: &str = "restate.v1.Ingress";
const AWAKEABLES: &str = "restate.v1.Awakeables";
const PROMISES: &str = "restate.v1.Promises";

/// The names of the services, in which their contracts have them.
const SERVICES: [&str; 6] = [
    INGRESS,
    AWAKEABLES,
    PROMISES,
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

impl OwnRpc {
    /// The rpc at `/{service}/{method}`; `None` for a service that is not one of these.
    ///
    /// # Errors
    ///
    /// Code `UNIMPLEMENTED` for a method that such a service does not have.
    pub(crate) fn find(service: &str, method: &str) -> Option<Result<Self, RpcStatus>> {
        if !SERVICES.contains(&service) {
            return None;
        }
        let found = match (service, method) {
            ("grpc.health.v1.Health", "Check") => Some(Self::HealthCheck),
            ("grpc.health.v1.Health", "List") => Some(Self::HealthList),
            ("grpc.health.v1.Health", "Watch") => Some(Self::HealthWatch),
            (INGRESS | AWAKEABLES, _) => EngineRpc::find(service, method).map(Self::Engine),
            (PROMISES, _) => PromiseRpc::find(method).map(Self::Promise),
            (_, "ServerReflectionInfo") => Some(Self::Reflect),
            _ => None,
        };
        Some(found.ok_or_else(|| {
            let text = format!("service `{service}` has no rpc `{method}`");
            RpcStatus::new(RpcCode::Unimplemented, text)
        }))
    }

    /// Whether it has a stream of requests or responses.
    pub(crate) fn streams(self) -> bool {
        matches!(self, Self::HealthWatch | Self::Reflect)
    }

    /// The answer of one that does not stream.
    pub(crate) async fn answer<C: Calls>(
        self,
        calls: &C,
        request: OwnRequest,
    ) -> Result<Answer, RpcStatus> {
        let OwnRequest { message, encoding, .. } = request;
        let response = match self {
            Self::HealthCheck => {
                encode(&health::check(calls, &decode(message, encoding)?).await?, encoding)
            }
            Self::HealthList => {
                let _: messages::health::HealthListRequest = decode(message, encoding)?;
                encode(&health::list(calls).await, encoding)
            }
            Self::Engine(rpc) => {
                return rpc.answer(calls, OwnRequest { message, ..request }).await;
            }
            Self::Promise(rpc) => return rpc.answer(calls, message, encoding).await,
            Self::HealthWatch | Self::Reflect => {
                let text = "this rpc streams; call it as a stream";
                Err(RpcStatus::new(RpcCode::Unimplemented, text))
            }
        };
        Ok(Answer { invocation_id: None, result: Ok(response?) })
    }

    /// Serves the streams of one that does, to their end.
    pub(crate) async fn serve<C, B>(
        self,
        calls: Arc<C>,
        reflection: Arc<Reflection>,
        requests: Requests<B>,
        responses: Responses,
    ) -> Result<(), RpcStatus>
    where
        C: Calls,
        B: http_body::Body<Data = Bytes, Error: std::fmt::Display> + Send,
    {
        match self {
            Self::Reflect => reflection.serve(&*calls, requests, responses).await,
            _ => health::watch(&*calls, requests, responses).await,
        }
    }
}
