//! Messages of Restate's service protocol, versions 5 to 7.
//!
//! Names, field numbers and types are the protocol's. Payloads are [`Bytes`], so that decoding a
//! frame copies none of them.

use std::fmt;

use bytes::Bytes;

use super::framing::FrameError;

/// The newest protocol version both sides of this crate speak.
pub const VERSION: u32 = 7;

/// A message with a frame type of its own.
pub trait Message: prost::Message + Default {
    /// What a frame's header says when it carries this message.
    const TYPE: MessageType;
}

/// Declares the frame types, and which message each of them carries.
macro_rules! message_types {
    ($($(#[$doc:meta])* $name:ident = $id:literal $(: $message:ty)?,)*) => {
        /// The type in a frame's header.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum MessageType {
            $(
                $(#[$doc])*
                #[doc = concat!("Type ", stringify!($id), ".")]
                $name = $id,
            )*
        }

        impl MessageType {
            /// The type that a header's first 16 bits stand for.
            ///
            /// # Errors
            ///
            /// When the protocol has no such type.
            pub fn from_id(id: u16) -> Result<Self, FrameError> {
                match id {
                    $($id => Ok(Self::$name),)*
                    _ => Err(FrameError::UnknownType(id)),
                }
            }

            fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }

        $($(
            impl Message for $message {
                const TYPE: MessageType = MessageType::$name;
            }
        )?)*
    };
}

message_types! {
    Start = 0x0000: Start,
    Suspension = 0x0001: Suspension,
    Error = 0x0002: ErrorMessage,
    End = 0x0003: End,
    ProposeRunCompletion = 0x0005: ProposeRunCompletion,
    AwaitingOn = 0x0006: AwaitingOn,
    ProposeRunCompletionAck = 0x0007: ProposeRunCompletionAck,
    InputCommand = 0x0400: InputCommand,
    OutputCommand = 0x0401: OutputCommand,
    GetLazyStateCommand = 0x0402: GetLazyStateCommand,
    SetStateCommand = 0x0403: SetStateCommand,
    ClearStateCommand = 0x0404: ClearStateCommand,
    ClearAllStateCommand = 0x0405: ClearAllStateCommand,
    GetLazyStateKeysCommand = 0x0406: GetLazyStateKeysCommand,
    GetEagerStateCommand = 0x0407: GetEagerStateCommand,
    GetEagerStateKeysCommand = 0x0408: GetEagerStateKeysCommand,
    GetPromiseCommand = 0x0409: GetPromiseCommand,
    PeekPromiseCommand = 0x040A: PeekPromiseCommand,
    CompletePromiseCommand = 0x040B: CompletePromiseCommand,
    SleepCommand = 0x040C: SleepCommand,
    CallCommand = 0x040D: CallCommand,
    OneWayCallCommand = 0x040E: OneWayCallCommand,
    SendSignalCommand = 0x0410: SendSignalCommand,
    RunCommand = 0x0411: RunCommand,
    AttachInvocationCommand = 0x0412: AttachInvocationCommand,
    GetInvocationOutputCommand = 0x0413: GetInvocationOutputCommand,
    CompleteAwakeableCommand = 0x0414: CompleteAwakeableCommand,
    /// Body: [`Notification`].
    GetLazyStateCompletion = 0x8002,
    /// Body: [`Notification`].
    GetLazyStateKeysCompletion = 0x8006,
    /// Body: [`Notification`].
    GetPromiseCompletion = 0x8009,
    /// Body: [`Notification`].
    PeekPromiseCompletion = 0x800A,
    /// Body: [`Notification`].
    CompletePromiseCompletion = 0x800B,
    /// Body: [`Notification`].
    SleepCompletion = 0x800C,
    /// Body: [`Notification`].
    CallCompletion = 0x800D,
    /// Body: [`Notification`].
    CallInvocationIdCompletion = 0x800E,
    /// Body: [`Notification`].
    RunCompletion = 0x8011,
    /// Body: [`Notification`].
    AttachInvocationCompletion = 0x8012,
    /// Body: [`Notification`].
    GetInvocationOutputCompletion = 0x8013,
    /// Body: [`Notification`].
    Signal = 0xFBFF,
}

impl MessageType {
    /// The number in a frame's header.
    pub fn id(self) -> u16 {
        self as u16
    }

    /// Whether a handler writes this to the journal as one of its steps.
    pub fn is_command(self) -> bool {
        (0x0400..0x8000).contains(&self.id())
    }

    /// Whether this carries a result or a signal to the handler.
    pub fn is_notification(self) -> bool {
        self.id() >= 0x8000
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// First message of an attempt: who runs, and how many journal entries follow.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Start {
    /// The invocation's id as bytes; part of awakeable ids.
    #[prost(bytes = "bytes", tag = "1")]
    pub id: Bytes,
    /// The invocation's id as people see it, `inv_…`.
    #[prost(string, tag = "2")]
    pub debug_id: String,
    /// How many commands and notifications follow before the handler may add its own.
    #[prost(uint32, tag = "3")]
    pub known_entries: u32,
    /// State of the object, or the part of it that is sent ahead.
    #[prost(message, repeated, tag = "4")]
    pub state_map: Vec<StateEntry>,
    /// Whether keys missing from `state_map` have to be asked for.
    #[prost(bool, tag = "5")]
    pub partial_state: bool,
    /// Key of the object or workflow; empty for services.
    #[prost(string, tag = "6")]
    pub key: String,
    /// Attempts that failed since the journal last grew.
    #[prost(uint32, tag = "7")]
    pub retry_count_since_last_stored_entry: u32,
    /// Milliseconds since the journal last grew.
    #[prost(uint64, tag = "8")]
    pub duration_since_last_stored_entry: u64,
    /// Seed of the handler's random numbers, the same in every attempt.
    #[prost(uint64, tag = "9")]
    pub random_seed: u64,
    /// Scope the invocation was called in.
    #[prost(string, optional, tag = "10")]
    pub scope: Option<String>,
    /// Limit key the invocation was called with.
    #[prost(string, optional, tag = "11")]
    pub limit_key: Option<String>,
    /// Idempotency key the invocation was called with.
    #[prost(string, optional, tag = "12")]
    pub idempotency_key: Option<String>,
}

/// One key of an object's state.
#[derive(Clone, PartialEq, prost::Message)]
pub struct StateEntry {
    /// UTF-8.
    #[prost(bytes = "bytes", tag = "1")]
    pub key: Bytes,
    /// Empty means an empty value, not a missing one.
    #[prost(bytes = "bytes", tag = "2")]
    pub value: Bytes,
}

/// What an await point waits for, as a tree.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FutureTree {
    /// Completion ids among the children.
    #[prost(uint32, repeated, tag = "1")]
    pub waiting_completions: Vec<u32>,
    /// Signals by number among the children; 1 is cancellation.
    #[prost(uint32, repeated, tag = "2")]
    pub waiting_signals: Vec<u32>,
    /// Signals by name among the children.
    #[prost(string, repeated, tag = "3")]
    pub waiting_named_signals: Vec<String>,
    /// Children that combine others.
    #[prost(message, repeated, tag = "4")]
    pub nested_futures: Vec<FutureTree>,
    /// How the children combine.
    #[prost(enumeration = "Combinator", tag = "5")]
    pub combinator_type: i32,
}

/// How the children of a [`FutureTree`] combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum Combinator {
    /// To be treated as [`Combinator::FirstCompleted`].
    Unknown = 0,
    /// Done with the first child that is done.
    FirstCompleted = 1,
    /// Done when every child is.
    AllCompleted = 2,
    /// Done with the first success, or when all failed.
    FirstSucceededOrAllFailed = 3,
    /// Done when all succeeded, or with the first failure.
    AllSucceededOrFirstFailed = 4,
}

/// The attempt ends; start another when the tree can make progress.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Suspension {
    /// Completion ids, before version 7.
    #[prost(uint32, repeated, tag = "1")]
    pub waiting_completions: Vec<u32>,
    /// Signals by number, before version 7.
    #[prost(uint32, repeated, tag = "2")]
    pub waiting_signals: Vec<u32>,
    /// Signals by name, before version 7.
    #[prost(string, repeated, tag = "3")]
    pub waiting_named_signals: Vec<String>,
    /// The await point, since version 7.
    #[prost(message, optional, tag = "4")]
    pub awaiting_on: Option<FutureTree>,
}

/// The attempt failed; the invocation did not.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ErrorMessage {
    /// An HTTP status, or 570 for a journal mismatch, 571 for a protocol violation.
    #[prost(uint32, tag = "1")]
    pub code: u32,
    /// One line for people.
    #[prost(string, tag = "2")]
    pub message: String,
    /// Everything known about the error.
    #[prost(string, tag = "3")]
    pub stacktrace: String,
    /// Index of the command that failed.
    #[prost(uint32, optional, tag = "4")]
    pub related_command_index: Option<u32>,
    /// Its name.
    #[prost(string, optional, tag = "5")]
    pub related_command_name: Option<String>,
    /// Its frame type.
    #[prost(uint32, optional, tag = "6")]
    pub related_command_type: Option<u32>,
    /// Milliseconds until the next attempt, in place of the retry policy's.
    #[prost(uint64, optional, tag = "8")]
    pub next_retry_delay: Option<u64>,
    /// What to do next.
    #[prost(enumeration = "ErrorBehavior", tag = "9")]
    pub behavior: i32,
}

/// What an engine does after an [`ErrorMessage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum ErrorBehavior {
    /// Try again, by the retry policy.
    Retry = 0,
    /// Keep the invocation until somebody resumes it.
    Pause = 1,
    /// End the invocation with this error.
    Fail = 2,
}

/// The invocation has its output; nothing follows.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct End {}

/// A `run` closure has finished; its result waits to be stored.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ProposeRunCompletion {
    /// The run's completion id.
    #[prost(uint32, tag = "1")]
    pub result_completion_id: u32,
    /// What the closure returned.
    #[prost(oneof = "ProposedRunResult", tags = "14, 15")]
    pub result: Option<ProposedRunResult>,
}

/// Result of a `run` closure.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum ProposedRunResult {
    /// Its encoded value.
    #[prost(bytes = "bytes", tag = "14")]
    Value(Bytes),
    /// Its terminal failure.
    #[prost(message, tag = "15")]
    Failure(Failure),
}

/// What the handler waits for, for those who watch.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AwaitingOn {
    /// The await point.
    #[prost(message, optional, tag = "1")]
    pub awaiting_on: Option<FutureTree>,
    /// Whether a `run` closure is among it.
    #[prost(bool, tag = "2")]
    pub executing_side_effects: bool,
}

/// A proposed run result is stored.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct ProposeRunCompletionAck {
    /// The run's completion id.
    #[prost(uint32, tag = "1")]
    pub completion_id: u32,
}

/// A result or a signal, in the shape that all notifications share.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Notification {
    /// What it answers.
    #[prost(oneof = "NotificationId", tags = "1, 2, 3")]
    pub id: Option<NotificationId>,
    /// What it says.
    #[prost(oneof = "NotificationResult", tags = "4, 5, 6, 16, 17")]
    pub result: Option<NotificationResult>,
}

/// What a [`Notification`] answers.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Oneof)]
pub enum NotificationId {
    /// The command that chose this completion id.
    #[prost(uint32, tag = "1")]
    CompletionId(u32),
    /// A built-in signal (1 is cancellation) or an awakeable (17 and up).
    #[prost(uint32, tag = "2")]
    SignalId(u32),
    /// A named signal.
    #[prost(string, tag = "3")]
    SignalName(String),
}

/// What a [`Notification`] says.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum NotificationResult {
    /// Done, with nothing to say.
    #[prost(message, tag = "4")]
    Void(Void),
    /// Done, with this value.
    #[prost(message, tag = "5")]
    Value(Value),
    /// Failed for good.
    #[prost(message, tag = "6")]
    Failure(Failure),
    /// The id of the invocation that a call or send started.
    #[prost(string, tag = "16")]
    InvocationId(String),
    /// Keys of the object's state.
    #[prost(message, tag = "17")]
    StateKeys(StateKeys),
}

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
    /// The value, or that there is none.
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

/// A list of state keys.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct StateKeys {
    /// UTF-8 each.
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub keys: Vec<Bytes>,
}

/// Bytes that may be empty without being absent.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Value {
    /// The bytes.
    #[prost(bytes = "bytes", tag = "1")]
    pub content: Bytes,
}

impl From<OutputResult> for NotificationResult {
    fn from(result: OutputResult) -> Self {
        match result {
            OutputResult::Value(value) => Self::Value(value),
            OutputResult::Failure(failure) => Self::Failure(failure),
        }
    }
}

impl From<Bytes> for Value {
    fn from(content: Bytes) -> Self {
        Self { content }
    }
}

/// A terminal failure.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Failure {
    /// An HTTP status.
    #[prost(uint32, tag = "1")]
    pub code: u32,
    /// What people read.
    #[prost(string, tag = "2")]
    pub message: String,
    /// What programs read.
    #[prost(message, repeated, tag = "3")]
    pub metadata: Vec<FailureMetadata>,
}

/// One entry of a failure's metadata.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct FailureMetadata {
    /// Its name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// A header of a request.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct Header {
    /// Lower case.
    #[prost(string, tag = "1")]
    pub key: String,
    /// Its value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// A workflow, by name and key.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct WorkflowTarget {
    /// Wire name of the workflow.
    #[prost(string, tag = "1")]
    pub workflow_name: String,
    /// Its key.
    #[prost(string, tag = "2")]
    pub workflow_key: String,
    /// Its scope.
    #[prost(string, optional, tag = "3")]
    pub scope: Option<String>,
}

/// An invocation, by the idempotency key it was called with.
#[derive(Clone, PartialEq, Eq, Hash, prost::Message)]
pub struct IdempotentRequestTarget {
    /// Wire name of the service.
    #[prost(string, tag = "1")]
    pub service_name: String,
    /// Key of the object.
    #[prost(string, optional, tag = "2")]
    pub service_key: Option<String>,
    /// Wire name of the handler.
    #[prost(string, tag = "3")]
    pub handler_name: String,
    /// The key.
    #[prost(string, tag = "4")]
    pub idempotency_key: String,
    /// Its scope.
    #[prost(string, optional, tag = "5")]
    pub scope: Option<String>,
}

/// Nothing, but present.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Void {}
