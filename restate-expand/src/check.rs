//! Rules that hold however a service was written.

mod settings;

use std::collections::HashMap;

use crate::model::{HandlerKind, Kind, Service};

/// A broken rule: what breaks it, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where the contract has to change.
    pub subject: Subject,
    /// The thing, the rule and the way out.
    pub message: String,
}

/// The part of a service that a problem is about.
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
    /// A setting of the service, as `lazy_state`.
    ServiceSetting(&'static str),
    /// A setting of the handler at this index.
    HandlerSetting(usize, &'static str),
}

/// Every broken rule of `service`, in the contract's order.
pub fn check(service: &Service) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_service_name(service, &mut problems);
    check_object(service, &mut problems);
    check_workflow(service, &mut problems);
    check_keys(service, &mut problems);
    check_handler_names(service, &mut problems);
    check_idents(service, &mut problems);
    settings::check(service, &mut problems);
    problems
}

fn check_service_name(service: &Service, problems: &mut Vec<Problem>) {
    let name = &service.name;
    if !is_name(name, |c| matches!(c, '_' | '.' | '-')) {
        let message = format!(
            "`{name}` cannot be the name of a service; give it one of letters, digits, `.`, `_` \
             and `-` that starts with a letter"
        );
        problems.push(Problem { subject: Subject::ServiceName, message });
    }
}

fn check_object(service: &Service, problems: &mut Vec<Problem>) {
    let Service { ident, kind: Kind::Object { .. } | Kind::Singleton, handlers, .. } = service
    else {
        return;
    };
    if handlers.is_empty() {
        let message = format!(
            "object `{ident}` has no handlers, so its keys can never be used; add one, or make it \
             a plain service"
        );
        problems.push(Problem { subject: Subject::Service, message });
    }
}

fn check_workflow(service: &Service, problems: &mut Vec<Problem>) {
    let Service { ident, kind: Kind::Workflow { .. }, handlers, .. } = service else { return };
    let mut runs = handlers.iter().enumerate().filter(|(_, it)| it.kind == HandlerKind::Run);
    let Some((_, run)) = runs.next() else {
        if handlers.iter().any(|it| it.kind == HandlerKind::Exclusive) {
            // Reported where it was read; it may have been meant as the run.
            return;
        }
        let message = format!(
            "workflow `{ident}` has no run handler, which is what starts it; name one of its \
             handlers `run`, or mark one: `#[run]` in a trait, `kind: RUN` in a `.proto`"
        );
        problems.push(Problem { subject: Subject::Service, message });
        return;
    };
    for (index, second) in runs {
        let message = format!(
            "workflow `{ident}` has two run handlers, `{}` and `{}`, but it runs once for each \
             key; make one of them shared: `#[shared]` in a trait, `kind: SHARED` in a `.proto`",
            run.name, second.name
        );
        problems.push(Problem { subject: Subject::Handler(index), message });
    }
}

fn check_keys(service: &Service, problems: &mut Vec<Problem>) {
    let Service { ident, kind, handlers, .. } = service;
    let Some(key) = kind.key_field() else { return };
    let noun = if matches!(kind, Kind::Workflow { .. }) { "workflow" } else { "object" };
    for (index, handler) in handlers.iter().enumerate() {
        if handler.request.is_none() {
            let message = format!(
                "handler `{}` of {noun} `{ident}` takes no request, but the {noun}'s key is in \
                 the field `{key}` of every request; give it one that has the field",
                handler.name
            );
            problems.push(Problem { subject: Subject::Handler(index), message });
        }
    }
}

fn check_handler_names(service: &Service, problems: &mut Vec<Problem>) {
    let mut seen = HashMap::new();
    for (index, handler) in service.handlers.iter().enumerate() {
        let name = handler.name.as_str();
        if !is_name(name, |c| c == '_') {
            let message = format!(
                "`{name}` cannot be the name of a handler; give it one of letters, digits and `_` \
                 that starts with a letter"
            );
            problems.push(Problem { subject: Subject::HandlerName(index), message });
        }
        let Some(first) = seen.insert(name, index) else { continue };
        if service.handlers[first].ident == handler.ident {
            let message = format!(
                "`{}` declares the handler `{}` twice; rename one of the two, or remove it",
                service.ident, handler.ident
            );
            problems.push(Problem { subject: Subject::Handler(index), message });
        } else {
            let message = format!(
                "two handlers of `{}` have the name `{name}`; callers could not tell them apart, \
                 so give one of them another `name`",
                service.ident
            );
            problems.push(Problem { subject: Subject::HandlerName(index), message });
        }
    }
}

/// Two names that differ only in case or underscores become one Rust name.
fn check_idents(service: &Service, problems: &mut Vec<Problem>) {
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
                problems.push(Problem { subject: Subject::Handler(index), message });
            }
            _ => {}
        }
    }
}

/// `^([a-zA-Z]|_[a-zA-Z0-9])[a-zA-Z0-9…]*$`, as the manifest of a deployment wants it.
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
    use crate::Handler;

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
            [Problem {
                subject: Subject::ServiceName,
                message: "`a/b` cannot be the name of a service; give it one of letters, digits, \
                          `.`, `_` and `-` that starts with a letter"
                    .to_owned(),
            }]
        );
    }

    #[test]
    fn a_handler_name_with_a_dot_is_refused() {
        let [problem] = &check(&object(None, &[("add", "v1.Add")]))[..] else { panic!("one") };
        assert_eq!(problem.subject, Subject::HandlerName(0));
        assert_eq!(
            problem.message,
            "`v1.Add` cannot be the name of a handler; give it one of letters, digits and `_` that \
             starts with a letter"
        );
    }

    #[test]
    fn two_handlers_with_one_name_are_refused() {
        let [problem] = &check(&object(None, &[("add", "Add"), ("plus", "Add")]))[..] else {
            panic!("one")
        };
        assert_eq!(problem.subject, Subject::HandlerName(1));
        assert_eq!(
            problem.message,
            "two handlers of `Counter` have the name `Add`; callers could not tell them apart, so \
             give one of them another `name`"
        );
    }

    #[test]
    fn two_handlers_with_one_method_are_refused() {
        let [problem] = &check(&object(None, &[("add_one", "AddOne"), ("add_one", "addOne")]))[..]
        else {
            panic!("one")
        };
        assert_eq!(problem.subject, Subject::Handler(1));
        assert_eq!(
            problem.message,
            "handlers `AddOne` and `addOne` would both be the method `add_one` of `Counter`; \
             rename one of them"
        );
    }

    #[test]
    fn an_object_without_handlers_is_refused() {
        let [problem] = &check(&object(None, &[]))[..] else { panic!("one") };
        assert_eq!(problem.subject, Subject::Service);
        assert_eq!(
            problem.message,
            "object `Counter` has no handlers, so its keys can never be used; add one, or make it \
             a plain service"
        );
    }

    #[test]
    fn a_keyed_handler_without_a_request_is_refused() {
        let [problem] = &check(&object(Some("counter_id"), &[("add", "Add")]))[..] else {
            panic!("one")
        };
        assert_eq!(problem.subject, Subject::Handler(0));
        assert_eq!(
            problem.message,
            "handler `Add` of object `Counter` takes no request, but the object's key is in the \
             field `counter_id` of every request; give it one that has the field"
        );
    }

    #[test]
    fn a_workflow_without_a_run_handler_is_refused() {
        let [problem] = &check(&workflow(&[("status", HandlerKind::BesideRun)]))[..] else {
            panic!("one")
        };
        assert_eq!(problem.subject, Subject::Service);
        assert_eq!(
            problem.message,
            "workflow `Counter` has no run handler, which is what starts it; name one of its \
             handlers `run`, or mark one: `#[run]` in a trait, `kind: RUN` in a `.proto`"
        );
    }

    #[test]
    fn a_workflow_with_two_run_handlers_is_refused() {
        let kinds = [("run", HandlerKind::Run), ("again", HandlerKind::Run)];
        let [problem] = &check(&workflow(&kinds))[..] else { panic!("one") };
        assert_eq!(problem.subject, Subject::Handler(1));
        assert_eq!(
            problem.message,
            "workflow `Counter` has two run handlers, `run` and `again`, but it runs once for \
             each key; make one of them shared: `#[shared]` in a trait, `kind: SHARED` in a `.proto`"
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
