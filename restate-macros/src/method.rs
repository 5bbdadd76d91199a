//! Reads a method of a trait into a handler.

use proc_macro2::Span;
use quote::ToTokens;
use restate_expand::{Handler, HandlerKind};
use syn::{
    FnArg, GenericArgument, Ident, PathArguments, PathSegment, Receiver, ReceiverKind, ReturnType,
    Safety, Signature, TraitItemFn, Type, ext::IdentExt,
};

use crate::{
    attribute::{Attributes, ServiceKind},
    context,
    errors::Errors,
    settings::Given,
};

/// A handler, and where its name and settings are.
pub(crate) struct Method {
    pub(crate) handler: Handler,
    pub(crate) name_span: Span,
    pub(crate) settings: Given,
}

/// Reads `item`, or reports every reason why it cannot be a handler.
pub(crate) fn read(
    service: (&Ident, ServiceKind),
    item: &TraitItemFn,
    errors: &mut Errors,
) -> Option<Method> {
    let errors_before = errors.len();
    let ident = &item.sig.ident;
    let attributes = Attributes::of_handler(ident, &item.attrs, errors);
    let kind = match handler_kind(service, ident, &attributes, errors)? {
        // The context says it as well as `#[shared]` does.
        HandlerKind::Exclusive if takes_shared_context(&item.sig) => HandlerKind::Shared,
        kind => kind,
    };
    check_form(item, errors);
    let parameters = parameters(&item.sig, kind, errors);
    let returned = returned(&item.sig, errors);
    if errors.len() > errors_before {
        return None;
    }
    let (Parameters { context, request }, Returned { result, response }) = (parameters?, returned?);
    let name_span = attributes.name.as_ref().map_or_else(|| ident.span(), |name| name.span());
    let name = match attributes.name {
        Some(name) => name.value(),
        None => ident.unraw().to_string(),
    };
    let handler = Handler {
        docs: attributes.docs,
        attrs: attributes.rest,
        context: Some(context.to_token_stream()),
        request: request.map(ToTokens::to_token_stream),
        no_side_effects: attributes.no_side_effects.is_some(),
        settings: attributes.settings.settings.clone(),
        result: Some(result.to_token_stream()),
        ..Handler::new(ident.clone(), name, kind, response.to_token_stream())
    };
    Some(Method { handler, name_span, settings: attributes.settings })
}

fn handler_kind(
    (service, kind): (&Ident, ServiceKind),
    handler: &Ident,
    attributes: &Attributes,
    errors: &mut Errors,
) -> Option<HandlerKind> {
    let (place, message) = match (kind, attributes.shared, attributes.run) {
        (ServiceKind::Service, None, None) => return Some(HandlerKind::Plain),
        (ServiceKind::Object, None, None) => return Some(HandlerKind::Exclusive),
        (ServiceKind::Object, Some(_), None) => return Some(HandlerKind::Shared),
        (ServiceKind::Workflow, None, Some(_)) => return Some(HandlerKind::Run),
        (ServiceKind::Workflow, None, None) if handler.unraw() == "run" => {
            return Some(HandlerKind::Run);
        }
        (ServiceKind::Workflow, _, None) => return Some(HandlerKind::SharedWorkflow),
        (ServiceKind::Workflow, Some(shared), Some(_)) => (
            shared,
            format!(
                "handler `{handler}` is marked both `#[run]` and `#[shared]`; keep one of them"
            ),
        ),
        (ServiceKind::Service, Some(shared), _) => (
            shared,
            format!(
                "`{service}` is a plain service, whose handlers have no key to share; remove \
                 `#[shared]`, or make it an `#[object]`"
            ),
        ),
        (ServiceKind::Service | ServiceKind::Object, _, Some(run)) => (
            run,
            format!(
                "`{service}` is not a workflow, and only a workflow has a run handler; remove \
                 `#[run]`, or make it a `#[workflow]`"
            ),
        ),
    };
    errors.push_at(place, message);
    None
}

fn takes_shared_context(signature: &Signature) -> bool {
    let first = signature.inputs.iter().find_map(|input| match input {
        FnArg::Typed(argument) => Some(&*argument.ty),
        FnArg::Receiver(_) => None,
    });
    let name = first.and_then(last_segment);
    name.is_some_and(|name| name.ident == HandlerKind::Shared.context())
}

fn check_form(item: &TraitItemFn, errors: &mut Errors) {
    let Signature { ident, asyncness, generics, safety, abi, fn_token, .. } = &item.sig;
    if asyncness.is_none() {
        errors.push(fn_token, format!("handler `{ident}` is not async; write `async fn {ident}`"));
    }
    if !matches!(safety, Safety::Default) || abi.is_some() {
        let message = format!(
            "handler `{ident}` must be a plain `async fn`, because engines call it; remove \
             `unsafe` and `extern`"
        );
        errors.push(ident, message);
    }
    if !generics.params.is_empty() || generics.where_clause.is_some() {
        let message = format!(
            "handler `{ident}` is generic, but callers in other processes need one request and one \
             response type; use concrete types"
        );
        if generics.params.is_empty() {
            errors.push(&generics.where_clause, message);
        } else {
            errors.push(&generics.params, message);
        }
    }
    if let Some(body) = &item.default {
        let message = format!(
            "handler `{ident}` has a body, but the trait is a contract; move the body to an impl"
        );
        errors.push(body, message);
    }
}

/// The parameters of a handler after `&self`.
struct Parameters<'i> {
    context: &'i Type,
    request: Option<&'i Type>,
}

fn parameters<'s>(
    signature: &'s Signature,
    kind: HandlerKind,
    errors: &mut Errors,
) -> Option<Parameters<'s>> {
    let ident = &signature.ident;
    check_receiver(signature, errors);
    let mut types = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(&*argument.ty),
        FnArg::Receiver(_) => None,
    });
    let Some(context) = types.next() else {
        let message = format!(
            "handler `{ident}` has no context, which every handler takes; add \
             `ctx: {}<'_>` after `&self`",
            kind.context()
        );
        errors.push(ident, message);
        return None;
    };
    context::check(ident, kind, context, errors);
    let request = types.next();
    if let Some(request) = request {
        check_request(ident, request, errors);
    }
    for extra in types {
        let message = format!(
            "handler `{ident}` takes more than one request, but a call sends one; combine them in \
             one type"
        );
        errors.push(extra, message);
    }
    Some(Parameters { context, request })
}

fn check_receiver(signature: &Signature, errors: &mut Errors) {
    let ident = &signature.ident;
    let message = format!(
        "handler `{ident}` must take `&self`, because all invocations share one implementation"
    );
    match signature.receiver() {
        Some(Receiver { kind: ReceiverKind::Reference(_, _, None), .. }) => {}
        Some(receiver) => errors.push(receiver, message),
        None => errors.push(ident, message),
    }
}

fn check_request(handler: &Ident, request: &Type, errors: &mut Errors) {
    match request {
        Type::Reference(_) => {
            let message = format!(
                "the request of handler `{handler}` is borrowed, but a handler owns its request; \
                 take it by value"
            );
            errors.push(request, message);
        }
        Type::ImplTrait(_) => {
            let message = format!(
                "the request of handler `{handler}` is generic, but callers in other processes \
                 need one type; use a concrete type"
            );
            errors.push(request, message);
        }
        _ => {}
    }
}

/// The return type of a handler, and the response in it.
struct Returned<'i> {
    result: &'i Type,
    response: &'i Type,
}

fn returned<'s>(signature: &'s Signature, errors: &mut Errors) -> Option<Returned<'s>> {
    let ident = &signature.ident;
    let message = format!(
        "handler `{ident}` must return `HandlerResult<..>`, because every invocation can fail"
    );
    let ReturnType::Type(_, result) = &signature.output else {
        errors.push(ident, message);
        return None;
    };
    let Some(response) = response_of(result) else {
        errors.push(result, message);
        return None;
    };
    if let Type::Reference(_) = response {
        let message = format!(
            "the response of handler `{ident}` is borrowed, but it is sent to another process; \
             return it by value"
        );
        errors.push(response, message);
    }
    Some(Returned { result, response })
}

/// The `T` of `HandlerResult<T>` or `Result<T, HandlerError>`.
fn response_of(returned: &Type) -> Option<&Type> {
    let last = last_segment(returned)?;
    let PathArguments::AngleBracketed(generics) = &last.arguments else { return None };
    let types: Vec<_> = generics
        .args
        .iter()
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        })
        .collect();
    match (last.ident.to_string().as_str(), &types[..]) {
        ("HandlerResult", [response]) => Some(response),
        ("Result", [response, error]) => {
            let is_handler_error =
                last_segment(error).is_some_and(|last| last.ident == "HandlerError");
            is_handler_error.then_some(*response)
        }
        _ => None,
    }
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}
