//! The response with the result of an invocation, in the encoding that its client asked for.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Response,
    header::{CONTENT_TYPE, HeaderValue},
};
use restate_core::{Encoding, Format, contract::HandlerDescriptor, wire::protocol::OutputResult};

use super::failure::{INVOCATION_ID, failed, id_header, no_output};
use crate::{
    engine::handle::{HandleError, InvocationOutput},
    model::catalog::Catalog,
};

/// Answers with a result, as the encoding that was `asked` for if it is a message, and otherwise as it
/// is stored.
pub(super) fn answer(
    output: Result<InvocationOutput, HandleError>,
    catalog: &Catalog,
    asked: Option<Encoding>,
) -> Response<Full<Bytes>> {
    let InvocationOutput { id, target, result, encoding } = match output {
        Ok(output) => output,
        Err(refusal) => return no_output(refusal),
    };
    let value = match result {
        OutputResult::Value(value) => value.content,
        OutputResult::Failure(failure) => return failed(id, failure),
    };
    let handler = catalog.handler(&target);
    let without_contract = handler.filter(|handler| handler.remote().is_none());
    if let Some(description) = without_contract.and_then(HandlerDescriptor::description) {
        let content_type = description.content_type_of(&value).map(HeaderValue::from_static);
        let mut response = Response::new(Full::new(value));
        if let Some(content_type) = content_type {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        response.headers_mut().insert(INVOCATION_ID, id_header(id));
        return response;
    }
    let stored = encoding.or_else(|| guess(handler, &value));
    let (value, content_type) = match handler.zip(asked) {
        Some((handler, asked)) if handler.output() == Format::Message => {
            match handler.response_as(value.clone(), stored, asked) {
                Ok(converted) => (converted, Some(asked)),
                // A handler of an earlier version may have answered with another message.
                Err(_) => (value, stored),
            }
        }
        _ => (value, stored),
    };
    let mut response = Response::new(Full::new(value));
    let headers = response.headers_mut();
    if let Some(encoding) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(encoding.content_type()));
    }
    headers.insert(INVOCATION_ID, id_header(id));
    response
}

/// The encoding of a result without one: an earlier version has stored it, another program has returned it, or
/// it is empty.
pub(in crate::http) fn guess(
    handler: Option<&HandlerDescriptor>,
    value: &[u8],
) -> Option<Encoding> {
    let format = handler.map_or(Format::Message, HandlerDescriptor::output);
    if format == Format::Empty {
        return None;
    }
    let of_remote = handler.and_then(HandlerDescriptor::remote);
    match of_remote {
        Some(remote) => Some(remote.encoding_of_response(value)),
        None => format.encoding(None, value),
    }
}
