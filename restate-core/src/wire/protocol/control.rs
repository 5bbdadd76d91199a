//! Messages about an attempt, which no journal keeps.

use bytes::Bytes;

use super::value::Failure;

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
    /// Pause the invocation until it is resumed.
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
