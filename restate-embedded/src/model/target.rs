use std::{borrow::Cow, fmt, sync::Arc};

/// The handler that an invocation runs, with its key and scope.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    /// Wire name of the service.
    pub service: Cow<'static, str>,
    /// Wire name of the handler.
    pub handler: Cow<'static, str>,
    /// Key of the object; empty for plain services.
    pub key: Arc<str>,
    /// The scope; the same handler and key in another scope is another target.
    pub scope: Option<Arc<str>>,
}

impl Target {
    /// The target with these names.
    pub(crate) fn new(
        service: impl Into<Cow<'static, str>>,
        handler: impl Into<Cow<'static, str>>,
        key: impl Into<Arc<str>>,
    ) -> Self {
        Self { service: service.into(), handler: handler.into(), key: key.into(), scope: None }
    }

    /// The same target in this scope, or in none.
    pub(crate) fn within(self, scope: Option<Arc<str>>) -> Self {
        Self { scope, ..self }
    }

    /// The object whose handler it is.
    pub(crate) fn object(&self) -> Object {
        Object::new(self.service.clone(), self.key.clone()).within(self.scope.clone())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.key {
            "" => write!(f, "{}/{}", self.service, self.handler),
            key => write!(f, "{}/{key}/{}", self.service, self.handler),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An object or workflow: a service and a key, which have state of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Object {
    /// Wire name of the service.
    pub service: Cow<'static, str>,
    /// The key.
    pub key: Arc<str>,
    /// The scope; the same service and key in another scope is another object.
    pub scope: Option<Arc<str>>,
}

impl Object {
    /// The object of this service with this key.
    pub(crate) fn new(service: impl Into<Cow<'static, str>>, key: impl Into<Arc<str>>) -> Self {
        Self { service: service.into(), key: key.into(), scope: None }
    }

    /// The same object in this scope, or in none.
    pub(crate) fn within(self, scope: Option<Arc<str>>) -> Self {
        Self { scope, ..self }
    }
}
