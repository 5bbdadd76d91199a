//! The rules for settings: where they apply, and which values make sense.

use super::{Mistake, Subject};
use crate::{
    model::{HandlerKind, Kind, Service},
    settings::Settings,
};

pub(super) fn check(service: &Service, mistakes: &mut Vec<Mistake>) {
    let Service { ident, kind, settings, handlers, .. } = service;
    let mut report = |subject, message| mistakes.push(Mistake { subject, message });
    if settings.workflow_retention.is_some() && !matches!(kind, Kind::Workflow { .. }) {
        let message = misplaced("workflow_retention", &ident.to_string(), "is not a workflow");
        report(Subject::ServiceSetting("workflow_retention"), message);
    }
    if settings.lazy_state.is_some() && matches!(kind, Kind::Service) {
        let message = misplaced("lazy_state", &ident.to_string(), "has no state");
        report(Subject::ServiceSetting("lazy_state"), message);
    }
    for message in retries(settings) {
        report(Subject::ServiceSetting("retries"), message);
    }
    for (index, handler) in handlers.iter().enumerate() {
        let settings = &handler.settings;
        let mut misplaced = |setting, why| {
            let message = misplaced(setting, &handler.name, why);
            report(Subject::HandlerSetting(index, setting), message);
        };
        if settings.workflow_retention.is_some() && handler.kind != HandlerKind::Run {
            misplaced("workflow_retention", "is not the run handler of a workflow");
        }
        if settings.idempotency_retention.is_some() && handler.kind == HandlerKind::Run {
            let why = "is the run handler of a workflow, which its key already makes idempotent";
            misplaced("idempotency_retention", why);
        }
        if settings.lazy_state.is_some() && handler.kind == HandlerKind::Plain {
            misplaced("lazy_state", "has no state");
        }
        for message in retries(settings) {
            report(Subject::HandlerSetting(index, "retries"), message);
        }
    }
}

fn misplaced(setting: &str, name: &str, why: &str) -> String {
    format!("`{setting}` is set for `{name}`, which {why}; remove it")
}

fn retries(settings: &Settings) -> Vec<String> {
    let retries = &settings.retries;
    let mut mistakes = Vec::new();
    if retries.factor.is_some_and(|factor| factor.is_nan() || factor < 1.0) {
        let message = "the `factor` of `retries` is less than 1, so delays would shrink; use at \
                       least 1";
        mistakes.push(message.to_owned());
    }
    if let (Some(first), Some(most)) = (retries.initial_interval, retries.max_interval)
        && first > most
    {
        let message = "the `initial_interval` of `retries` is longer than its `max_interval`; swap \
                       them";
        mistakes.push(message.to_owned());
    }
    mistakes
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proc_macro2::{Ident, Span};
    use quote::quote;

    use super::*;
    use crate::{Handler, RetryPolicy};

    const DAY: Option<Duration> = Some(Duration::from_secs(86_400));

    #[test]
    fn a_plain_service_has_neither_a_workflow_to_keep_nor_state_to_read() {
        let settings =
            Settings { workflow_retention: DAY, lazy_state: Some(true), ..Settings::default() };
        assert_eq!(
            mistakes_of(Kind::Service, HandlerKind::Plain, &settings),
            [
                "`workflow_retention` is set for `Counter`, which is not a workflow; remove it",
                "`lazy_state` is set for `Counter`, which has no state; remove it",
                "`workflow_retention` is set for `Add`, which is not the run handler of a \
                 workflow; remove it",
                "`lazy_state` is set for `Add`, which has no state; remove it",
            ]
        );
    }

    #[test]
    fn a_run_needs_no_idempotency_keys() {
        let settings = Settings {
            idempotency_retention: DAY,
            workflow_retention: DAY,
            lazy_state: Some(true),
            ..Settings::default()
        };
        assert_eq!(
            mistakes_of(Kind::Workflow { key: None }, HandlerKind::Run, &settings),
            ["`idempotency_retention` is set for `Add`, which is the run handler of a workflow, \
              which its key already makes idempotent; remove it"]
        );
    }

    #[test]
    fn delays_do_not_shrink() {
        let retries =
            RetryPolicy { factor: Some(0.5), initial_interval: DAY, ..RetryPolicy::default() };
        let retries = RetryPolicy { max_interval: Some(Duration::from_secs(1)), ..retries };
        let settings = Settings { retries, ..Settings::default() };
        let mistakes = mistakes_of(Kind::Object { key: None }, HandlerKind::Shared, &settings);
        assert_eq!(
            mistakes[..2],
            [
                "the `factor` of `retries` is less than 1, so delays would shrink; use at least 1",
                "the `initial_interval` of `retries` is longer than its `max_interval`; swap them",
            ]
        );
        assert_eq!(mistakes[2..], mistakes[..2]);
    }

    /// What is wrong with `settings` on a service of this kind and on its handler.
    fn mistakes_of(kind: Kind, handler: HandlerKind, settings: &Settings) -> Vec<String> {
        let ident = |name: &str| Ident::new(name, Span::call_site());
        let mut service = Service::new(ident("Counter"), "counter.v1.Counter", kind);
        service.settings = settings.clone();
        let handler = Handler::new(ident("add"), "Add", handler, quote!(()));
        service.handlers = vec![Handler { settings: settings.clone(), ..handler }];
        let mut mistakes = Vec::new();
        check(&service, &mut mistakes);
        mistakes.into_iter().map(|mistake| mistake.message).collect()
    }
}
