//! The rules for key fields: the fields of requests that hold the key of an object or workflow.

use prost_reflect::{Cardinality, FieldDescriptor, Kind, MethodDescriptor, ServiceDescriptor};
use restate_descriptors::options::{self, ServiceKind, ServiceOptions};
use syn::Ident;

use crate::{
    config::Config,
    error::Mistake,
    load::Contract,
    location::SourceLocation,
    names::{ident, value_name},
    select::{key_field, keys, rpcs},
};

/// The key field of the requests of `service`, if they have one; reports requests that differ.
pub(crate) fn of_service(
    service: &ServiceDescriptor,
    config: &Config,
    mistakes: &mut Vec<Mistake>,
) -> Option<Ident> {
    let rpcs = rpcs(service, config);
    let marked = rpcs.iter().find_map(key_field)?;
    for rpc in rpcs {
        if let Some(mistake) = wrong_key(&rpc, &marked) {
            // Several rpcs may take the same request, whose mistake is reported once.
            if !mistakes.contains(&mistake) {
                mistakes.push(mistake);
            }
        }
    }
    Some(rust_name(&marked))
}

/// The name of the field in the generated struct.
pub(crate) fn rust_name(field: &FieldDescriptor) -> Ident {
    ident(&value_name(field.name()))
}

fn wrong_key(rpc: &MethodDescriptor, model: &FieldDescriptor) -> Option<Mistake> {
    let service = service_name(rpc.parent_service());
    let request = rpc.input();
    let keys = keys(&request);
    let key = match &keys[..] {
        [] => {
            let message = format!(
                "rpc `{}` takes `{}`, which has no key, but other requests of {service} \
                 have one; mark its field `{}` with `[(restate.key) = true]`",
                rpc.name(),
                request.name(),
                model.name(),
            );
            return Some(Mistake::at(SourceLocation::of(&rpc.parent_file(), rpc.path()), message));
        }
        [key] => key,
        [first, second, ..] => {
            let message = format!(
                "`{}` has two keys, `{}` and `{}`, but a request goes to one object; keep one \
                 of the two marks",
                request.name(),
                first.name(),
                second.name(),
            );
            return Some(Mistake::at(option_place(second), message));
        }
    };
    let message = if let Some(found) = unfit(key) {
        format!(
            "key `{}` of `{}` is {found}; a key must be a single string, integer or bool",
            key.name(),
            request.name(),
        )
    } else if options::is_old_key(key) && key.kind() != Kind::String {
        format!(
            "key `{}` of `{}` is of type `{}`, but keys marked with `dev.restate.ext` are strings; \
             mark it with `[(restate.key) = true]`",
            key.name(),
            request.name(),
            type_name(key),
        )
    } else if key.kind() != model.kind() {
        format!(
            "{service} has the key `{} {}` in `{}` but `{} {}` in `{}`; give the key \
             the same type in all requests",
            type_name(model),
            model.name(),
            model.parent_message().name(),
            type_name(key),
            key.name(),
            request.name(),
        )
    } else {
        return None;
    };
    Some(Mistake::at(option_place(key), message))
}

/// Such as "object `Counter`".
fn service_name(service: &ServiceDescriptor) -> String {
    let noun = match ServiceOptions::of(service).kind {
        ServiceKind::Workflow => "workflow",
        ServiceKind::Object | ServiceKind::Singleton | ServiceKind::Service => "object",
    };
    format!("{noun} `{}`", service.name())
}

/// Why a field cannot be a key.
fn unfit(field: &FieldDescriptor) -> Option<String> {
    if field.is_map() {
        return Some("a map".to_owned());
    }
    if field.cardinality() == Cardinality::Repeated {
        return Some("repeated".to_owned());
    }
    if let Some(oneof) = field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
        return Some(format!("in the oneof `{}`", oneof.name()));
    }
    match field.kind() {
        Kind::Double | Kind::Float | Kind::Bytes | Kind::Message(_) | Kind::Enum(_) => {
            Some(format!("of type `{}`", type_name(field)))
        }
        _ => None,
    }
}

fn type_name(field: &FieldDescriptor) -> String {
    match field.kind() {
        Kind::Message(message) => message.name().to_owned(),
        Kind::Enum(values) => values.name().to_owned(),
        scalar => format!("{scalar:?}"),
    }
}

/// Reports key fields in messages that are not requests of objects or workflows.
///
/// Files without services are exempt: they are libraries, and another contract may use their
/// messages as requests of an object.
pub(crate) fn check_placement(contract: &Contract, mistakes: &mut Vec<Mistake>) {
    if !options::has_keys(contract.pool()) {
        return;
    }
    let services = contract.pool().services();
    let keyed = services.filter(|it| ServiceOptions::of(it).kind.has_keys());
    let requests: Vec<_> =
        keyed.flat_map(|it| it.methods().map(|rpc| rpc.input()).collect::<Vec<_>>()).collect();
    for message in contract.pool().all_messages() {
        let file = message.parent_file();
        if file.services().len() == 0 || requests.contains(&message) {
            continue;
        }
        for key in keys(&message) {
            let text = format!(
                "key `{}` is in `{}`, which is not a request of an object or workflow; remove the \
                 mark, or make its service an object with `option (restate.service) = {{ kind: \
                 OBJECT }};`",
                key.name(),
                message.name(),
            );
            mistakes.push(Mistake::at(option_place(&key), text));
        }
    }
}

fn option_place(field: &FieldDescriptor) -> SourceLocation {
    SourceLocation::of(&field.parent_file(), field.path())
}
