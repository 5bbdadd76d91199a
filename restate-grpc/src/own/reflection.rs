//! `grpc.reflection.v1` and `v1alpha`: describes services to clients that do not have their contracts.

use std::{
    fmt::Display,
    future::poll_fn,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use bytes::Bytes;
use restate_core::RpcCode;

use super::{
    files::Files,
    messages::reflection::{
        ErrorResponse, ExtensionNumberResponse, FileDescriptorResponse, ListServiceResponse,
        ServerReflectionRequest, ServerReflectionResponse, ServiceResponse,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    },
};
use crate::{
    calls::{Calls, PublicService},
    status::RpcStatus,
    stream::{Requests, Responses},
};

/// Serves the files of the services, read once until the services change.
#[derive(Debug, Default)]
pub(crate) struct Reflection {
    read: Mutex<Option<(Vec<PublicService>, Arc<Files>)>>,
}

impl Reflection {
    /// Answers each request of a stream, until it ends or the engine stops.
    pub(super) async fn serve<C, B>(
        &self,
        calls: &C,
        mut requests: Requests<B>,
        responses: Responses,
    ) -> Result<(), RpcStatus>
    where
        C: Calls,
        B: http_body::Body<Data = Bytes, Error: Display> + Send,
    {
        let mut draining = pin!(calls.draining());
        loop {
            let request = {
                let mut next = pin!(requests.next::<ServerReflectionRequest>());
                poll_fn(|cx| match draining.as_mut().poll(cx) {
                    // The stream would hold its connection open.
                    Poll::Ready(()) => Poll::Ready(Ok(None)),
                    Poll::Pending => next.as_mut().poll(cx),
                })
                .await?
            };
            let Some(request) = request else { return Ok(()) };
            let files = self.files(calls.services());
            let response = response(&files, &request);
            let message = ServerReflectionResponse {
                valid_host: request.host.clone(),
                original_request: Some(request),
                message_response: Some(response),
            };
            responses.send(&message).await?;
        }
    }

    fn files(&self, services: Vec<PublicService>) -> Arc<Files> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match &*read {
            Some((before, files)) if *before == services => Arc::clone(files),
            _ => {
                let files = Arc::new(Files::of(&services));
                *read = Some((services, Arc::clone(&files)));
                files
            }
        }
    }
}

fn response(files: &Files, request: &ServerReflectionRequest) -> MessageResponse {
    let file = |found: Option<&Bytes>, what: &str| match found {
        Some(file) => MessageResponse::FileDescriptorResponse(FileDescriptorResponse {
            file_descriptor_proto: vec![file.clone()],
        }),
        None => error(RpcCode::NotFound, format!("no such {what}")),
    };
    match &request.message_request {
        Some(MessageRequest::ListServices(_)) => {
            let service = files.services().map(|name| ServiceResponse { name: name.to_owned() });
            let service = service.collect();
            MessageResponse::ListServicesResponse(ListServiceResponse { service })
        }
        Some(MessageRequest::FileByFilename(name)) => {
            file(files.named(name), &format!("file: `{name}`"))
        }
        Some(MessageRequest::FileContainingSymbol(name)) => {
            file(files.with_symbol(name), &format!("symbol: `{name}`"))
        }
        Some(MessageRequest::FileContainingExtension(extension)) => {
            let (name, number) = (&extension.containing_type, extension.extension_number);
            file(files.with_extension(name, number), &format!("extension: {number} of `{name}`"))
        }
        Some(MessageRequest::AllExtensionNumbersOfType(name)) => {
            let extension_number = files.extensions_of(name);
            if extension_number.is_empty() && files.with_symbol(name).is_none() {
                return error(RpcCode::NotFound, format!("no such message: `{name}`"));
            }
            let base_type_name = name.clone();
            MessageResponse::AllExtensionNumbersResponse(ExtensionNumberResponse {
                base_type_name,
                extension_number,
            })
        }
        None => error(RpcCode::InvalidArgument, "the request asks for nothing".to_owned()),
    }
}

fn error(code: RpcCode, error_message: String) -> MessageResponse {
    // Codes are small.
    let error_code = i32::try_from(code.number()).unwrap_or_default();
    MessageResponse::ErrorResponse(ErrorResponse { error_code, error_message })
}
