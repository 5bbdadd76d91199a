//! What a contract says through `restate/options.proto`.

use prost_reflect::{
    DynamicMessage, FieldDescriptor, MethodDescriptor, ReflectMessage, ServiceDescriptor, Value,
};

/// Field number of every option, on services, rpcs and fields.
pub(crate) const NUMBER: i32 = 52601;

/// `option (restate.service) = { .. };`
#[derive(Debug, Default)]
pub(crate) struct ServiceOptions {
    pub(crate) kind: ServiceKind,
    pub(crate) name: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ServiceKind {
    #[default]
    Service,
    Object,
    Workflow,
}

impl ServiceOptions {
    pub(crate) fn of(service: &ServiceDescriptor) -> Self {
        let Some(Value::Message(options)) = option(&service.options(), "restate.service") else {
            return Self::default();
        };
        let kind = match enum_value(&options, "kind").as_deref() {
            Some("OBJECT") => ServiceKind::Object,
            Some("WORKFLOW") => ServiceKind::Workflow,
            _ => ServiceKind::Service,
        };
        Self { kind, name: text(&options, "name") }
    }
}

/// `option (restate.handler) = { .. };`
#[derive(Debug, Default)]
pub(crate) struct HandlerOptions {
    pub(crate) kind: Option<HandlerKind>,
    pub(crate) name: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandlerKind {
    Exclusive,
    Shared,
    Run,
}

impl HandlerOptions {
    pub(crate) fn of(method: &MethodDescriptor) -> Self {
        let Some(Value::Message(options)) = option(&method.options(), "restate.handler") else {
            return Self::default();
        };
        let kind = match enum_value(&options, "kind").as_deref() {
            Some("EXCLUSIVE") => Some(HandlerKind::Exclusive),
            Some("SHARED") => Some(HandlerKind::Shared),
            Some("RUN") => Some(HandlerKind::Run),
            _ => None,
        };
        Self { kind, name: text(&options, "name") }
    }
}

/// Whether a field is marked `[(restate.key) = true]`.
pub(crate) fn is_key(field: &FieldDescriptor) -> bool {
    option(&field.options(), "restate.key") == Some(Value::Bool(true))
}

/// `None` when the option is not set, or when nothing imports `restate/options.proto`.
fn option(options: &DynamicMessage, name: &str) -> Option<Value> {
    let extension = options.descriptor().parent_pool().get_extension_by_name(name)?;
    let is_set = options.has_extension(&extension);
    is_set.then(|| options.get_extension(&extension).into_owned())
}

fn enum_value(options: &DynamicMessage, name: &str) -> Option<String> {
    let number = options.get_field_by_name(name)?.as_enum_number()?;
    let field = options.descriptor().get_field_by_name(name)?;
    let value = field.kind().as_enum()?.get_value(number)?;
    Some(value.name().to_owned())
}

fn text(options: &DynamicMessage, name: &str) -> Option<String> {
    let value = options.get_field_by_name(name)?;
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
