//! What contracts tell an engine of the handlers of other programs.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt, ptr,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use restate_core::{
    Encoding, Format, PayloadError, TerminalError,
    call::is_json,
    contract::{
        Audience, Description, HandlerDescriptor, RemoteContract, RemoteRequest, RemoteRpc,
        ServiceDescriptor, handler_of_rpc,
    },
};
use restate_descriptors::options::{ServiceKind, has_redacted_fields};
use serde_json::Value;
use tracing::warn;

use super::{
    Contracts, DefaultEncoding,
    method::{EMPTY, Method, STREAMS},
    redact::{Mask, redact},
    schema,
    transcode::{self, UnknownFields},
};
use crate::protocol::media_type;

/// Contracts of services of other programs, which describe themselves only in part. For engines.
///
/// What is made of them is kept as long as the process lives, as descriptors of services are.
pub struct RemoteContracts {
    contracts: Contracts,
    files: &'static [u8],
    /// By the address of the descriptor that was known without the contract.
    described: Mutex<HashMap<usize, &'static ServiceDescriptor>>,
}

impl RemoteContracts {
    /// Those of these contracts.
    pub fn new(contracts: Contracts) -> Self {
        let files = contracts.files.to_vec().leak();
        Self { contracts, files, described: Mutex::default() }
    }

    /// The names under which the services are called, as deployments have them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.contracts.services.values().filter_map(|methods| {
            let method = methods.values().next()?;
            Some(&*method.service)
        })
    }

    /// A service of another program with what its contract tells, if there is one.
    pub fn describe(&self, known: &'static ServiceDescriptor) -> &'static ServiceDescriptor {
        let mut described = self.described.lock().unwrap_or_else(PoisonError::into_inner);
        let address = ptr::from_ref(known).addr();
        described.entry(address).or_insert_with(|| match self.described(known) {
            Some(service) => Box::leak(Box::new(service)),
            None => known,
        })
    }

    fn described(&self, known: &ServiceDescriptor) -> Option<ServiceDescriptor> {
        if !known.file_descriptor_set().is_empty() {
            // It has its contract.
            return None;
        }
        let mut services = self.contracts.services.iter();
        let is_it = |method: &Method| method.service == known.name();
        let (name, methods) = services.find(|(_, methods)| methods.values().any(|it| is_it(it)))?;
        let mut handlers = known.handlers().to_vec();
        for method in methods.values() {
            match rpc(known, method) {
                Ok((handler, rpc)) => {
                    let found = handlers.iter_mut().find(|it| it.name() == handler.name());
                    if let Some(handler) = found {
                        let of_contract = handler.with_contract(&rpc);
                        *handler = match method.kind {
                            ServiceKind::Singleton => of_contract.singleton(),
                            _ => of_contract,
                        };
                    }
                }
                Err(reason) => warn!(
                    "the deployment of `{}` does not serve the rpc `{}` of its contract: {reason}",
                    known.name(),
                    method.name
                ),
            }
        }
        let is_secret = methods
            .values()
            .flat_map(|method| [&method.input, &method.output])
            .any(|message| has_redacted_fields(&message.parent_file()));
        let service = (*known)
            .with_handlers(handlers.leak())
            .named_in_contract(name.clone().leak())
            .files(self.files);
        Some(if is_secret { service.with_redacted_fields() } else { service })
    }
}

impl fmt::Debug for RemoteContracts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RemoteContracts").field(&self.contracts).finish()
    }
}

/// The handler that serves `method`, and what the contract tells of it.
fn rpc(
    service: &ServiceDescriptor,
    method: &Method,
) -> Result<(&'static HandlerDescriptor, RemoteRpc), String> {
    if method.streams {
        return Err(format!("it {STREAMS}"));
    }
    let handler = handler_of_rpc(service, &method.handler, method.is_run)
        .ok_or_else(|| format!("there is no handler `{}`", method.handler))?;
    let described = handler.description().copied().unwrap_or_default();
    let input = Taken::of(&described, method)?;
    let output = returned(&described, method)?;
    let encoding = match input {
        Taken::Nothing | Taken::AsSent => DefaultEncoding::AsRequest,
        Taken::Json => DefaultEncoding::Json,
        Taken::Proto => DefaultEncoding::Proto,
    };
    let messages: &'static RemoteMessages = Box::leak(Box::new(RemoteMessages {
        method: method.in_encoding(encoding),
        responds_in: is_binary(described.output_content_type).then_some(Encoding::Proto),
    }));
    let written = |message: &MessageDescriptor| schema::document(message).to_string().leak();
    let format = |is_empty| if is_empty { Format::Empty } else { Format::Message };
    let keep_headers = method.keep_headers.iter().map(|name| &*name.clone().leak());
    let rpc = RemoteRpc {
        name: method.rpc().to_owned().leak(),
        input: format(matches!(input, Taken::Nothing)),
        output: format(output == Returned::Nothing),
        input_schema: written(&method.input),
        output_schema: written(&method.output),
        key: method.key.as_ref().map(|field| &*field.name().to_owned().leak()),
        is_read: method.is_read,
        keep_headers: match &*method.keep_headers {
            [] => None,
            _ => Some(keep_headers.collect::<Vec<_>>().leak()),
        },
        messages,
    };
    Ok((handler, rpc))
}

/// What a handler of another program takes, by its own account.
enum Taken {
    /// No body.
    Nothing,
    Json,
    Proto,
    /// What the client sends.
    AsSent,
}

impl Taken {
    fn of(described: &Description, method: &Method) -> Result<Self, String> {
        let Some(content_type) = described.input_content_type else {
            return match method.input.full_name() {
                EMPTY => Ok(Self::Nothing),
                name => Err(format!("it takes no request, and that of the contract is `{name}`")),
            };
        };
        if is_binary(Some(content_type)) {
            return Ok(Self::Proto);
        }
        match &*media_type(content_type).to_ascii_lowercase() {
            "*/*" | "application/*" => Ok(match method.encoding {
                // What responds in binary only was hardly meant to read JSON.
                DefaultEncoding::AsRequest if is_binary(described.output_content_type) => {
                    Self::Proto
                }
                DefaultEncoding::AsRequest => Self::AsSent,
                DefaultEncoding::Json => Self::Json,
                DefaultEncoding::Proto => Self::Proto,
            }),
            JSON => Ok(Self::Json),
            other => Err(format!("it takes `{other}`, which is no encoding of messages")),
        }
    }
}

/// Whether a handler of another program returns a message, by its own account.
#[derive(PartialEq, Eq)]
enum Returned {
    Nothing,
    Message,
}

fn returned(described: &Description, method: &Method) -> Result<Returned, String> {
    let Some(content_type) = described.output_content_type else {
        return match method.output.full_name() {
            EMPTY => Ok(Returned::Nothing),
            name => {
                Err(format!("it returns nothing, and the response of the contract is `{name}`"))
            }
        };
    };
    match &*media_type(content_type).to_ascii_lowercase() {
        _ if is_binary(Some(content_type)) => Ok(Returned::Message),
        JSON | "*/*" | "application/*" => Ok(Returned::Message),
        other => Err(format!("it returns `{other}`, which is no encoding of messages")),
    }
}

const JSON: &str = "application/json";

/// Whether bodies of this type are binary protobuf, as far as a contract says that they are messages.
fn is_binary(content_type: Option<&str>) -> bool {
    const BINARY: [&str; 4] = [
        "application/proto",
        "application/protobuf",
        "application/x-protobuf",
        "application/octet-stream",
    ];
    content_type.is_some_and(|it| BINARY.contains(&&*media_type(it).to_ascii_lowercase()))
}

/// The messages of a handler of another program.
#[derive(Debug)]
struct RemoteMessages {
    /// With the encoding that the handler takes.
    method: Method,
    /// The encoding of its responses, if it says so.
    responds_in: Option<Encoding>,
}

impl RemoteContract for RemoteMessages {
    fn request(
        &self,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Result<RemoteRequest, TerminalError> {
        let Some(sent) = Format::Message.encoding(content_type, &body) else {
            let message = Format::Message.unsupported(content_type);
            return Err(TerminalError::with_code(415, message));
        };
        // No JSON is empty: the empty message is meant.
        let asked = if body.is_empty() { Encoding::Proto } else { sent };
        let sent = transcode::request(&self.method, body, asked)?;
        Ok(RemoteRequest { body: sent.body, content_type: sent.content_type, key: sent.key })
    }

    fn request_for(
        &self,
        audience: Audience,
        request: Bytes,
        to: Option<Encoding>,
    ) -> Result<Bytes, PayloadError> {
        let is_binary = self.method.encoding == DefaultEncoding::Proto || !is_json(&request);
        let likely = if is_binary { Encoding::Proto } else { Encoding::Json };
        value_for(&self.method.input, audience, request, likely, to)
    }

    fn response_for(
        &self,
        audience: Audience,
        response: Bytes,
        to: Option<Encoding>,
    ) -> Result<Bytes, PayloadError> {
        let likely = self.encoding_of_response(&response);
        value_for(&self.method.output, audience, response, likely, to)
    }

    fn encoding_of_response(&self, response: &[u8]) -> Encoding {
        self.responds_in.unwrap_or(match is_json(response) {
            true => Encoding::Json,
            false => Encoding::Proto,
        })
    }
}

/// A message in the encoding `to`, or in its own.
fn value_for(
    ty: &MessageDescriptor,
    audience: Audience,
    bytes: Bytes,
    likely: Encoding,
    to: Option<Encoding>,
) -> Result<Bytes, PayloadError> {
    let (message, present) = read(ty, &bytes, likely)?;
    let to = to.unwrap_or(present);
    let mask = match audience {
        Audience::Programs if to == present => return Ok(bytes),
        Audience::Programs => return written(&message, to),
        Audience::People => Mask::Mark,
        Audience::Files => Mask::SameType,
    };
    let mut json: Value = serde_json::to_value(&message).map_err(invalid)?;
    let is_unchanged = !redact(&mut json, ty, mask);
    if is_unchanged && to == present {
        // With the fields that the contract does not have.
        return Ok(bytes);
    }
    let json = Bytes::from(json.to_string());
    match to {
        Encoding::Json => Ok(json),
        _ => written(&read(ty, &json, Encoding::Json)?.0, to),
    }
}

/// Reads a message that is in this encoding, unless it cannot be.
fn read(
    ty: &MessageDescriptor,
    bytes: &[u8],
    likely: Encoding,
) -> Result<(DynamicMessage, Encoding), PayloadError> {
    let decode = |encoding| {
        let read = transcode::decode(ty, bytes, encoding, UnknownFields::Allowed);
        read.map(|message| (message, encoding))
    };
    let other = if likely == Encoding::Json { Encoding::Proto } else { Encoding::Json };
    decode(likely)
        .or_else(|error| decode(other).map_err(|_| error))
        .map_err(|error| invalid(Cow::from(format!("it is not a `{}`: {error}", ty.full_name()))))
}

fn written(message: &DynamicMessage, encoding: Encoding) -> Result<Bytes, PayloadError> {
    transcode::encode(message, encoding).map_err(|error| invalid(error.message().to_owned()))
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PayloadError {
    PayloadError::new::<DynamicMessage>(error)
}
