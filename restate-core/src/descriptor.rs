//! What an engine knows of a service without running it.

use crate::payload::{Format, Payload};

/// Names, kinds and formats of a service and its handlers.
#[derive(Clone, Copy, Debug)]
pub struct ServiceDescriptor {
    name: &'static str,
    kind: ServiceKind,
    documentation: &'static str,
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

    const fn new(
        name: &'static str,
        kind: ServiceKind,
        handlers: &'static [HandlerDescriptor],
    ) -> Self {
        Self { name, kind, documentation: "", handlers }
    }

    /// Adds what the contract says about the service.
    #[must_use]
    pub const fn documentation(mut self, documentation: &'static str) -> Self {
        self.documentation = documentation;
        self
    }

    /// Wire name, as `greeter.v1.Greeter`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it has keys, and what they mean.
    pub fn kind(&self) -> ServiceKind {
        self.kind
    }

    /// What the contract says about the service; empty if nothing.
    pub fn docs(&self) -> &'static str {
        self.documentation
    }

    /// Its handlers, in the contract's order.
    pub fn handlers(&self) -> &'static [HandlerDescriptor] {
        self.handlers
    }

    /// The handler with this wire name.
    pub fn handler(&self, name: &str) -> Option<&'static HandlerDescriptor> {
        self.handlers.iter().find(|handler| handler.name == name)
    }
}

/// What a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceKind {
    /// Handlers without keys or state.
    Service,
    /// Handlers that share state under a key.
    Object,
}

/// Name, kind and formats of a handler.
#[derive(Clone, Copy, Debug)]
pub struct HandlerDescriptor {
    name: &'static str,
    kind: HandlerKind,
    documentation: &'static str,
    input: Format,
    output: Format,
}

impl HandlerDescriptor {
    /// A handler of a plain service.
    pub const fn plain<Req: Payload, Res: Payload>(name: &'static str) -> Self {
        Self::new::<Req, Res>(name, HandlerKind::Plain)
    }

    /// A handler of an object that runs alone on its key.
    pub const fn exclusive<Req: Payload, Res: Payload>(name: &'static str) -> Self {
        Self::new::<Req, Res>(name, HandlerKind::Exclusive)
    }

    /// A handler of an object that runs beside the others and only reads state.
    pub const fn shared<Req: Payload, Res: Payload>(name: &'static str) -> Self {
        Self::new::<Req, Res>(name, HandlerKind::Shared)
    }

    const fn new<Req: Payload, Res: Payload>(name: &'static str, kind: HandlerKind) -> Self {
        Self { name, kind, documentation: "", input: Req::FORMAT, output: Res::FORMAT }
    }

    /// Adds what the contract says about the handler.
    #[must_use]
    pub const fn documentation(mut self, documentation: &'static str) -> Self {
        self.documentation = documentation;
        self
    }

    /// Wire name, as `Greet`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How it shares its key with other handlers.
    pub fn kind(&self) -> HandlerKind {
        self.kind
    }

    /// What the contract says about the handler; empty if nothing.
    pub fn docs(&self) -> &'static str {
        self.documentation
    }

    /// What requests look like.
    pub fn input(&self) -> Format {
        self.input
    }

    /// What responses look like.
    pub fn output(&self) -> Format {
        self.output
    }
}

/// How a handler shares its key with other handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandlerKind {
    /// It has no key.
    Plain,
    /// It runs alone on its key and may write state.
    Exclusive,
    /// It runs beside the others and reads state.
    Shared,
}
