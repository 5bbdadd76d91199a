//! What handlers learn, as journals keep it.

use super::{
    command::OutputResult,
    value::{Failure, StateKeys, Value, Void},
};

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

impl From<OutputResult> for NotificationResult {
    fn from(result: OutputResult) -> Self {
        match result {
            OutputResult::Value(value) => Self::Value(value),
            OutputResult::Failure(failure) => Self::Failure(failure),
        }
    }
}
