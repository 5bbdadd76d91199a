//! Services, with the fields of Restate's admin interface: which deployment has their newest revision, and how
//! they are treated.

use std::time::Duration;

use jiff::SignedDuration;
use restate_core::{
    Format, OnMaxAttempts,
    contract::{HandlerDescriptor, HandlerKind, ServiceDescriptor, ServiceKind},
};
use serde_json::{Map, Value, json};

use super::{reply::AdminResult, stopped};
use crate::{
    engine::handle::EngineHandle,
    http::refusal::refusal,
    model::{catalog::Catalog, deployment::DeploymentId, settings::Settings},
};

/// A service in one of its revisions.
pub(super) struct Revision {
    pub(super) descriptor: &'static ServiceDescriptor,
    pub(super) deployment: DeploymentId,
    pub(super) number: u32,
}

impl Revision {
    fn newest(catalog: &Catalog, name: &str) -> Option<Self> {
        let newest = catalog.newest(name)?;
        let (descriptor, deployment) = (newest.descriptor, newest.deployment);
        Some(Self { descriptor, deployment, number: newest.revision })
    }
}

/// All services in their newest revisions, ordered by name.
pub(super) async fn list(engine: &EngineHandle) -> AdminResult {
    let shown = engine.inspect(|machine, _| {
        let (catalog, defaults) = (machine.catalog(), machine.default_settings());
        let newest = catalog.descriptors().filter_map(|it| Revision::newest(catalog, it.name()));
        newest.map(|revision| service(&revision, defaults)).collect::<Vec<_>>()
    });
    Ok(json!({ "services": shown.await.map_err(|_| stopped())? }))
}

/// One service in its newest revision.
pub(super) async fn describe(engine: &EngineHandle, name: String) -> AdminResult {
    let found = name.clone();
    let shown = engine.inspect(move |machine, _| {
        let revision = Revision::newest(machine.catalog(), &found)?;
        Some(service(&revision, machine.default_settings()))
    });
    shown.await.map_err(|_| stopped())?.ok_or_else(|| unknown(&name))
}

/// Restate's servers let operators change settings of a service until it is registered again.
pub(super) fn refuse_change(catalog: &Catalog, name: &str) -> AdminResult {
    if catalog.descriptor(name).is_none() {
        return Err(unknown(name));
    }
    let message = format!(
        "the settings of `{name}` are those of its contract, and only change with it: change them there, and \
         restart the program or register the deployment again"
    );
    Err(refusal(409, message))
}

pub(super) fn unknown(name: &str) -> restate_core::TerminalError {
    refusal(404, format!("no such service: `{name}`; /services lists those that are bound"))
}

/// A service; what its contract does not set is shown as the engine has it.
pub(super) fn service(revision: &Revision, defaults: &Settings) -> Value {
    let Revision { descriptor, deployment, number } = revision;
    let own = &descriptor.settings;
    let handlers = descriptor.handlers().iter();
    let in_general = defaults.of(HandlerKind::Plain, own);
    let retries = &in_general.retries;
    let mut shown = json!({
        "name": descriptor.name(),
        "ty": match descriptor.kind() {
            ServiceKind::Object => "VirtualObject",
            ServiceKind::Workflow => "Workflow",
            _ => "Service",
        },
        "documentation": descriptor.documentation,
        "metadata": metadata(descriptor.metadata),
        "deployment_id": deployment.to_string(),
        "revision": number,
        "public": own.private != Some(true),
        "idempotency_retention": friendly(in_general.retention),
        "journal_retention": friendly(in_general.journal_retention),
        "inactivity_timeout": friendly(in_general.inactivity_timeout),
        "abort_timeout": friendly(in_general.abort_timeout),
        "enable_lazy_state": own.lazy_state == Some(true),
        "retry_policy": {
            "initial_interval": friendly(retries.initial),
            "exponentiation_factor": retries.factor,
            "max_attempts": retries.attempts,
            "max_interval": friendly(retries.longest),
            "on_max_attempts": at_the_end(retries.at_the_end),
        },
        "handlers": handlers.map(|it| handler(it, descriptor)).collect::<Vec<_>>(),
    });
    if descriptor.kind() == ServiceKind::Workflow {
        let run = descriptor.handlers().iter().find(|it| it.kind() == HandlerKind::Run);
        let settings = run.map_or(*own, |run| run.settings.or(*own));
        let retention = defaults.of(HandlerKind::Run, &settings).retention;
        shown["workflow_completion_retention"] = friendly(retention).into();
    }
    shown
}

/// A handler; of its settings those that its own contract has.
fn handler(handler: &HandlerDescriptor, service: &ServiceDescriptor) -> Value {
    let settings = &handler.settings;
    let policy = &settings.retry_policy;
    let length = |duration: Option<Duration>| duration.map(|it| friendly(it).into());
    let retry_policy = present([
        ("initial_interval", length(policy.initial_interval)),
        ("exponentiation_factor", policy.factor.map(Value::from)),
        ("max_attempts", Some(policy.max_attempts.into())),
        ("max_interval", length(policy.max_interval)),
        ("on_max_attempts", settings.on_max_attempts.map(|it| at_the_end(it).into())),
    ]);
    let is_private = settings.private.or(service.settings.private) == Some(true);
    let mut shown = json!({
        "name": handler.name(),
        "documentation": handler.documentation,
        "metadata": metadata(handler.metadata),
        "public": !is_private,
        "input": handler.input().content_types(),
        "output": handler.output().content_types(),
        "input_description": description(handler.input()),
        "output_description": description(handler.output()),
        "retry_policy": retry_policy,
    });
    let kind = match handler.kind() {
        HandlerKind::Exclusive => Some("Exclusive"),
        HandlerKind::Shared => Some("Shared"),
        HandlerKind::Run => Some("Workflow"),
        _ => None,
    };
    let schema = |schema: Option<std::borrow::Cow<'_, str>>| {
        schema.and_then(|schema| serde_json::from_str(&schema).ok())
    };
    let optional = present([
        ("ty", kind.map(Value::from)),
        ("idempotency_retention", length(settings.idempotency_retention)),
        ("journal_retention", length(settings.journal_retention)),
        ("inactivity_timeout", length(settings.inactivity_timeout)),
        ("abort_timeout", length(settings.abort_timeout)),
        ("enable_lazy_state", settings.lazy_state.map(Value::from)),
        ("input_json_schema", schema(handler.input_schema())),
        ("output_json_schema", schema(handler.output_schema())),
    ]);
    if let Some(shown) = shown.as_object_mut() {
        shown.extend(optional);
    }
    shown
}

fn present<const N: usize>(fields: [(&str, Option<Value>); N]) -> Map<String, Value> {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn metadata(pairs: &[(&str, &str)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()
}

fn description(format: Format) -> String {
    match format.content_types() {
        [] => "none".to_owned(),
        types => types.join(" or "),
    }
}

fn at_the_end(action: OnMaxAttempts) -> &'static str {
    match action {
        OnMaxAttempts::Kill => "Kill",
        OnMaxAttempts::Pause => "Pause",
    }
}

/// A length of time such as `1d 12h`, as Restate's tools read and write it.
fn friendly(duration: Duration) -> String {
    const DAY: u64 = 24 * 60 * 60;

    let days = duration.as_secs() / DAY;
    let rest = duration.saturating_sub(Duration::from_secs(days * DAY));
    let rest_of_day = format!("{:#}", SignedDuration::try_from(rest).unwrap_or_default());
    match days {
        0 => rest_of_day,
        days if rest.is_zero() => format!("{days}d"),
        days => format!("{days}d {rest_of_day}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_written_as_they_are_read() {
        for (duration, text) in [
            (Duration::ZERO, "0s"),
            (Duration::from_millis(1500), "1s 500ms"),
            (Duration::from_secs(90 * 60), "1h 30m"),
            (Duration::from_secs(24 * 60 * 60), "1d"),
            (Duration::from_secs(36 * 60 * 60), "1d 12h"),
        ] {
            assert_eq!(friendly(duration), text);
        }
        assert!(!friendly(Duration::MAX).is_empty());
    }
}
