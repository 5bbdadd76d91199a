//! The rules for services, independent of how their contract was written.

// A link to the file in `restate-core`, which engines ask: one rule, in packages that do not depend on each other.
#[allow(unreachable_pub, reason = "it is public there")]
mod reserved;
mod schedule;
mod settings;

use std::collections::HashMap;

use self::reserved::is_reserved_name;
use crate::model::{HandlerKind, Kind, Service};

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where the contract has to change.
    pub subject: Subject,
    /// What is wrong, the rule, and how to repair it.
    pub message: String,
}

/// The part of a service that a mistake is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The service as a whole.
    Service,
    /// Its name.
    ServiceName,
    /// The handler at this index.
    Handler(usize),
    /// The name of the handler at this index.
    HandlerName(usize),
    /// A setting of the service, such as `lazy_state`.
    ServiceSetting(&'static str),
    /// A setting of the handler at this index.
    HandlerSetting(usize, &'static str),
}

/// All mistakes in `service`.
pub fn check(service: &Service) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    check_service_name(service, &mut mistakes);
    check_object(service, &mut mistakes);
    check_workflow(service, &mut mistakes);
    check_keys(service, &mut mistakes);
    check_handler_names(service, &mut mistakes);
    check_idents(service, &mut mistakes);
    settings::check(service, &mut mistakes);
    schedule::check(service, &mut mistakes);
    mistakes
}

fn check_service_name(service: &Service, mistakes: &mut Vec<Mistake>) {
    let name = &service.name;
    if !is_name(name, |c| matches!(c, '_' | '.' | '-')) {
        let message = format!(
            "`{name}` is not a valid service name; use letters, digits, `.`, `_` and `-`, starting \
             with a letter"
        );
        mistakes.push(Mistake { subject: Subject::ServiceName, message });
    }
    // Of the services for which nothing is generated, only the messages are used.
    let is_used = service.parts.client || service.parts.server;
    if is_used && is_reserved_name(name) {
        let message = format!(
            "`{name}` is a service name that Restate reserves: names do not begin with `restate`, and none is \
             `openapi`; give the service another `name`, or rename the package of its `.proto`"
        );
        mistakes.push(Mistake { subject: Subject::ServiceName, message });
    }
}

fn check_object(service: &Service, mistakes: &mut Vec<Mistake>) {
    let Service { ident, kind: Kind::Object { .. } | Kind::Singleton, handlers, .. } = service
    else {
        return;
    };
    if handlers.is_empty() {
        let message = format!(
            "object `{ident}` has no handlers, but an object needs at least one; add one, or make \
             it a plain service"
        );
        mistakes.push(Mistake { subject: Subject::Service, message });
    }
}

fn check_workflow(service: &Service, mistakes: &mut Vec<Mistake>) {
    let Service { ident, kind: Kind::Workflow { .. }, handlers, .. } = service else { return };
    let mut runs = handlers.iter().enumerate().filter(|(_, it)| it.kind == HandlerKind::Run);
    let Some((_, run)) = runs.next() else {
        if handlers.iter().any(|it| it.kind == HandlerKind::Exclusive) {
            // Codegen reports the kind EXCLUSIVE itself; the handler was probably meant to be the
            // run.
            return;
        }
        let message = format!(
            "workflow `{ident}` has no run handler, which starts it; name a handler `run`, or mark \
             one with `#[run]` (in a `.proto`: `kind: RUN`)"
        );
        mistakes.push(Mistake { subject: Subject::Service, message });
        return;
    };
    for (index, second) in runs {
        let message = format!(
            "workflow `{ident}` has two run handlers, `{}` and `{}`, but only one can start it; \
             mark one of them `#[shared]` (in a `.proto`: `kind: SHARED`)",
            run.name, second.name
        );
        mistakes.push(Mistake { subject: Subject::Handler(index), message });
    }
}

fn check_keys(service: &Service, mistakes: &mut Vec<Mistake>) {
    let Service { ident, kind, handlers, .. } = service;
    let Some(key) = kind.key_field() else { return };
    let noun = if matches!(kind, Kind::Workflow { .. }) { "workflow" } else { "object" };
    for (index, handler) in handlers.iter().enumerate() {
        if handler.request.is_none() {
            let message = format!(
                "handler `{}` of {noun} `{ident}` takes no request, but the {noun}'s key is in \
                 the field `{key}` of every request; add a request that has this field",
                handler.name
            );
            mistakes.push(Mistake { subject: Subject::Handler(index), message });
        }
    }
}

fn check_handler_names(service: &Service, mistakes: &mut Vec<Mistake>) {
    let mut seen = HashMap::new();
    for (index, handler) in service.handlers.iter().enumerate() {
        let name = handler.name.as_str();
        if !is_name(name, |c| c == '_') {
            let message = format!(
                "`{name}` is not a valid handler name; use letters, digits and `_`, starting with \
                 a letter"
            );
            mistakes.push(Mistake { subject: Subject::HandlerName(index), message });
        }
        let Some(first) = seen.insert(name, index) else { continue };
        if service.handlers[first].ident == handler.ident {
            let message = format!(
                "`{}` declares the handler `{}` twice; rename or remove one of them",
                service.ident, handler.ident
            );
            mistakes.push(Mistake { subject: Subject::Handler(index), message });
        } else {
            let message = format!(
                "two handlers of `{}` have the name `{name}`; give one of them another `name`",
                service.ident
            );
            mistakes.push(Mistake { subject: Subject::HandlerName(index), message });
        }
    }
}

/// Names that differ only in case or underscores become the same Rust name.
fn check_idents(service: &Service, mistakes: &mut Vec<Mistake>) {
    let mut seen = HashMap::new();
    for (index, handler) in service.handlers.iter().enumerate() {
        let (ident, name) = (handler.ident.to_string(), handler.name.as_str());
        match seen.insert(ident, name) {
            Some(other) if other != name => {
                let message = format!(
                    "handlers `{other}` and `{name}` would both be the method `{}` of `{}`; \
                     rename one of them",
                    handler.ident, service.ident
                );
                mistakes.push(Mistake { subject: Subject::Handler(index), message });
            }
            _ => {}
        }
    }
}

/// `^([a-zA-Z]|_[a-zA-Z0-9])[a-zA-Z0-9…]*$`: the pattern in the schema of Restate's manifest.
fn is_name(name: &str, also: impl Fn(char) -> bool) -> bool {
    let mut chars = name.chars();
    let start = match chars.next() {
        Some('_') => chars.next().is_some_and(|c| c.is_ascii_alphanumeric()),
        Some(c) => c.is_ascii_alphabetic(),
        None => false,
    };
    start && chars.all(|c| c.is_ascii_alphanumeric() || also(c))
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Ident, Span};
    use quote::quote;

    use super::*;
    use crate::{Handler, model::Parts};

    #[test]
    fn names_follow_the_manifest() {
        let service = |c| matches!(c, '_' | '.' | '-');
        for good in ["a", "Greeter", "greeter.v1.Greeter-2", "_1", "_a"] {
            assert!(is_name(good, service), "{good}");
        }
        for bad in ["", "_", "__a", "1a", ".a", "-a", "a b", "gr\u{fc}sse", "a/b"] {
            assert!(!is_name(bad, service), "{bad}");
        }
    }

    #[test]
    fn a_service_name_with_a_slash_is_refused() {
        let mut service = object(None, &[]);
        (service.kind, service.name) = (Kind::Service, "a/b".to_owned());
        assert_eq!(
            check(&service),
            [Mistake {
                subject: Subject::ServiceName,
                message: "`a/b` is not a valid service name; use letters, digits, `.`, `_` and \
                          `-`, starting with a letter"
                    .to_owned(),
            }]
        );
    }

    #[test]
    fn a_service_name_that_restate_reserves_is_refused() {
        let named =
            |name: &str| Service { name: name.to_owned(), ..object(None, &[("add", "Add")]) };
        let [mistake] = &check(&named("restate.v1.Counter"))[..] else { panic!("one") };
        assert_eq!(mistake.subject, Subject::ServiceName);
        assert_eq!(
            mistake.message,
            "`restate.v1.Counter` is a service name that Restate reserves: names do not begin with \
             `restate`, and none is `openapi`; give the service another `name`, or rename the package of its \
             `.proto`"
        );
        assert_eq!(check(&named("OpenAPI")).len(), 1);
        for (client, server, refused) in [(true, false, 1), (false, true, 1), (false, false, 0)] {
            let parts = Parts { client, server };
            assert_eq!(check(&Service { parts, ..named("restate.v1.Counter") }).len(), refused);
        }
        assert_eq!(check(&named("shop.restate.Counter")), []);
    }

    #[test]
    fn a_handler_name_with_a_dot_is_refused() {
        let [mistake] = &check(&object(None, &[("add", "v1.Add")]))[..] else { panic!("one") };
        assert_eq!(mistake.subject, Subject::HandlerName(0));
        assert_eq!(
            mistake.message,
            "`v1.Add` is not a valid handler name; use letters, digits and `_`, starting with a \
             letter"
        );
    }

    #[test]
    fn two_handlers_with_one_name_are_refused() {
        let [mistake] = &check(&object(None, &[("add", "Add"), ("plus", "Add")]))[..] else {
            panic!("one")
        };
        assert_eq!(mistake.subject, Subject::HandlerName(1));
        assert_eq!(
            mistake.message,
            "two handlers of `Counter` have the name `Add`; give one of them another `name`"
        );
    }

    #[test]
    fn two_handlers_with_one_method_are_refused() {
        let [mistake] = &check(&object(None, &[("add_one", "AddOne"), ("add_one", "addOne")]))[..]
        else {
            panic!("one")
        };
        assert_eq!(mistake.subject, Subject::Handler(1));
        assert_eq!(
            mistake.message,
            "handlers `AddOne` and `addOne` would both be the method `add_one` of `Counter`; \
             rename one of them"
        );
    }

    #[test]
    fn an_object_without_handlers_is_refused() {
        let [mistake] = &check(&object(None, &[]))[..] else { panic!("one") };
        assert_eq!(mistake.subject, Subject::Service);
        assert_eq!(
            mistake.message,
            "object `Counter` has no handlers, but an object needs at least one; add one, or make \
             it a plain service"
        );
    }

    #[test]
    fn a_keyed_handler_without_a_request_is_refused() {
        let [mistake] = &check(&object(Some("counter_id"), &[("add", "Add")]))[..] else {
            panic!("one")
        };
        assert_eq!(mistake.subject, Subject::Handler(0));
        assert_eq!(
            mistake.message,
            "handler `Add` of object `Counter` takes no request, but the object's key is in the \
             field `counter_id` of every request; add a request that has this field"
        );
    }

    #[test]
    fn a_workflow_without_a_run_handler_is_refused() {
        let [mistake] = &check(&workflow(&[("status", HandlerKind::SharedWorkflow)]))[..] else {
            panic!("one")
        };
        assert_eq!(mistake.subject, Subject::Service);
        assert_eq!(
            mistake.message,
            "workflow `Counter` has no run handler, which starts it; name a handler `run`, or mark \
             one with `#[run]` (in a `.proto`: `kind: RUN`)"
        );
    }

    #[test]
    fn a_workflow_with_two_run_handlers_is_refused() {
        let kinds = [("run", HandlerKind::Run), ("again", HandlerKind::Run)];
        let [mistake] = &check(&workflow(&kinds))[..] else { panic!("one") };
        assert_eq!(mistake.subject, Subject::Handler(1));
        assert_eq!(
            mistake.message,
            "workflow `Counter` has two run handlers, `run` and `again`, but only one can start \
             it; mark one of them `#[shared]` (in a `.proto`: `kind: SHARED`)"
        );
    }

    fn workflow(handlers: &[(&str, HandlerKind)]) -> Service {
        let names: Vec<_> = handlers.iter().map(|(name, _)| (*name, *name)).collect();
        let mut service = object(None, &names);
        service.kind = Kind::Workflow { key: None };
        for (handler, (_, kind)) in service.handlers.iter_mut().zip(handlers) {
            handler.kind = *kind;
        }
        service
    }

    fn object(key: Option<&str>, handlers: &[(&str, &str)]) -> Service {
        let ident = |name: &str| Ident::new(name, Span::call_site());
        let kind = Kind::Object { key: key.map(ident) };
        let handlers = handlers.iter().map(|(method, name)| {
            Handler::new(ident(method), *name, HandlerKind::Exclusive, quote!(()))
        });
        Service {
            handlers: handlers.collect(),
            ..Service::new(ident("Counter"), "counter.v1.Counter", kind)
        }
    }
}
