//! The options with which a contract addresses Restate: our own, the Go SDK's, and those before
//! 1.0.

use std::collections::BTreeSet;

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, FileDescriptor, MessageDescriptor,
    MethodDescriptor, ReflectMessage, ServiceDescriptor, Value,
    prost_types::method_options::IdempotencyLevel,
};

/// Field number of every option of `restate/options.proto`, on services, rpcs and fields.
pub const NUMBER: i32 = 52601;

/// `option (restate.service) = { .. };`, or the equivalent option of another SDK.
#[derive(Debug, Default)]
pub struct ServiceOptions {
    /// Whether it has keys.
    pub kind: ServiceKind,
    /// The name that callers use, if it is not that of the contract.
    pub name: Option<String>,
    /// The option itself, which also has the settings.
    pub message: Option<DynamicMessage>,
    /// Whose option it is; `None` if there is none.
    pub origin: Option<Origin>,
}

/// Whose options a service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Those of this library, `restate.service`.
    Own,
    /// Those of the Go SDK, whose services read and write JSON.
    GoSdk,
    /// Those of Restate before 1.0.
    Before1,
}

/// Whether a service has keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceKind {
    /// It has none.
    #[default]
    Service,
    /// It has keys with state.
    Object,
    /// It has keys, and runs once for each.
    Workflow,
    /// An object with a single key; only the options before 1.0 have it.
    Singleton,
}

impl ServiceKind {
    /// Whether callers give a key.
    pub fn has_keys(self) -> bool {
        matches!(self, Self::Object | Self::Workflow)
    }
}

impl ServiceOptions {
    /// Those of a service.
    pub fn of(service: &ServiceDescriptor) -> Self {
        let all = service.options();
        let message = match option(&all, "restate.service") {
            Some(Value::Message(options)) => Some(options),
            _ => None,
        };
        let (kind, origin) = match &message {
            Some(options) => (enum_value(options, "kind"), Some(Origin::Own)),
            None => match enum_option(&all, "dev.restate.sdk.go.service_type") {
                Some(kind) => (Some(kind), Some(Origin::GoSdk)),
                None => {
                    let kind = enum_option(&all, "dev.restate.ext.service_type");
                    let origin = kind.is_some().then_some(Origin::Before1);
                    (kind, origin)
                }
            },
        };
        let kind = match kind.as_deref() {
            Some("OBJECT" | "VIRTUAL_OBJECT" | "KEYED") => ServiceKind::Object,
            Some("WORKFLOW") => ServiceKind::Workflow,
            Some("SINGLETON") => ServiceKind::Singleton,
            _ => ServiceKind::Service,
        };
        let name = message.as_ref().and_then(|options| text(options, "name"));
        Self { kind, name, message, origin }
    }
}

/// `option (restate.handler) = { .. };`, or the equivalent option of another SDK.
#[derive(Debug, Default)]
pub struct HandlerOptions {
    /// The kind, if the option states one.
    pub kind: Option<HandlerKindOption>,
    /// The name that callers use, if it is not that of the contract.
    pub name: Option<String>,
    /// The option itself, which also has the settings.
    pub message: Option<DynamicMessage>,
}

/// The handler kind as the option states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlerKindOption {
    /// It runs alone on its key.
    Exclusive,
    /// It runs beside others.
    Shared,
    /// It is what a workflow runs once for each key.
    Run,
}

impl HandlerOptions {
    /// Those of an rpc.
    pub fn of(method: &MethodDescriptor) -> Self {
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

/// Whether an rpc of a workflow is its `run`, by the kind that its option states or else by its name.
pub fn is_run(rpc: &MethodDescriptor, kind: Option<HandlerKindOption>) -> bool {
    match kind {
        Some(kind) => kind == HandlerKindOption::Run,
        None => rpc.name() == "Run",
    }
}

/// Whether an rpc has `option idempotency_level = NO_SIDE_EFFECTS;`.
pub fn has_no_side_effects(rpc: &MethodDescriptor) -> bool {
    let options = rpc.method_descriptor_proto().options.as_ref();
    options.is_some_and(|options| options.idempotency_level() == IdempotencyLevel::NoSideEffects)
}

/// Whether the contract can mark fields as keys: a file that defines the option is imported.
pub fn has_keys(pool: &DescriptorPool) -> bool {
    let marks = ["restate.key", "dev.restate.ext.field"];
    marks.iter().any(|mark| pool.get_extension_by_name(mark).is_some())
}

/// Whether a field is marked `[(restate.key) = true]`, or with the option before 1.0.
pub fn is_key(field: &FieldDescriptor) -> bool {
    option(&field.options(), "restate.key") == Some(Value::Bool(true)) || is_old_key(field)
}

/// Whether a field is marked `[(dev.restate.ext.field) = KEY]`.
pub fn is_old_key(field: &FieldDescriptor) -> bool {
    enum_option(&field.options(), "dev.restate.ext.field").as_deref() == Some("KEY")
}

/// Whether a field is marked `[debug_redact = true]`.
pub fn is_redacted(field: &FieldDescriptor) -> bool {
    let options = field.options();
    let value = options.get_field_by_name("debug_redact");
    value.is_some_and(|value| value.as_bool() == Some(true))
}

/// Whether a message of `file`, or of a file that it imports, has a field with `debug_redact`.
pub fn has_redacted_fields(file: &FileDescriptor) -> bool {
    fn any(file: &FileDescriptor, seen: &mut BTreeSet<String>) -> bool {
        seen.insert(file.name().to_owned())
            && (file.messages().any(|message| in_message_or_nested(&message))
                || file.dependencies().any(|import| any(&import, seen)))
    }
    any(file, &mut BTreeSet::new())
}

fn in_message_or_nested(message: &MessageDescriptor) -> bool {
    message.fields().any(|field| is_redacted(&field))
        || message.child_messages().any(|message| in_message_or_nested(&message))
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
pub fn enum_value(options: &DynamicMessage, name: &str) -> Option<String> {
    let number = options.get_field_by_name(name)?.as_enum_number()?;
    let field = options.descriptor().get_field_by_name(name)?;
    let value = field.kind().as_enum()?.get_value(number)?;
    Some(value.name().to_owned())
}

/// The string in field `name`, unless it is empty.
pub fn text(options: &DynamicMessage, name: &str) -> Option<String> {
    let value = options.get_field_by_name(name)?;
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The strings in the repeated field `name`, in their order.
pub fn texts(options: &DynamicMessage, name: &str) -> Vec<String> {
    let field = options.get_field_by_name(name);
    let list = field.as_deref().and_then(Value::as_list).unwrap_or_default();
    list.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

/// The bool in field `name`, if it is set.
pub fn flag(options: &DynamicMessage, name: &str) -> Option<bool> {
    let field = options.descriptor().get_field_by_name(name)?;
    options.has_field(&field).then(|| options.get_field(&field).as_bool())?
}
