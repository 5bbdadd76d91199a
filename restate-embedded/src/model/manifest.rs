//! The discovery manifest, in which a deployment describes its services.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use restate_core::{
    OnMaxAttempts, RetryPolicy, Settings,
    contract::{Description, HandlerDescriptor, HandlerKind, ServiceDescriptor, is_reserved_name},
};
use serde_json::Value;

#[cfg(feature = "deployments")]
use super::deployment::ProtocolMode;

/// What a deployment says of itself.
#[cfg(feature = "deployments")]
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) mode: ProtocolMode,
    pub(crate) min_protocol: u32,
    pub(crate) max_protocol: u32,
    pub(crate) services: Vec<ServiceManifest>,
}

/// A service in a manifest.
#[derive(Clone, Debug)]
pub(crate) struct ServiceManifest {
    pub(crate) descriptor: &'static ServiceDescriptor,
    /// The entry that the descriptor is made of.
    pub(crate) json: Arc<str>,
}

#[cfg(feature = "deployments")]
impl Manifest {
    /// Reads the body of a response to `/discover`.
    ///
    /// # Errors
    ///
    /// What is missing or makes no sense.
    pub(crate) fn read(body: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Value = serde_json::from_slice(body)
            .map_err(|error| ManifestError(format!("it is not JSON: {error}")))?;
        let mode = match text(&manifest, "protocolMode")? {
            None | Some("BIDI_STREAM") => ProtocolMode::BidiStream,
            Some("REQUEST_RESPONSE") => ProtocolMode::RequestResponse,
            Some(other) => return wrong(format!("its `protocolMode` is `{other}`")),
        };
        let version = |name| {
            let version = manifest.get(name).and_then(Value::as_u64);
            version
                .and_then(|version| u32::try_from(version).ok())
                .ok_or_else(|| ManifestError(format!("it has no `{name}`")))
        };
        let (min_protocol, max_protocol) =
            (version("minProtocolVersion")?, version("maxProtocolVersion")?);
        let services = manifest.get("services").and_then(Value::as_array);
        let Some(services) = services else { return wrong("it has no `services`".to_owned()) };
        let services: Vec<_> =
            services.iter().map(ServiceManifest::of).collect::<Result<_, _>>()?;
        let mut names: Vec<_> = services.iter().map(|service| service.descriptor.name()).collect();
        names.sort_unstable();
        match names.array_windows().find(|[a, b]| a == b) {
            Some([name, _]) => wrong(format!("it has two services `{name}`")),
            None => Ok(Self { mode, min_protocol, max_protocol, services }),
        }
    }
}

impl ServiceManifest {
    /// Reads an entry as it was stored.
    ///
    /// # Errors
    ///
    /// What is missing or makes no sense.
    pub(crate) fn stored(json: &str) -> Result<Self, ManifestError> {
        let entry = serde_json::from_str(json)
            .map_err(|error| ManifestError(format!("it is not JSON: {error}")))?;
        Self::of(&entry)
    }

    /// The same description is kept once, as long as the process lives, as those of bound services are.
    /// Deployments are registered by people or by their scripts, so there are few.
    fn of(entry: &Value) -> Result<Self, ManifestError> {
        static KNOWN: Mutex<BTreeMap<Arc<str>, &'static ServiceDescriptor>> =
            Mutex::new(BTreeMap::new());

        let json: Arc<str> = entry.to_string().into();
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let descriptor = match known.get(&json) {
            Some(descriptor) => *descriptor,
            None => {
                let descriptor: &_ = Box::leak(Box::new(service(entry)?));
                known.insert(Arc::clone(&json), descriptor);
                descriptor
            }
        };
        Ok(Self { descriptor, json })
    }
}

fn service(entry: &Value) -> Result<ServiceDescriptor, ManifestError> {
    let Some(name) = text(entry, "name")? else { return wrong("a service has no name".to_owned()) };
    if !is_service_name(name) {
        return wrong(format!("`{name}` is not a name that a service can have"));
    }
    if is_reserved_name(name) {
        return wrong(format!(
            "`{name}` is a name that Restate reserves: names of services do not begin with `restate`, and none \
             is `openapi`"
        ));
    }
    let within = |error: ManifestError| ManifestError(format!("service `{name}`: {}", error.0));
    let kind = text(entry, "ty").map_err(within)?;
    let handlers = entry.get("handlers").and_then(Value::as_array);
    let Some(handlers) = handlers else {
        return wrong(format!("service `{name}` has no handlers"));
    };
    let handlers = handlers.iter().map(|entry| handler(entry, kind));
    let handlers: Vec<_> = handlers.collect::<Result<_, _>>().map_err(within)?;
    if let Some((one, _)) = handlers.iter().enumerate().find_map(|(index, one)| {
        let other = handlers[index + 1..].iter().find(|other| other.name() == one.name());
        other.map(|other| (one, other))
    }) {
        return wrong(format!("service `{name}` has two handlers `{}`", one.name()));
    }
    let has_secrets =
        |it: &HandlerDescriptor| it.has_redacted_request() || it.has_redacted_response();
    let has_secrets = handlers.iter().any(has_secrets);
    let (name, handlers) = (leaked(name), handlers.leak());
    let service = match kind {
        Some("SERVICE") => ServiceDescriptor::service(name, handlers),
        Some("VIRTUAL_OBJECT") => ServiceDescriptor::object(name, handlers),
        Some("WORKFLOW") => ServiceDescriptor::workflow(name, handlers),
        other => {
            let other = other.unwrap_or_default();
            return wrong(format!("service `{name}` has the unknown type `{other}`"));
        }
    };
    let service = service
        .documentation(leaked(text(entry, "documentation").map_err(within)?.unwrap_or_default()))
        .metadata(metadata(entry))
        .settings(settings(entry).map_err(within)?);
    Ok(if has_secrets { service.with_redacted_fields() } else { service })
}

fn handler(entry: &Value, service: Option<&str>) -> Result<HandlerDescriptor, ManifestError> {
    let name = text(entry, "name")?.unwrap_or_default();
    if !is_handler_name(name) {
        return wrong(format!("`{name}` is not a name that a handler can have"));
    }
    let kind = match (service, text(entry, "ty")?) {
        (Some("SERVICE"), None | Some("SHARED")) => HandlerKind::Plain,
        (Some("VIRTUAL_OBJECT"), None | Some("EXCLUSIVE")) => HandlerKind::Exclusive,
        (Some("WORKFLOW"), None | Some("WORKFLOW")) => HandlerKind::Run,
        (Some("VIRTUAL_OBJECT" | "WORKFLOW"), Some("SHARED")) => HandlerKind::Shared,
        (_, other) => {
            let other = other.unwrap_or_default();
            return wrong(format!("handler `{name}` has the type `{other}`, which it cannot have"));
        }
    };
    let part = |part, field| entry.get(part).and_then(|part| part.get(field));
    let content_type = |name| part(name, "contentType").and_then(Value::as_str).map(leaked);
    let flag = |name, field| part(name, field).and_then(Value::as_bool) == Some(true);
    let schema = |name| match part(name, "jsonSchema") {
        None | Some(Value::Null) => "",
        Some(schema) => leaked(&schema.to_string()),
    };
    let description = Description {
        input_required: flag("input", "required"),
        // Where nothing is said of it, the handler may take anything.
        input_content_type: match entry.get("input") {
            None | Some(Value::Null) => Some("*/*"),
            Some(_) => content_type("input"),
        },
        input_schema: schema("input"),
        output_content_type: match entry.get("output") {
            None | Some(Value::Null) => Some("application/json"),
            Some(_) => content_type("output"),
        },
        output_content_type_if_empty: flag("output", "setContentTypeIfEmpty"),
        output_schema: schema("output"),
    };
    let description = Box::leak(Box::new(description));
    Ok(HandlerDescriptor::described(leaked(name), kind, description)
        .documentation(leaked(text(entry, "documentation")?.unwrap_or_default()))
        .metadata(metadata(entry))
        .settings(settings(entry)?))
}

fn settings(entry: &Value) -> Result<Settings, ManifestError> {
    let number = |name: &str| match entry.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| {
            ManifestError(format!("`{name}` is `{value}`, and not a number of milliseconds"))
        }),
    };
    let duration = |name: &str| number(name).map(|found| found.map(Duration::from_millis));
    let flag = |name: &str| entry.get(name).and_then(Value::as_bool);
    let factor = entry.get("retryPolicyExponentiationFactor").and_then(Value::as_f64);
    let mut retries = RetryPolicy::new();
    retries.initial_interval = duration("retryPolicyInitialInterval")?;
    retries.max_interval = duration("retryPolicyMaxInterval")?;
    retries.factor = factor.filter(|factor| factor.is_finite() && *factor > 0.0);
    let attempts = number("retryPolicyMaxAttempts")?;
    retries.max_attempts = attempts.map(|attempts| u32::try_from(attempts).unwrap_or(u32::MAX));
    let mut settings = Settings::new().retry_policy(retries);
    settings.inactivity_timeout = duration("inactivityTimeout")?;
    settings.abort_timeout = duration("abortTimeout")?;
    settings.journal_retention = duration("journalRetention")?;
    settings.idempotency_retention = duration("idempotencyRetention")?;
    settings.workflow_retention = duration("workflowCompletionRetention")?;
    settings.lazy_state = flag("enableLazyState");
    settings.private = flag("ingressPrivate");
    settings.on_max_attempts = match text(entry, "retryPolicyOnMaxAttempts")? {
        Some("PAUSE") => Some(OnMaxAttempts::Pause),
        Some("KILL") => Some(OnMaxAttempts::Kill),
        _ => None,
    };
    Ok(settings)
}

fn metadata(entry: &Value) -> &'static [(&'static str, &'static str)] {
    let Some(Value::Object(metadata)) = entry.get("metadata") else { return &[] };
    let pairs = metadata.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    pairs.map(|(name, value)| (leaked(name), leaked(value))).collect::<Vec<_>>().leak()
}

fn text<'a>(entry: &'a Value, name: &str) -> Result<Option<&'a str>, ManifestError> {
    match entry.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => wrong(format!("its `{name}` is `{other}`, and not a text")),
    }
}

fn leaked(text: &str) -> &'static str {
    if text.is_empty() { "" } else { text.to_owned().leak() }
}

/// As the schema of the manifest has it: a letter, or `_` and one more character, first.
fn is_service_name(name: &str) -> bool {
    is_name(name, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

fn is_handler_name(name: &str) -> bool {
    is_name(name, |byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_name(name: &str, is_part: impl Fn(u8) -> bool) -> bool {
    let starts = match name.as_bytes() {
        [b'_', second, ..] => second.is_ascii_alphanumeric(),
        [first, ..] => first.is_ascii_alphabetic(),
        [] => false,
    };
    starts && name.bytes().all(is_part)
}

fn wrong<T>(what: String) -> Result<T, ManifestError> {
    Err(ManifestError(what))
}

/// Why a manifest cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ManifestError(String);

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ManifestError {}

#[cfg(all(test, feature = "deployments"))]
mod tests {
    use restate_core::{Format, contract::ServiceKind};
    use serde_json::json;

    use super::*;

    fn read(manifest: &Value) -> Result<Manifest, String> {
        Manifest::read(manifest.to_string().as_bytes()).map_err(|error| error.to_string())
    }

    fn with(services: &Value) -> Value {
        json!({
            "protocolMode": "BIDI_STREAM", "minProtocolVersion": 5, "maxProtocolVersion": 7,
            "services": services,
        })
    }

    #[test]
    fn services_are_read_with_their_kinds_settings_and_schemas() {
        let counter = json!({
            "name": "Counter", "ty": "VIRTUAL_OBJECT", "documentation": "Counts.",
            "metadata": { "team": "a" }, "enableLazyState": true, "retryPolicyMaxAttempts": 3,
            "retryPolicyOnMaxAttempts": "KILL",
            "handlers": [
                {
                    "name": "add", "ty": "EXCLUSIVE", "inactivityTimeout": 1500,
                    "input": {
                        "required": true, "contentType": "application/json",
                        "jsonSchema": { "type": "integer" },
                    },
                    "output": { "contentType": "application/json" },
                },
                { "name": "get", "ty": "SHARED", "ingressPrivate": true, "input": {}, "output": {} },
            ],
        });
        let manifest = read(&with(&json!([counter]))).unwrap();
        let [ServiceManifest { descriptor, json }] = &manifest.services[..] else {
            panic!("{manifest:?}")
        };
        assert_eq!((descriptor.name(), descriptor.kind()), ("Counter", ServiceKind::Object));
        assert_eq!(descriptor.documentation, "Counts.");
        assert_eq!(descriptor.metadata, [("team", "a")]);
        let add = descriptor.handler("add").unwrap();
        assert_eq!((add.kind(), add.input()), (HandlerKind::Exclusive, Format::Json));
        assert_eq!(add.input_schema().as_deref(), Some(r#"{"type":"integer"}"#));
        let settings = descriptor.settings_of("add");
        assert_eq!(settings.inactivity_timeout, Some(Duration::from_millis(1500)));
        assert_eq!(settings.lazy_state, Some(true));
        assert_eq!(settings.retry_policy.max_attempts, Some(3));
        assert_eq!(settings.on_max_attempts, Some(OnMaxAttempts::Kill));
        let get = descriptor.handler("get").unwrap();
        assert_eq!((get.kind(), get.output()), (HandlerKind::Shared, Format::Empty));
        assert_eq!(descriptor.settings_of("get").private, Some(true));
        let again = ServiceManifest::stored(json).unwrap();
        assert!(std::ptr::eq(again.descriptor, *descriptor), "a description is kept once");
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let named = |service: Value| read(&with(&json!([service]))).unwrap_err();
        for (manifest, reason) in [
            (json!([]), "it has no `minProtocolVersion`"),
            (json!({ "minProtocolVersion": 5 }), "it has no `maxProtocolVersion`"),
            (json!({ "minProtocolVersion": 5, "maxProtocolVersion": 6 }), "it has no `services`"),
            (json!({ "protocolMode": "PIGEON" }), "its `protocolMode` is `PIGEON`"),
        ] {
            assert_eq!(read(&manifest).unwrap_err(), reason);
        }
        assert_eq!(named(json!({})), "a service has no name");
        assert_eq!(named(json!({ "name": "a/b" })), "`a/b` is not a name that a service can have");
        for reserved in ["restate.v1.X", "RestateX", "openapi", "OpenApi"] {
            let refused = named(json!({ "name": reserved }));
            assert!(refused.contains("is a name that Restate reserves"), "{refused}");
        }
        assert_eq!(named(json!({ "name": "S", "ty": "SERVICE" })), "service `S` has no handlers");
        assert_eq!(
            named(json!({ "name": "S", "ty": "TEAPOT", "handlers": [] })),
            "service `S` has the unknown type `TEAPOT`"
        );
        let handlers = json!([{ "name": "h", "ty": "EXCLUSIVE" }]);
        assert_eq!(
            named(json!({ "name": "S", "ty": "SERVICE", "handlers": handlers })),
            "service `S`: handler `h` has the type `EXCLUSIVE`, which it cannot have"
        );
        let twice = json!([{ "name": "h" }, { "name": "h" }]);
        assert_eq!(
            named(json!({ "name": "S", "ty": "SERVICE", "handlers": twice })),
            "service `S` has two handlers `h`"
        );
        let service = json!({ "name": "S", "ty": "SERVICE", "handlers": [] });
        assert_eq!(read(&with(&json!([service, service]))).unwrap_err(), "it has two services `S`");
        assert!(Manifest::read(b"<html>").unwrap_err().to_string().starts_with("it is not JSON"));
    }
}
