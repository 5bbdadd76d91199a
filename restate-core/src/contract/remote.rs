//! Handlers of other programs whose contract is known only at run time.

use std::fmt;

use bytes::Bytes;

use crate::{
    error::TerminalError,
    payload::{Encoding, Format, PayloadError, nesting::Audience},
};

/// The messages of a handler of another program, by its contract. For engines.
pub trait RemoteContract: fmt::Debug + Send + Sync {
    /// A request as the handler takes it, and the key that it holds. Without a content type the encoding is
    /// that of the body.
    ///
    /// # Errors
    ///
    /// Code 415 for a content type that no message has, 400 for a body that is no request.
    fn request(
        &self,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Result<RemoteRequest, TerminalError>;

    /// A request in the encoding `to`, or in its own, for this audience.
    ///
    /// # Errors
    ///
    /// When the bytes are not a request of the handler.
    fn request_for(
        &self,
        audience: Audience,
        request: Bytes,
        to: Option<Encoding>,
    ) -> Result<Bytes, PayloadError>;

    /// A response in the encoding `to`, or in its own, for this audience.
    ///
    /// # Errors
    ///
    /// When the bytes are not a response of the handler.
    fn response_for(
        &self,
        audience: Audience,
        response: Bytes,
        to: Option<Encoding>,
    ) -> Result<Bytes, PayloadError>;

    /// The encoding of a response, by what the handler's program says of it or else by its bytes.
    fn encoding_of_response(&self, response: &[u8]) -> Encoding;
}

/// A request as a handler of another program takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteRequest {
    /// Its body.
    pub body: Bytes,
    /// The content type of that; `None` if the handler takes nothing.
    pub content_type: Option<&'static str>,
    /// The key that the request holds, if the contract says where; empty if the field is.
    pub key: Option<String>,
}

/// What a contract tells of a handler besides its messages.
#[derive(Clone, Copy, Debug)]
pub struct RemoteRpc {
    /// The name of the rpc in the contract.
    pub name: &'static str,
    /// What requests look like to clients.
    pub input: Format,
    /// What responses look like to clients.
    pub output: Format,
    /// JSON Schema of requests; may be empty.
    pub input_schema: &'static str,
    /// JSON Schema of responses; may be empty.
    pub output_schema: &'static str,
    /// The field of requests that holds the key, if there is one.
    pub key: Option<&'static str>,
    /// Whether the contract says that the handler changes nothing.
    pub is_read: bool,
    /// The headers with secrets that the handler asks for.
    pub keep_headers: Option<&'static [&'static str]>,
    /// Its messages.
    pub messages: &'static dyn RemoteContract,
}
