//! Values that several messages hold.

use bytes::Bytes;

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
