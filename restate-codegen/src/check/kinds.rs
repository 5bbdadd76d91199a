//! Handler kinds, and rpcs that cannot be handlers.

use prost_reflect::MethodDescriptor;
use restate_descriptors::options::{self, HandlerKindOption, ServiceKind};
use restate_expand::HandlerKind;

use crate::{error::Mistake, location::SourceLocation};

/// The kind of the handler for `rpc`, by its option and the kind of its service.
///
/// Reports an option that does not fit the service, and returns the kind that was most likely
/// meant, so that other mistakes are found in the same run.
pub(crate) fn handler_kind(
    rpc: &MethodDescriptor,
    service: ServiceKind,
    kind: Option<HandlerKindOption>,
    mistakes: &mut Vec<Mistake>,
) -> HandlerKind {
    use HandlerKindOption::{Exclusive, Run, Shared};
    match (service, kind) {
        (ServiceKind::Service, None) => HandlerKind::Plain,
        (ServiceKind::Service, Some(_)) => {
            mistakes.push(kind_without_key(rpc));
            HandlerKind::Plain
        }
        (ServiceKind::Object | ServiceKind::Singleton, None | Some(Exclusive)) => {
            HandlerKind::Exclusive
        }
        (ServiceKind::Object | ServiceKind::Singleton, Some(Shared)) => HandlerKind::Shared,
        (ServiceKind::Object | ServiceKind::Singleton, Some(Run)) => {
            mistakes.push(wrong_kind(rpc, "RUN", "an object", "make its service a WORKFLOW"));
            HandlerKind::Exclusive
        }
        (ServiceKind::Workflow, kind) if options::is_run(rpc, kind) => HandlerKind::Run,
        (ServiceKind::Workflow, Some(Exclusive)) => {
            mistakes.push(wrong_kind(
                rpc,
                "EXCLUSIVE",
                "a workflow",
                "make its kind RUN or SHARED",
            ));
            HandlerKind::Exclusive
        }
        (ServiceKind::Workflow, _) => HandlerKind::SharedWorkflow,
    }
}

fn wrong_kind(rpc: &MethodDescriptor, kind: &str, service: &str, way_out: &str) -> Mistake {
    let message = format!(
        "rpc `{}` has the handler kind {kind}, but `{}` is {service}; remove the kind, or \
         {way_out}",
        rpc.name(),
        rpc.parent_service().name(),
    );
    Mistake::at(SourceLocation::of(&rpc.parent_file(), &kind_path(rpc)), message)
}

pub(crate) fn check_unary(rpc: &MethodDescriptor, mistakes: &mut Vec<Mistake>) {
    let streams = match (rpc.is_client_streaming(), rpc.is_server_streaming()) {
        (false, false) => return,
        (true, false) => "its requests",
        (false, true) => "its responses",
        (true, true) => "its requests and responses",
    };
    let message = format!(
        "rpc `{}` of `{}` streams {streams}, but a durable call has one request and one response; \
         remove `stream`, move the rpc to another contract, or skip such rpcs with \
         `skip_streaming`",
        rpc.name(),
        rpc.parent_service().name(),
    );
    mistakes.push(Mistake::at(SourceLocation::of(&rpc.parent_file(), rpc.path()), message));
}

fn kind_without_key(rpc: &MethodDescriptor) -> Mistake {
    let message = format!(
        "rpc `{}` has a handler kind, but `{}` is a plain service without keys; remove the kind, \
         or make it an object with `option (restate.service) = {{ kind: OBJECT }};`",
        rpc.name(),
        rpc.parent_service().name(),
    );
    Mistake::at(SourceLocation::of(&rpc.parent_file(), &kind_path(rpc)), message)
}

pub(crate) fn kind_path(rpc: &MethodDescriptor) -> Vec<i32> {
    [rpc.path(), &[METHOD_OPTIONS, options::NUMBER]].concat()
}

/// Field number of `descriptor.proto`, which is part of the paths of options.
const METHOD_OPTIONS: i32 = 4;
