//! The rule for the context parameter of a handler.

use restate_expand::HandlerKind;
use syn::{GenericArgument, Ident, PathArguments, Type};

use crate::errors::Errors;

/// Reports a context that is not the one of the handler's kind, by its name.
///
/// Another name may be an alias, which only the compiler can resolve; the expansion has an
/// assertion.
pub(crate) fn check(handler: &Ident, kind: HandlerKind, context: &Type, errors: &mut Errors) {
    let expected = kind.context();
    match name(context) {
        Some(name) if name == expected => {}
        Some(name) if KINDS.iter().any(|kind| name == kind.context()) => {
            let name = name.to_string();
            errors.push(context, wrong(&handler.to_string(), kind, &name));
        }
        _ if !borrows(context) => {
            let message = format!(
                "the first argument of handler `{handler}` is its context; write \
                 `ctx: {expected}<'_>` before the request"
            );
            errors.push(context, message);
        }
        _ => {}
    }
}

const KINDS: [HandlerKind; 5] = [
    HandlerKind::Plain,
    HandlerKind::Exclusive,
    HandlerKind::Shared,
    HandlerKind::Run,
    HandlerKind::SharedWorkflow,
];

fn wrong(handler: &str, kind: HandlerKind, name: &str) -> String {
    let expected = kind.context();
    match (kind, name) {
        (HandlerKind::Plain, "SharedWorkflowContext" | "WorkflowContext") => format!(
            "handler `{handler}` is in a plain service, which has neither keys nor promises; take \
             `{expected}<'_>`, or make the service a `#[workflow]`"
        ),
        (HandlerKind::Plain, _) => format!(
            "handler `{handler}` is in a plain service, which has no keys and no state; take \
             `{expected}<'_>`, or make the service an `#[object]`"
        ),
        (HandlerKind::Exclusive, _) => format!(
            "handler `{handler}` is in an object; take `{expected}<'_>`, which has its key and \
             state"
        ),
        (HandlerKind::Shared, "ObjectContext") => format!(
            "handler `{handler}` is `#[shared]`, so it runs concurrently and only reads state; \
             take `{expected}<'_>`, or remove `#[shared]`"
        ),
        (HandlerKind::Shared, _) => format!(
            "handler `{handler}` is in an object; take `{expected}<'_>`, which has its key and \
             reads its state"
        ),
        (HandlerKind::Run, "SharedWorkflowContext") => format!(
            "handler `{handler}` is the run handler of its workflow; take `{expected}<'_>`, or \
             mark it `#[shared]` to run concurrently and only read state"
        ),
        (HandlerKind::Run, _) => format!(
            "handler `{handler}` is the run handler of a workflow; take `{expected}<'_>`, which \
             has its key, state and promises"
        ),
        (HandlerKind::SharedWorkflow, "WorkflowContext") => format!(
            "handler `{handler}` is a shared handler of its workflow, which only reads state; take \
             `{expected}<'_>`, or mark it `#[run]` if it is the run handler"
        ),
        (HandlerKind::SharedWorkflow, _) => format!(
            "handler `{handler}` is in a workflow; take `{expected}<'_>`, which has its key and \
             promises and reads its state"
        ),
    }
}

fn name(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| &last.ident),
        _ => None,
    }
}

/// Whether a type has a lifetime, as every context does.
fn borrows(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.iter().any(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().any(|it| matches!(it, GenericArgument::Lifetime(_)))
        }
        _ => false,
    })
}
