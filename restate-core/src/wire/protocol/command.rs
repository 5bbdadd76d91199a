//! What handlers do, as journals keep it.

use bytes::Bytes;

use super::value::{
    Failure, Header, IdempotentRequestTarget, StateKeys, Value, Void, WorkflowTarget,
};

/// Journal entry 0: what the handler was called with.
#[derive(Clone, PartialEq, prost::Message)]
pub struct InputCommand {
    /// Headers of the request.
    #[prost(message, repeated, tag = "1")]
    pub headers: Vec<Header>,
    /// Its body.
    #[prost(message, optional, tag = "14")]
    pub value: Option<Value>,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Last journal entry: what the handler returned.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OutputCommand {
    /// Success or terminal failure.
    #[prost(oneof = "OutputResult", tags = "14, 15")]
    pub result: Option<OutputResult>,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// What a handler returned.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum OutputResult {
    /// Its encoded response.
    #[prost(message, tag = "14")]
    Value(Value),
    /// Its terminal failure.
    #[prost(message, tag = "15")]
    Failure(Failure),
}

/// Reads a state key that was not sent ahead.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetLazyStateCommand {
    /// UTF-8.
    #[prost(bytes = "bytes", tag = "1")]
    pub key: Bytes,
    /// Completion id of the value.
    #[prost(uint32, tag = "11")]
    pub result_completion_id: u32,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Writes a state key.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SetStateCommand {
    /// UTF-8.
    #[prost(bytes = "bytes", tag = "1")]
    pub key: Bytes,
    /// The new value.
    #[prost(message, optional, tag = "3")]
    pub value: Option<Value>,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Removes a state key.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ClearStateCommand {
    /// UTF-8.
    #[prost(bytes = "bytes", tag = "1")]
    pub key: Bytes,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Removes every state key.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ClearAllStateCommand {
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Lists the state keys, where not all were sent ahead.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetLazyStateKeysCommand {
    /// Completion id of the list.
    #[prost(uint32, tag = "11")]
    pub result_completion_id: u32,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// A state key read from what was sent ahead, with its value.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetEagerStateCommand {
    /// UTF-8.
    #[prost(bytes = "bytes", tag = "1")]
    pub key: Bytes,
    /// The value, or nothing if the key is not set.
    #[prost(oneof = "EagerStateResult", tags = "13, 14")]
    pub result: Option<EagerStateResult>,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// What an eager read of a state key found.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum EagerStateResult {
    /// No such key.
    #[prost(message, tag = "13")]
    Void(Void),
    /// Its value.
    #[prost(message, tag = "14")]
    Value(Value),
}

/// The state keys read from what was sent ahead.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetEagerStateKeysCommand {
    /// The keys.
    #[prost(message, optional, tag = "14")]
    pub value: Option<StateKeys>,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Waits for a workflow's promise.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetPromiseCommand {
    /// Name of the promise.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Completion id of its value.
    #[prost(uint32, tag = "11")]
    pub result_completion_id: u32,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Looks at a workflow's promise without waiting.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PeekPromiseCommand {
    /// Name of the promise.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Completion id of what was found.
    #[prost(uint32, tag = "11")]
    pub result_completion_id: u32,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Completes a workflow's promise.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CompletePromiseCommand {
    /// Name of the promise.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value or failure.
    #[prost(oneof = "Completion", tags = "2, 3")]
    pub completion: Option<Completion>,
    /// Completion id of the outcome: void, or a failure when it was complete already.
    #[prost(uint32, tag = "11")]
    pub result_completion_id: u32,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// What a promise or an awakeable is completed with.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Completion {
    /// A value.
    #[prost(message, tag = "2")]
    Value(Value),
    /// A failure.
    #[prost(message, tag = "3")]
    Failure(Failure),
}

/// Waits until a point in time.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SleepCommand {
    /// Milliseconds since the Unix epoch.
    #[prost(uint64, tag = "1")]
    pub wake_up_time: u64,
    /// Completion id of the wake-up.
    #[prost(uint32, tag = "11")]
    pub result_completion_id: u32,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Calls a handler and waits for its response.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CallCommand {
    /// Wire name of the service.
    #[prost(string, tag = "1")]
    pub service_name: String,
    /// Wire name of the handler.
    #[prost(string, tag = "2")]
    pub handler_name: String,
    /// The encoded request.
    #[prost(bytes = "bytes", tag = "3")]
    pub parameter: Bytes,
    /// Headers of the request.
    #[prost(message, repeated, tag = "4")]
    pub headers: Vec<Header>,
    /// Key of the object or workflow; empty for services.
    #[prost(string, tag = "5")]
    pub key: String,
    /// Not empty when present.
    #[prost(string, optional, tag = "6")]
    pub idempotency_key: Option<String>,
    /// Scope of the target.
    #[prost(string, optional, tag = "7")]
    pub scope: Option<String>,
    /// Limit key of the target.
    #[prost(string, optional, tag = "8")]
    pub limit_key: Option<String>,
    /// Completion id of the callee's invocation id.
    #[prost(uint32, tag = "10")]
    pub invocation_id_notification_idx: u32,
    /// Completion id of the response.
    #[prost(uint32, tag = "11")]
    pub result_completion_id: u32,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Calls a handler without waiting, now or at a point in time.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OneWayCallCommand {
    /// Wire name of the service.
    #[prost(string, tag = "1")]
    pub service_name: String,
    /// Wire name of the handler.
    #[prost(string, tag = "2")]
    pub handler_name: String,
    /// The encoded request.
    #[prost(bytes = "bytes", tag = "3")]
    pub parameter: Bytes,
    /// Milliseconds since the Unix epoch; 0 or past means now.
    #[prost(uint64, tag = "4")]
    pub invoke_time: u64,
    /// Headers of the request.
    #[prost(message, repeated, tag = "5")]
    pub headers: Vec<Header>,
    /// Key of the object or workflow; empty for services.
    #[prost(string, tag = "6")]
    pub key: String,
    /// Not empty when present.
    #[prost(string, optional, tag = "7")]
    pub idempotency_key: Option<String>,
    /// Scope of the target.
    #[prost(string, optional, tag = "8")]
    pub scope: Option<String>,
    /// Limit key of the target.
    #[prost(string, optional, tag = "9")]
    pub limit_key: Option<String>,
    /// Completion id of the callee's invocation id.
    #[prost(uint32, tag = "10")]
    pub invocation_id_notification_idx: u32,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Signals another invocation.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SendSignalCommand {
    /// `inv_…`
    #[prost(string, tag = "1")]
    pub target_invocation_id: String,
    /// Which signal.
    #[prost(oneof = "SignalId", tags = "2, 3")]
    pub signal_id: Option<SignalId>,
    /// What it says.
    #[prost(oneof = "SignalResult", tags = "4, 5, 6")]
    pub result: Option<SignalResult>,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub entry_name: String,
}

/// Which signal is sent.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum SignalId {
    /// A built-in signal; 1 is cancellation.
    #[prost(uint32, tag = "2")]
    Idx(u32),
    /// A named signal.
    #[prost(string, tag = "3")]
    Name(String),
}

/// What a signal says.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum SignalResult {
    /// Nothing.
    #[prost(message, tag = "4")]
    Void(Void),
    /// A value.
    #[prost(message, tag = "5")]
    Value(Value),
    /// A failure.
    #[prost(message, tag = "6")]
    Failure(Failure),
}

/// A closure runs once and its result is kept.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RunCommand {
    /// Completion id of the result.
    #[prost(uint32, tag = "11")]
    pub result_completion_id: u32,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Waits for the output of an invocation that exists.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AttachInvocationCommand {
    /// Which invocation.
    #[prost(oneof = "InvocationTarget", tags = "1, 3, 4")]
    pub target: Option<InvocationTarget>,
    /// Completion id of its output.
    #[prost(uint32, tag = "11")]
    pub result_completion_id: u32,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// Looks at the output of an invocation that exists, without waiting.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetInvocationOutputCommand {
    /// Which invocation.
    #[prost(oneof = "InvocationTarget", tags = "1, 3, 4")]
    pub target: Option<InvocationTarget>,
    /// Completion id of what was found.
    #[prost(uint32, tag = "11")]
    pub result_completion_id: u32,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}

/// An invocation, by id or by what made it unique.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum InvocationTarget {
    /// `inv_…`
    #[prost(string, tag = "1")]
    InvocationId(String),
    /// By idempotency key.
    #[prost(message, tag = "3")]
    IdempotentRequest(IdempotentRequestTarget),
    /// By workflow key.
    #[prost(message, tag = "4")]
    Workflow(WorkflowTarget),
}

/// Completes an awakeable of another invocation.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CompleteAwakeableCommand {
    /// `sign_1…`
    #[prost(string, tag = "1")]
    pub awakeable_id: String,
    /// Its value or failure.
    #[prost(oneof = "Completion", tags = "2, 3")]
    pub result: Option<Completion>,
    /// Entry name.
    #[prost(string, tag = "12")]
    pub name: String,
}
