//! Reads the services of a contract into the model.

use std::collections::HashMap;

use prost_build::Module;
use prost_reflect::{FileDescriptor, MethodDescriptor, ServiceDescriptor};
use quote::{format_ident, quote};
use restate_expand::{Docs, Handler, HandlerKind, Kind, Service, Subject, check};
use syn::Ident;

use crate::{
    comments,
    error::{Error, Mistake},
    key,
    load::Contract,
    options::{self, HandlerOptions, ServiceKind, ServiceOptions},
    place::Place,
    rustdoc,
};

/// Every service of `contract`, with the module it belongs to.
///
/// `names` are the Rust names that prost-build gave to services, rpcs and their messages.
pub(crate) fn services(
    contract: &Contract,
    names: &HashMap<String, prost_build::Service>,
) -> Result<Vec<(Module, Service)>, Error> {
    let mut mistakes = contract.files().filter_map(|file| without_package(&file)).collect();
    key::check_placement(contract, &mut mistakes);
    let mut services = Vec::new();
    for descriptor in contract.files().flat_map(|file| file.services().collect::<Vec<_>>()) {
        let service = read(&descriptor, &names[descriptor.full_name()], &mut mistakes);
        for problem in check(&service) {
            let path = path_of(problem.subject, &descriptor);
            mistakes
                .push(Mistake::new(Place::of(&descriptor.parent_file(), &path), problem.message));
        }
        services.push((Module::from_protobuf_package_name(descriptor.package_name()), service));
    }
    if mistakes.is_empty() { Ok(services) } else { Err(Error::contract(mistakes)) }
}

fn without_package(file: &FileDescriptor) -> Option<Mistake> {
    let message = "the file has no package, which its services and messages are named after; add \
                   one, as in `package greeter.v1;`";
    file.package_name().is_empty().then(|| Mistake::new(Place::of(file, &[]), message))
}

fn read(
    descriptor: &ServiceDescriptor,
    names: &prost_build::Service,
    mistakes: &mut Vec<Mistake>,
) -> Service {
    let options = ServiceOptions::of(descriptor);
    let kind = match options.kind {
        ServiceKind::Service => Kind::Service,
        ServiceKind::Object => Kind::Object { key: key::of_service(descriptor, mistakes) },
        ServiceKind::Workflow => Kind::Workflow { key: key::of_service(descriptor, mistakes) },
    };
    let handlers = descriptor.methods().zip(&names.methods);
    Service {
        docs: docs(descriptor, descriptor.path()),
        attrs: quote!(),
        vis: quote!(pub),
        ident: ident(&names.name),
        name: options.name.unwrap_or_else(|| descriptor.full_name().to_owned()),
        kind,
        handlers: handlers
            .map(|(method, names)| handler(&method, names, options.kind, mistakes))
            .collect(),
    }
}

fn handler(
    descriptor: &MethodDescriptor,
    names: &prost_build::Method,
    service: ServiceKind,
    mistakes: &mut Vec<Mistake>,
) -> Handler {
    check_unary(descriptor, mistakes);
    let options = HandlerOptions::of(descriptor);
    let kind = handler_kind(descriptor, service, options.kind, mistakes);
    let message = |name: &str| -> syn::Type {
        syn::parse_str(name).expect("prost-build names messages by paths")
    };
    let (request, response) = (message(&names.input_type), message(&names.output_type));
    Handler {
        docs: docs(descriptor.parent_service(), descriptor.path()),
        attrs: quote!(),
        ident: ident(&names.name),
        name: options.name.unwrap_or_else(|| descriptor.name().to_owned()),
        kind,
        context: None,
        request: Some(quote!(#request)),
        response: quote!(#response),
        result: None,
    }
}

fn handler_kind(
    rpc: &MethodDescriptor,
    service: ServiceKind,
    kind: Option<options::HandlerKind>,
    mistakes: &mut Vec<Mistake>,
) -> HandlerKind {
    use options::HandlerKind::{Exclusive, Run, Shared};
    match (service, kind) {
        (ServiceKind::Service, None) => HandlerKind::Plain,
        (ServiceKind::Service, Some(_)) => {
            mistakes.push(kind_without_key(rpc));
            HandlerKind::Plain
        }
        (ServiceKind::Object, None | Some(Exclusive)) => HandlerKind::Exclusive,
        (ServiceKind::Object, Some(Shared)) => HandlerKind::Shared,
        (ServiceKind::Object, Some(Run)) => {
            mistakes.push(wrong_kind(rpc, "RUN", "an object", "make its service a WORKFLOW"));
            HandlerKind::Exclusive
        }
        (ServiceKind::Workflow, Some(Run)) => HandlerKind::Run,
        (ServiceKind::Workflow, None) if rpc.name() == "Run" => HandlerKind::Run,
        (ServiceKind::Workflow, None | Some(Shared)) => HandlerKind::BesideRun,
        (ServiceKind::Workflow, Some(Exclusive)) => {
            mistakes.push(wrong_kind(
                rpc,
                "EXCLUSIVE",
                "a workflow",
                "make its kind RUN or SHARED",
            ));
            HandlerKind::Exclusive
        }
    }
}

fn wrong_kind(rpc: &MethodDescriptor, kind: &str, service: &str, way_out: &str) -> Mistake {
    let message = format!(
        "rpc `{}` has the handler kind {kind}, but `{}` is {service}; remove the kind, or \
         {way_out}",
        rpc.name(),
        rpc.parent_service().name(),
    );
    Mistake::new(Place::of(&rpc.parent_file(), &kind_path(rpc)), message)
}

fn check_unary(rpc: &MethodDescriptor, mistakes: &mut Vec<Mistake>) {
    let streams = match (rpc.is_client_streaming(), rpc.is_server_streaming()) {
        (false, false) => return,
        (true, false) => "its requests",
        (false, true) => "its responses",
        (true, true) => "its requests and responses",
    };
    let message = format!(
        "rpc `{}` of `{}` streams {streams}, but a durable call has one request and one response; \
         remove `stream`, or move the rpc to a contract of its own",
        rpc.name(),
        rpc.parent_service().name(),
    );
    mistakes.push(Mistake::new(Place::of(&rpc.parent_file(), rpc.path()), message));
}

fn kind_without_key(rpc: &MethodDescriptor) -> Mistake {
    let message = format!(
        "rpc `{}` has a handler kind, but `{}` is a plain service without keys; remove the kind, \
         or make it an object with `option (restate.service) = {{ kind: OBJECT }};`",
        rpc.name(),
        rpc.parent_service().name(),
    );
    Mistake::new(Place::of(&rpc.parent_file(), &kind_path(rpc)), message)
}

fn kind_path(rpc: &MethodDescriptor) -> Vec<i32> {
    [rpc.path(), &[METHOD_OPTIONS, options::NUMBER]].concat()
}

fn docs(service: &ServiceDescriptor, path: &[i32]) -> Docs {
    match comments::at(&service.parent_file(), path) {
        Some(comment) => Docs::from_comment(rustdoc::text(comment), rustdoc::lines(comment)),
        None => Docs::default(),
    }
}

/// prost-build writes keywords as raw identifiers.
fn ident(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(keyword) => format_ident!("r#{keyword}"),
        None => format_ident!("{name}"),
    }
}

/// Field numbers in `descriptor.proto`, of which paths to elements are made.
const NAME: i32 = 1;
const SERVICE_OPTIONS: i32 = 3;
const METHOD_OPTIONS: i32 = 4;

fn path_of(subject: Subject, service: &ServiceDescriptor) -> Vec<i32> {
    let method = |index: usize| {
        service.methods().nth(index).expect("the model has the descriptor's handlers in order")
    };
    match subject {
        Subject::Service => [service.path(), &[NAME]].concat(),
        Subject::ServiceName => {
            let renamed = ServiceOptions::of(service).name.is_some();
            let option: &[i32] =
                if renamed { &[SERVICE_OPTIONS, options::NUMBER] } else { &[NAME] };
            [service.path(), option].concat()
        }
        Subject::Handler(index) => [method(index).path(), &[NAME]].concat(),
        Subject::HandlerName(index) => {
            let method = method(index);
            let renamed = HandlerOptions::of(&method).name.is_some();
            let option: &[i32] = if renamed { &[METHOD_OPTIONS, options::NUMBER] } else { &[NAME] };
            [method.path(), option].concat()
        }
    }
}
