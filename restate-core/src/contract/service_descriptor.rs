//! Descriptions of services: what an engine knows without running them.

use crate::contract::{handler_descriptor::HandlerDescriptor, settings::Settings};

/// Names, kinds and formats of a service and its handlers.
#[derive(Clone, Copy, Debug)]
pub struct ServiceDescriptor {
    name: &'static str,
    contract_name: &'static str,
    kind: ServiceKind,
    /// Documentation of the service in the contract; may be empty.
    pub documentation: &'static str,
    /// Names and values that engines show with the service.
    pub metadata: &'static [(&'static str, &'static str)],
    /// Settings of the service in the contract.
    pub settings: Settings,
    redacted: bool,
    files: &'static [u8],
    handlers: &'static [HandlerDescriptor],
}

impl ServiceDescriptor {
    /// A plain service.
    pub const fn service(name: &'static str, handlers: &'static [HandlerDescriptor]) -> Self {
        Self::new(name, ServiceKind::Service, handlers)
    }

    /// A virtual object: one exclusive handler at a time for each key.
    pub const fn object(name: &'static str, handlers: &'static [HandlerDescriptor]) -> Self {
        Self::new(name, ServiceKind::Object, handlers)
    }

    /// A workflow: one `run` for each key, and handlers that run beside it.
    pub const fn workflow(name: &'static str, handlers: &'static [HandlerDescriptor]) -> Self {
        Self::new(name, ServiceKind::Workflow, handlers)
    }

    const fn new(
        name: &'static str,
        kind: ServiceKind,
        handlers: &'static [HandlerDescriptor],
    ) -> Self {
        let settings = Settings::new();
        Self {
            name,
            contract_name: name,
            kind,
            documentation: "",
            metadata: &[],
            settings,
            redacted: false,
            files: &[],
            handlers,
        }
    }

    /// Sets the documentation.
    #[must_use]
    pub const fn documentation(mut self, documentation: &'static str) -> Self {
        self.documentation = documentation;
        self
    }

    /// Sets the settings.
    #[must_use]
    pub const fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets the metadata.
    #[must_use]
    pub const fn metadata(mut self, metadata: &'static [(&'static str, &'static str)]) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets the handlers. For engines.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_handlers(mut self, handlers: &'static [HandlerDescriptor]) -> Self {
        self.handlers = handlers;
        self
    }

    /// Says that messages of the contract have fields with `debug_redact`, which people must not see.
    #[must_use]
    pub const fn with_redacted_fields(mut self) -> Self {
        self.redacted = true;
        self
    }

    /// Whether messages of the contract have fields that people must not see, so that values of unknown
    /// types, such as state, must not be shown to them.
    pub fn has_redacted_fields(&self) -> bool {
        self.redacted
    }

    /// Sets the files of the contract. For generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn files(mut self, files: &'static [u8]) -> Self {
        self.files = files;
        self
    }

    /// The files of the contract and those that they import, as an encoded
    /// `google.protobuf.FileDescriptorSet` without comments; empty for a trait. Files of
    /// `google.protobuf` and those with the options of this library are not in it.
    pub fn file_descriptor_set(&self) -> &'static [u8] {
        self.files
    }

    /// Wire name, such as `greeter.v1.Greeter`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it has keys, and what they mean.
    pub fn kind(&self) -> ServiceKind {
        self.kind
    }

    /// Its handlers, in the contract's order.
    pub fn handlers(&self) -> &'static [HandlerDescriptor] {
        self.handlers
    }

    /// The settings of the handler with this wire name, with those of its service where it sets none.
    pub fn settings_of(&self, handler: &str) -> Settings {
        match self.handler(handler) {
            Some(handler) => handler.settings.or(self.settings),
            None => self.settings,
        }
    }

    /// The handler with this wire name.
    pub fn handler(&self, name: &str) -> Option<&'static HandlerDescriptor> {
        self.handlers.iter().find(|handler| handler.name() == name)
    }

    /// The handler of the rpc with this name in the contract.
    pub fn rpc(&self, name: &str) -> Option<&'static HandlerDescriptor> {
        self.handlers.iter().find(|handler| handler.rpc_name() == name)
    }

    /// The name of the service in its contract, such as `greeter.v1.Greeter`; in general the wire name.
    pub fn contract_name(&self) -> &'static str {
        self.contract_name
    }

    /// Sets the name in the contract, where it is not the wire name. For generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn named_in_contract(mut self, name: &'static str) -> Self {
        self.contract_name = name;
        self
    }
}

/// Whether a service has keys, and what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceKind {
    /// Handlers without keys or state.
    Service,
    /// Handlers that share state under a key.
    Object,
    /// A handler that runs once for each key, and others that look at it and talk to it.
    Workflow,
}
