//! What callers notice of a new revision of a service.

use restate_core::contract::{HandlerKind, ServiceDescriptor, ServiceKind};

/// How a service changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceChange {
    pub(crate) service: &'static str,
    pub(crate) kind: ChangeKind,
    pub(crate) added_handlers: Vec<&'static str>,
    pub(crate) removed_handlers: Vec<&'static str>,
    /// What has another kind than before, in words.
    other_kinds: Vec<String>,
}

/// What happens to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Added,
    Changed,
    Unchanged,
    Removed,
}

impl ServiceChange {
    /// The change from `before`, if the service existed, to `after`.
    pub(crate) fn between(before: Option<&ServiceDescriptor>, after: &ServiceDescriptor) -> Self {
        let mut change = Self::new(after.name(), ChangeKind::Added);
        let Some(before) = before else {
            change.added_handlers = names(after).collect();
            return change;
        };
        let missing_in = |service: &ServiceDescriptor, name: &&str| service.handler(name).is_none();
        change.added_handlers = names(after).filter(|it| missing_in(before, it)).collect();
        change.removed_handlers = names(before).filter(|it| missing_in(after, it)).collect();
        if before.kind() != after.kind() {
            let (was, is) = (service_kind(before.kind()), service_kind(after.kind()));
            change.other_kinds.push(format!("`{}` was {was} and is {is}", after.name()));
        } else {
            for old in before.handlers() {
                if let Some(new) = after.handler(old.name()).filter(|new| new.kind() != old.kind())
                {
                    let (was, is) = (handler_kind(old.kind()), handler_kind(new.kind()));
                    let handler = format!("{}/{}", after.name(), old.name());
                    change.other_kinds.push(format!("`{handler}` was {was} and is {is}"));
                }
            }
        }
        let is_same = change.added_handlers.is_empty() && !change.is_breaking();
        change.kind = if is_same { ChangeKind::Unchanged } else { ChangeKind::Changed };
        change
    }

    /// The service is gone.
    pub(crate) fn removed(service: &ServiceDescriptor) -> Self {
        let removed_handlers = names(service).collect();
        Self { removed_handlers, ..Self::new(service.name(), ChangeKind::Removed) }
    }

    fn new(service: &'static str, kind: ChangeKind) -> Self {
        let (added_handlers, removed_handlers) = (Vec::new(), Vec::new());
        Self { service, kind, added_handlers, removed_handlers, other_kinds: Vec::new() }
    }

    fn is_breaking(&self) -> bool {
        !self.removed_handlers.is_empty() || !self.other_kinds.is_empty()
    }

    /// What callers of the former revision would miss, in words.
    pub(crate) fn breaks(&self) -> Vec<String> {
        if self.kind == ChangeKind::Removed {
            return vec![format!("service `{}` is removed", self.service)];
        }
        let removed = self.removed_handlers.iter();
        let removed = removed.map(|it| format!("handler `{}/{it}` is removed", self.service));
        removed.chain(self.other_kinds.iter().cloned()).collect()
    }
}

fn names(service: &ServiceDescriptor) -> impl Iterator<Item = &'static str> {
    service.handlers().iter().map(|handler| handler.name())
}

fn service_kind(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::Object => "a virtual object",
        ServiceKind::Workflow => "a workflow",
        _ => "a service",
    }
}

fn handler_kind(kind: HandlerKind) -> &'static str {
    match kind {
        HandlerKind::Exclusive => "exclusive",
        HandlerKind::Shared => "shared",
        HandlerKind::Run => "the run of its workflow",
        _ => "a handler without a key",
    }
}

#[cfg(test)]
mod tests {
    use restate_core::contract::HandlerDescriptor;

    use super::*;

    const fn exclusive(name: &'static str) -> HandlerDescriptor {
        HandlerDescriptor::exclusive::<(), ()>(name)
    }

    const OLD: ServiceDescriptor =
        ServiceDescriptor::object("Counter", &[exclusive("add"), exclusive("reset")]);

    #[test]
    fn a_handler_more_breaks_nobody() {
        let new: ServiceDescriptor = ServiceDescriptor::object(
            "Counter",
            &[const { exclusive("add") }, const { exclusive("reset") }, const { exclusive("get") }],
        );
        let change = ServiceChange::between(Some(&OLD), &new);
        assert_eq!((change.kind, &change.added_handlers[..]), (ChangeKind::Changed, &["get"][..]));
        assert!(change.breaks().is_empty());
        assert_eq!(ServiceChange::between(Some(&OLD), &OLD).kind, ChangeKind::Unchanged);
        assert_eq!(ServiceChange::between(None, &OLD).kind, ChangeKind::Added);
    }

    #[test]
    fn what_callers_would_miss_is_named() {
        const HANDLERS: &[HandlerDescriptor] = &[HandlerDescriptor::shared::<(), ()>("add")];
        let new = ServiceDescriptor::object("Counter", HANDLERS);
        assert_eq!(
            ServiceChange::between(Some(&OLD), &new).breaks(),
            ["handler `Counter/reset` is removed", "`Counter/add` was exclusive and is shared"]
        );
        let new = ServiceDescriptor::workflow("Counter", OLD.handlers());
        assert_eq!(
            ServiceChange::between(Some(&OLD), &new).breaks(),
            ["`Counter` was a virtual object and is a workflow"]
        );
        assert_eq!(ServiceChange::removed(&OLD).breaks(), ["service `Counter` is removed"]);
    }
}
