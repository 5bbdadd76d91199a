//! The options of a contract that callers need, out of a descriptor set: Restate's own, the Go SDK's, and
//! those before 1.0.

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MethodDescriptor, ReflectMessage,
    ServiceDescriptor, Value, prost_types::method_options::IdempotencyLevel,
};

/// Whether a service has keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Service,
    Object,
    Workflow,
    /// An object with one key; only the options before 1.0 have it.
    Singleton,
}

/// The encoding that a contract says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EncodingOption {
    Binary,
    Json,
}

/// What `(restate.service)` or `(restate.handler)` says, or the option of another SDK.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    pub(super) kind: Option<String>,
    pub(super) name: Option<String>,
    pub(super) private: Option<bool>,
    pub(super) encoding: Option<EncodingOption>,
    /// In lower case.
    pub(super) keep_headers: Vec<String>,
}

pub(super) fn of_service(service: &ServiceDescriptor) -> Options {
    let options = service.options();
    match message(&options, "restate.service") {
        Some(own) => read(&own),
        None => match enum_option(&options, "dev.restate.sdk.go.service_type") {
            // Code that the Go SDK generates reads and writes JSON.
            Some(kind) => {
                let (kind, encoding) = (Some(kind), Some(EncodingOption::Json));
                Options { kind, encoding, ..Options::default() }
            }
            None => {
                let kind = enum_option(&options, "dev.restate.ext.service_type");
                Options { kind, ..Options::default() }
            }
        },
    }
}

pub(super) fn of_method(method: &MethodDescriptor) -> Options {
    let options = method.options();
    match message(&options, "restate.handler") {
        Some(own) => read(&own),
        None => {
            let kind = enum_option(&options, "dev.restate.sdk.go.handler_type");
            Options { kind, ..Options::default() }
        }
    }
}

impl Options {
    pub(super) fn service_kind(&self) -> Kind {
        match self.kind.as_deref() {
            Some("OBJECT" | "VIRTUAL_OBJECT" | "KEYED") => Kind::Object,
            Some("WORKFLOW") => Kind::Workflow,
            Some("SINGLETON") => Kind::Singleton,
            _ => Kind::Service,
        }
    }
}

pub(super) fn has_no_side_effects(rpc: &MethodDescriptor) -> bool {
    let options = rpc.method_descriptor_proto().options.as_ref();
    options.is_some_and(|options| options.idempotency_level() == IdempotencyLevel::NoSideEffects)
}

/// Whether a field holds the key of the object that a request is for.
pub(super) fn is_key(field: &FieldDescriptor) -> bool {
    let options = field.options();
    option(&options, "restate.key") == Some(Value::Bool(true))
        || enum_option(&options, "dev.restate.ext.field").as_deref() == Some("KEY")
}

fn read(own: &DynamicMessage) -> Options {
    let text = |name| own.get_field_by_name(name).and_then(|it| it.as_str().map(str::to_owned));
    let private = own.descriptor().get_field_by_name("private");
    let private = private.filter(|field| own.has_field(field));
    Options {
        kind: enum_value(own, "kind"),
        name: text("name").filter(|name| !name.is_empty()),
        private: private.and_then(|field| own.get_field(&field).as_bool()),
        encoding: match enum_value(own, "encoding").as_deref() {
            Some("BINARY") => Some(EncodingOption::Binary),
            Some("JSON") => Some(EncodingOption::Json),
            _ => None,
        },
        keep_headers: texts(own, "keep_headers"),
    }
}

fn texts(own: &DynamicMessage, name: &str) -> Vec<String> {
    let values = own.get_field_by_name(name);
    let values = values.as_ref().and_then(|values| values.as_list()).unwrap_or_default();
    values.iter().filter_map(|it| it.as_str()).map(str::to_ascii_lowercase).collect()
}

fn message(options: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    match option(options, name) {
        Some(Value::Message(message)) => Some(message),
        _ => None,
    }
}

/// `None` if the option is not set, or if no file of the set defines it.
fn option(options: &DynamicMessage, name: &str) -> Option<Value> {
    let pool: DescriptorPool = options.descriptor().parent_pool().clone();
    let extension = pool.get_extension_by_name(name)?;
    let is_set = options.has_extension(&extension);
    is_set.then(|| options.get_extension(&extension).into_owned())
}

fn enum_option(options: &DynamicMessage, name: &str) -> Option<String> {
    let number = option(options, name)?.as_enum_number()?;
    let extension = options.descriptor().parent_pool().get_extension_by_name(name)?;
    Some(extension.kind().as_enum()?.get_value(number)?.name().to_owned())
}

fn enum_value(own: &DynamicMessage, name: &str) -> Option<String> {
    let number = own.get_field_by_name(name)?.as_enum_number()?;
    let field = own.descriptor().get_field_by_name(name)?;
    Some(field.kind().as_enum()?.get_value(number)?.name().to_owned())
}
