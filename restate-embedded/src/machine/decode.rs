//! Fields of commands as types of the machine.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message as _;
use restate_core::wire::protocol::{
    FutureTree, Header, InputCommand, InvocationTarget, NotificationId, Suspension,
};

use super::{input::InvocationRef, journal};
use crate::model::{
    id::InvocationId,
    rules::{is_level, is_limit_key},
    target::{Object, Target},
};

/// The idempotency key of a call. The empty key marks the `run` of a workflow; a handler that sends
/// it gave none.
pub(super) fn idempotency_key(key: Option<String>) -> Option<Arc<str>> {
    key.filter(|key| !key.is_empty()).map(Into::into)
}

/// Scope and limit key of a call, if the protocol allows them.
pub(super) fn scope(scope: Option<String>, limit_key: Option<String>) -> Result<Scoped, String> {
    let invalid = |what: &str, text: &str| format!("`{text}` is not a {what}");
    match (&scope, &limit_key) {
        (Some(scope), _) if !is_level(scope) => Err(invalid("scope", scope)),
        (_, Some(key)) if !is_limit_key(key) => Err(invalid("limit key", key)),
        (None, Some(key)) => Err(format!("limit key `{key}` needs a scope: add `.scope(..)`")),
        _ => Ok((scope.map(Into::into), limit_key.map(Into::into))),
    }
}

pub(super) type Scoped = (Option<Arc<str>>, Option<Arc<str>>);

pub(super) fn input(headers: Vec<Header>, parameter: Bytes) -> Bytes {
    journal::frame(&InputCommand { headers, value: Some(parameter.into()), name: String::new() })
}

pub(super) fn invocation_ref(target: InvocationTarget) -> Result<InvocationRef, String> {
    match target {
        InvocationTarget::InvocationId(id) => Ok(InvocationRef::Id(self::id(&id)?)),
        InvocationTarget::IdempotentRequest(request) => {
            let key = request.service_key.unwrap_or_default();
            let target = Target::new(request.service_name, request.handler_name, key);
            let target = target.within(scope(request.scope, None)?.0);
            Ok(InvocationRef::Idempotent(target, request.idempotency_key.into()))
        }
        InvocationTarget::Workflow(workflow) => {
            let scope = scope(workflow.scope, None)?.0;
            let object = Object::new(workflow.workflow_name, workflow.workflow_key);
            Ok(InvocationRef::Workflow(object.within(scope)))
        }
    }
}

pub(super) fn id(id: &str) -> Result<InvocationId, String> {
    id.parse().map_err(|error| format!("`{id}`: {error}"))
}

/// What a suspended attempt waits for: every notification that the body of its `Suspension` names.
///
/// The first of them resumes the invocation. If its tree of futures needs more, it suspends again.
pub(super) fn awaited(suspension: &Bytes) -> Vec<NotificationId> {
    let Suspension { waiting_completions, waiting_signals, waiting_named_signals, awaiting_on } =
        Suspension::decode(suspension.clone()).unwrap_or_default();
    let mut found = Vec::new();
    let mut trees = vec![FutureTree {
        waiting_completions,
        waiting_signals,
        waiting_named_signals,
        nested_futures: awaiting_on.into_iter().collect(),
        ..FutureTree::default()
    }];
    while let Some(tree) = trees.pop() {
        found.extend(tree.waiting_completions.into_iter().map(NotificationId::CompletionId));
        found.extend(tree.waiting_signals.into_iter().map(NotificationId::SignalId));
        found.extend(tree.waiting_named_signals.into_iter().map(NotificationId::SignalName));
        trees.extend(tree.nested_futures);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope_of(scope: Option<&str>, limit_key: Option<&str>) -> Result<Scoped, String> {
        super::scope(scope.map(Into::into), limit_key.map(Into::into))
    }

    #[test]
    fn a_limit_key_needs_a_scope_and_both_have_names() {
        assert_eq!(scope_of(None, None), Ok((None, None)));
        assert_eq!(scope_of(Some("shop"), None), Ok((Some("shop".into()), None)));
        let both = scope_of(Some("shop"), Some("ann/orders"));
        assert_eq!(both, Ok((Some("shop".into()), Some("ann/orders".into()))));
        let error = scope_of(None, Some("ann")).unwrap_err();
        assert_eq!(error, "limit key `ann` needs a scope: add `.scope(..)`");
        for key in [None, Some("ann")] {
            assert_eq!(scope_of(Some("a b"), key).unwrap_err(), "`a b` is not a scope");
        }
        for scope in [None, Some("shop")] {
            assert_eq!(scope_of(scope, Some("a//b")).unwrap_err(), "`a//b` is not a limit key");
        }
    }
}
