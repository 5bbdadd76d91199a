//! Failures as gRPC and Connect write them.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use prost::Message as _;
use restate_core::{RpcCode, TerminalError};
use serde_json::{Value, json};

/// Metadata of a [`TerminalError`] that is an encoded `google.rpc.Status`.
const STATUS_DETAILS: &str = "grpc-status-details-bin";
/// Metadata of a [`TerminalError`] that is a code of gRPC.
const STATUS_CODE: &str = "grpc-status";

/// A failure of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RpcStatus {
    code: RpcCode,
    message: String,
    details: Vec<Any>,
}

/// `google.protobuf.Any`
#[derive(Clone, PartialEq, Eq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.Status`
#[derive(Clone, PartialEq, Eq, prost::Message)]
struct Status {
    #[prost(uint32, tag = "1")]
    code: u32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.rpc.ErrorInfo`
#[derive(Clone, PartialEq, Eq, prost::Message)]
struct ErrorInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
    #[prost(btree_map = "string, string", tag = "3")]
    metadata: BTreeMap<String, String>,
}

impl RpcStatus {
    /// A failure without details.
    pub fn new(code: RpcCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Vec::new() }
    }

    /// Its code.
    pub fn code(&self) -> RpcCode {
        self.code
    }

    /// The failure in words.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// An encoded `google.rpc.Status`, if there are details.
    pub(crate) fn encoded(&self) -> Option<Vec<u8>> {
        let Self { code, message, details } = self;
        (!details.is_empty()).then(|| {
            let (message, details) = (message.clone(), details.clone());
            Status { code: code.number(), message, details }.encode_to_vec()
        })
    }

    /// The error of the Connect protocol.
    pub(crate) fn connect_json(&self) -> Value {
        let mut json = json!({ "code": self.code.connect_name() });
        if !self.message.is_empty() {
            json["message"] = self.message.as_str().into();
        }
        if !self.details.is_empty() {
            let details = self.details.iter().map(|detail| {
                let name = detail.type_url.rsplit('/').next().unwrap_or_default();
                json!({ "type": name, "value": STANDARD_NO_PAD.encode(&detail.value) })
            });
            json["details"] = details.collect();
        }
        json
    }
}

/// All metadata without a meaning of its own is one `google.rpc.ErrorInfo`.
impl From<&TerminalError> for RpcStatus {
    fn from(error: &TerminalError) -> Self {
        Self::of(error, |_, _| None)
    }
}

impl RpcStatus {
    /// The failure, with the details that `message` makes of names and JSON. Details that came as an
    /// encoded `google.rpc.Status` stay what they are. All other metadata is one `google.rpc.ErrorInfo`.
    pub(crate) fn of(
        error: &TerminalError,
        mut message: impl FnMut(&str, &str) -> Option<Vec<u8>>,
    ) -> Self {
        let (mut details, mut metadata) = (Vec::new(), BTreeMap::new());
        for (name, value) in error.metadata() {
            match name {
                STATUS_DETAILS => details.extend(status_details(value)),
                STATUS_CODE => {}
                _ => match message(name, value) {
                    Some(value) => details.push(any(name, value)),
                    None => drop(metadata.insert(name.to_owned(), value.to_owned())),
                },
            }
        }
        if !metadata.is_empty() {
            let (reason, domain) = ("TERMINAL_ERROR".to_owned(), "restate".to_owned());
            let info = ErrorInfo { reason, domain, metadata };
            details.push(any("google.rpc.ErrorInfo", info.encode_to_vec()));
        }
        Self { code: RpcCode::of(error), message: error.message().to_owned(), details }
    }
}

fn any(name: &str, value: Vec<u8>) -> Any {
    Any { type_url: format!("type.googleapis.com/{name}"), value }
}

fn status_details(text: &str) -> Vec<Any> {
    let encoded = STANDARD_NO_PAD.decode(text.trim_end_matches('='));
    let status = encoded.ok().and_then(|encoded| Status::decode(&*encoded).ok());
    status.map(|status| status.details).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_of_a_grpc_call_stay_what_they_are() {
        let detail = Any { type_url: "type.googleapis.com/shop.v1.Full".into(), value: vec![8, 7] };
        let status = Status { code: 8, message: "full".into(), details: vec![detail.clone()] };
        let error = TerminalError::too_many_requests("full")
            .with_metadata(STATUS_DETAILS, STANDARD_NO_PAD.encode(status.encode_to_vec()));
        let status = RpcStatus::from(&error);
        assert_eq!((status.code(), &status.details), (RpcCode::ResourceExhausted, &vec![detail]));
        let json = json!({
            "code": "resource_exhausted",
            "message": "full",
            "details": [{ "type": "shop.v1.Full", "value": "CAc" }],
        });
        assert_eq!(status.connect_json(), json);
    }

    #[test]
    fn other_metadata_is_an_error_info() {
        let error = TerminalError::conflict("no").with_metadata("left", "2");
        let status = RpcStatus::from(&error.with_rpc_code(RpcCode::AlreadyExists));
        assert_eq!(status.code(), RpcCode::AlreadyExists);
        let [detail] = &status.details[..] else { panic!("{status:?}") };
        assert_eq!(detail.type_url, "type.googleapis.com/google.rpc.ErrorInfo");
        let info = ErrorInfo::decode(&*detail.value).unwrap();
        assert_eq!(info.metadata.into_iter().collect::<Vec<_>>(), [("left".into(), "2".into())]);
    }
}
