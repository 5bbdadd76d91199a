//! The options with which a contract addresses Restate: our own, the Go SDK's, and those before
//! 1.0.

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MethodDescriptor, ReflectMessage,
    ServiceDescriptor, Value, prost_types::method_options::IdempotencyLevel,
};

/// Field number of every option of `restate/options.proto`, on services, rpcs and fields.
pub(crate) const NUMBER: i32 = 52601;

/// `option (restate.service) = { .. };`, or the equivalent option of another SDK.
#[derive(Debug, Default)]
pub(crate) struct ServiceOptions {
    pub(crate) kind: ServiceKind,
    pub(crate) name: Option<String>,
    /// The option itself, which also has the settings.
    pub(crate) message: Option<DynamicMessage>,
    /// Whether any of these options is present.
    pub(crate) are_set: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ServiceKind {
    #[default]
    Service,
    Object,
    Workflow,
    /// An object with a single key; only the options before 1.0 have it.
    Singleton,
}

impl ServiceKind {
    /// Whether callers give a key.
    pub(crate) fn has_keys(self) -> bool {
        matches!(self, Self::Object | Self::Workflow)
    }
}

impl ServiceOptions {
    pub(crate) fn of(service: &ServiceDescriptor) -> Self {
        let all = service.options();
        let message = match option(&all, "restate.service") {
            Some(Value::Message(options)) => Some(options),
            _ => None,
        };
        let kind = match &message {
            Some(options) => enum_value(options, "kind"),
            None => enum_option(&all, "dev.restate.sdk.go.service_type")
                .or_else(|| enum_option(&all, "dev.restate.ext.service_type")),
        };
        let are_set = message.is_some() || kind.is_some();
        let kind = match kind.as_deref() {
            Some("OBJECT" | "VIRTUAL_OBJECT" | "KEYED") => ServiceKind::Object,
            Some("WORKFLOW") => ServiceKind::Workflow,
            Some("SINGLETON") => ServiceKind::Singleton,
            _ => ServiceKind::Service,
        };
        let name = message.as_ref().and_then(|options| text(options, "name"));
        Self { kind, name, message, are_set }
    }
}

/// `option (restate.handler) = { .. };`, or the equivalent option of another SDK.
#[derive(Debug, Default)]
pub(crate) struct HandlerOptions {
    pub(crate) kind: Option<HandlerKindOption>,
    pub(crate) name: Option<String>,
    /// The option itself, which also has the settings.
    pub(crate) message: Option<DynamicMessage>,
}

/// The handler kind as the option states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandlerKindOption {
    Exclusive,
    Shared,
    Run,
}

impl HandlerOptions {
    pub(crate) fn of(method: &MethodDescriptor) -> Self {
        let all = method.options();
        let message = match option(&all, "restate.handler") {
            Some(Value::Message(options)) => Some(options),
            _ => None,
        };
        let kind = match &message {
            Some(options) => enum_value(options, "kind"),
            None => enum_option(&all, "dev.restate.sdk.go.handler_type"),
        };
        let kind = match kind.as_deref() {
            Some("EXCLUSIVE") => Some(HandlerKindOption::Exclusive),
            Some("SHARED") => Some(HandlerKindOption::Shared),
            Some("RUN" | "WORKFLOW_RUN") => Some(HandlerKindOption::Run),
            _ => None,
        };
        let name = message.as_ref().and_then(|options| text(options, "name"));
        Self { kind, name, message }
    }
}

/// Whether an rpc has `option idempotency_level = NO_SIDE_EFFECTS;`.
pub(crate) fn has_no_side_effects(rpc: &MethodDescriptor) -> bool {
    let options = rpc.method_descriptor_proto().options.as_ref();
    options.is_some_and(|options| options.idempotency_level() == IdempotencyLevel::NoSideEffects)
}

/// Whether the contract can mark fields as keys: a file that defines the option is imported.
pub(crate) fn has_keys(pool: &DescriptorPool) -> bool {
    let marks = ["restate.key", "dev.restate.ext.field"];
    marks.iter().any(|mark| pool.get_extension_by_name(mark).is_some())
}

/// Whether a field is marked `[(restate.key) = true]`, or with the option before 1.0.
pub(crate) fn is_key(field: &FieldDescriptor) -> bool {
    option(&field.options(), "restate.key") == Some(Value::Bool(true)) || is_old_key(field)
}

/// Whether a field is marked `[(dev.restate.ext.field) = KEY]`.
pub(crate) fn is_old_key(field: &FieldDescriptor) -> bool {
    enum_option(&field.options(), "dev.restate.ext.field").as_deref() == Some("KEY")
}

/// Whether a field is marked `[debug_redact = true]`.
pub(crate) fn is_redacted(field: &FieldDescriptor) -> bool {
    let options = field.options();
    let value = options.get_field_by_name("debug_redact");
    value.is_some_and(|value| value.as_bool() == Some(true))
}

/// `None` if the option is not set, or if no file imports its definition.
fn option(options: &DynamicMessage, name: &str) -> Option<Value> {
    let extension = options.descriptor().parent_pool().get_extension_by_name(name)?;
    let is_set = options.has_extension(&extension);
    is_set.then(|| options.get_extension(&extension).into_owned())
}

fn enum_option(options: &DynamicMessage, name: &str) -> Option<String> {
    let number = option(options, name)?.as_enum_number()?;
    let extension = options.descriptor().parent_pool().get_extension_by_name(name)?;
    let value = extension.kind().as_enum()?.get_value(number)?;
    Some(value.name().to_owned())
}

/// The name of the enum value in field `name`.
pub(crate) fn enum_value(options: &DynamicMessage, name: &str) -> Option<String> {
    let number = options.get_field_by_name(name)?.as_enum_number()?;
    let field = options.descriptor().get_field_by_name(name)?;
    let value = field.kind().as_enum()?.get_value(number)?;
    Some(value.name().to_owned())
}

/// The string in field `name`, unless it is empty.
pub(crate) fn text(options: &DynamicMessage, name: &str) -> Option<String> {
    let value = options.get_field_by_name(name)?;
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
