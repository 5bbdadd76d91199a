//! gRPC, gRPC-Web and Connect in front of durable services.
//!
//! Everybody who has the `.proto` of a service has a client for it already. A [`FrontDoor`] lets these
//! clients in: it reads unary calls of all three protocols, hands them to whatever carries calls
//! ([`Calls`]), and writes the answers as each protocol has them. Rpcs are known only at run time, so
//! messages stay bytes here. The embedded engine answers these protocols on the port of its ingress
//! with its feature `grpc`.
//!
//! In front of a Restate server, the program `restate-grpc` does (feature `cli`):
//!
//! ```text
//! restate-grpc --ingress http://node1:8080 --ingress http://node2:8080 --descriptor-set shop.binpb
//! ```
//!
//! or a server of your own, with `ingress::IngressCalls` (feature `ingress`) and `FrontDoorLayer`, a layer
//! of tower (feature `tower`).
//!
//! # Metadata
//!
//! | Metadata of a request | Meaning |
//! |---|---|
//! | `idempotency-key` | calls with the same key are one invocation with one answer |
//! | `x-restate-key` | key of the object or workflow, where the contract marks no field as the key; `x-restate-key-bin` for one that is not ASCII |
//! | `x-restate-send: true` | answers at once, with the empty response |
//! | `x-restate-delay: 2s` | executes a send this much later |
//! | `x-restate-scope`, `x-restate-limit-key` | the scope of the call, and the limits that count it |
//! | `grpc-timeout`, `connect-timeout-ms` | ends the waiting, never the invocation |
//!
//! Every answer about an invocation has its id in `x-restate-id`, also that of a call whose deadline has
//! passed. All other metadata is for the handler.
//!
//! # Errors
//!
//! The code of a `TerminalError` becomes one of gRPC and Connect by the table of
//! [`RpcCode`](restate_core::RpcCode), and its metadata becomes details. A detail that the handler has added
//! with `with_detail` is the message itself, if a contract has it. What a gRPC service has sent that the
//! handler called stays what it was. All other metadata is one `google.rpc.ErrorInfo`. Streaming rpcs are `UNIMPLEMENTED`.
//!
//! # Health and reflection
//!
//! Every front door has `grpc.health.v1.Health`, with the name of each service and the empty one for all,
//! and `grpc.reflection.v1.ServerReflection` (also as `v1alpha`), over all three protocols. So `buf curl`
//! and `grpcurl` need no `.proto`. Code that `restate-codegen` has generated carries the files of its
//! contract. Services of traits have none and cannot be described; what only handlers may call is left
//! out. In front of a Restate server, a service is healthy as long as an ingress answers.
//!
//! # Invocations, awakeables and promises
//!
//! What has no rpc in any contract is in `restate.v1.Ingress`, `restate.v1.Awakeables` and
//! `restate.v1.Promises` (`proto/restate/v1/ingress.proto` in this crate), which every front door has, too:
//!
//! ```text
//! buf curl -d '{"invocation":{"id":"inv_1..."},"json":true}' http://localhost:8080/restate.v1.Ingress/Attach
//! ```
//!
//! | Rpc | Does |
//! |---|---|
//! | `Ingress/Invoke`, `Send` | calls an rpc by its name, with the request as bytes |
//! | `Ingress/Attach` | waits for the result of an invocation: by its id, by an idempotency key, or that of a workflow |
//! | `Ingress/GetOutput` | the same result, or `FAILED_PRECONDITION` if there is none yet |
//! | `Ingress/Cancel` | asks an invocation to end; `ABORTED` if it has ended |
//! | `Awakeables/Resolve`, `Reject` | completes an awakeable |
//! | `Promises/Resolve`, `Reject` | completes a promise of a workflow; `ABORTED` if it was completed before |
//! | `Promises/Peek` | what a promise was resolved with; no `value` if it is not completed |
//!
//! An invocation that is not there is `NOT_FOUND`, an id that is malformed `INVALID_ARGUMENT`. A failure of the
//! invocation itself is that of the rpc, with its details. What only handlers may call is `PERMISSION_DENIED`
//! here, too, and so are the promises of a workflow none of whose rpcs clients may call. In front of a Restate
//! server, `Promises` is `UNIMPLEMENTED`, as its ingress (1.7.12) has no route for them: call a handler of the
//! workflow instead.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod calls;
mod compression;
#[cfg(feature = "contracts")]
mod contracts;
mod details;
mod envelope;
mod front_door;
#[cfg(feature = "ingress")]
pub mod ingress;
mod keys;
#[cfg(feature = "tower")]
mod layer;
mod limits;
mod metadata;
mod operation;
mod own;
mod protocol;
mod receive;
mod respond;
mod status;
mod stream;
mod timeout;

// For engines; users of `ingress` find the first two there.
#[cfg(feature = "contracts")]
#[doc(hidden)]
pub use self::contracts::{Contracts, DefaultEncoding, RemoteContracts};
#[cfg(feature = "tower")]
pub use self::layer::{FrontDoorLayer, FrontDoorService};
pub use self::{
    body::Body,
    calls::{Answer, CallError, CallMode, Calls, PublicService, Serving, UnaryCall},
    front_door::{FrontDoor, refuse},
    keys::key_of_call,
    limits::MessageLimits,
    operation::{InvocationName, Operation, PromiseName},
    protocol::Protocol,
    respond::EXPOSED_HEADERS,
    status::RpcStatus,
};
