use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use restate_core::{
    Service, Settings, TerminalError,
    contract::{HandlerDescriptor, HandlerKind, ServiceDescriptor, ServiceKind},
    wire::protocol::Header,
};

use crate::model::{
    sensitive_headers::SensitiveHeaders,
    target::{Object, Target},
};

/// The services bound to an engine, by wire name.
#[derive(Clone, Default)]
pub(crate) struct Catalog {
    services: Arc<BTreeMap<&'static str, Arc<dyn Service>>>,
    sensitive_headers: SensitiveHeaders,
    /// Services that are not bound, and whose values people must not see.
    hidden_before: Arc<BTreeSet<String>>,
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.services.keys()).finish()
    }
}

impl Catalog {
    /// A catalog of `services`.
    ///
    /// # Errors
    ///
    /// The name of two services, if they have the same.
    pub(crate) fn new(services: Vec<Arc<dyn Service>>) -> Result<Self, &'static str> {
        let mut by_name = BTreeMap::new();
        for service in services {
            let name = service.descriptor().name();
            if by_name.insert(name, service).is_some() {
                return Err(name);
            }
        }
        Ok(Self { services: Arc::new(by_name), ..Self::default() })
    }

    /// The same services, whose requests have these sensitive headers.
    pub(crate) fn with_sensitive_headers(self, sensitive_headers: SensitiveHeaders) -> Self {
        Self { sensitive_headers, ..self }
    }

    /// Takes in the services with redacted fields that earlier runs of the engine had.
    pub(crate) fn hide_before(&mut self, services: BTreeSet<String>) {
        self.hidden_before = Arc::new(services);
    }

    /// The bound services by whether their contracts have fields that people must not see.
    pub(crate) fn redacted(&self, redacted: bool) -> impl Iterator<Item = &'static str> {
        let matching = self.descriptors().filter(move |it| it.has_redacted_fields() == redacted);
        matching.map(ServiceDescriptor::name)
    }

    /// Whether people must not see values of this service whose types are unknown.
    pub(crate) fn hides_values(&self, service: &str) -> bool {
        match self.descriptor(service) {
            Some(descriptor) => descriptor.has_redacted_fields(),
            None => self.hidden_before.contains(service),
        }
    }

    /// Whether people must not see the value of this header.
    pub(crate) fn hides_header(&self, name: &str) -> bool {
        self.sensitive_headers.contains(name)
    }

    /// Whether there are values of any service that people must not see.
    pub(crate) fn hides_any(&self) -> bool {
        self.redacted(true).next().is_some() || !self.hidden_before.is_empty()
    }

    /// Drops the headers with secrets that the handler of `target` has not asked for, before they are
    /// stored.
    pub(crate) fn drop_secrets(&self, target: &Target, headers: &mut Vec<Header>) {
        let is_sensitive = |header: &Header| self.sensitive_headers.contains(&header.key);
        if !headers.iter().any(is_sensitive) {
            return;
        }
        let kept = self.settings(target).keep_headers.unwrap_or_default();
        let is_kept = |name: &str| kept.iter().any(|kept| kept.eq_ignore_ascii_case(name));
        headers.retain(|header| !is_sensitive(header) || is_kept(&header.key));
    }

    /// The descriptors of all services, ordered by name.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = &'static ServiceDescriptor> {
        self.services.values().map(|service| service.descriptor())
    }

    /// The service with this wire name.
    pub(crate) fn service(&self, name: &str) -> Option<&Arc<dyn Service>> {
        self.services.get(name)
    }

    /// The descriptor of the service with this wire name.
    pub(crate) fn descriptor(&self, service: &str) -> Option<&'static ServiceDescriptor> {
        self.services.get(service).map(|service| service.descriptor())
    }

    /// The descriptor of a handler, or `None` if no bound service has it.
    pub(crate) fn handler(&self, target: &Target) -> Option<&'static HandlerDescriptor> {
        self.descriptor(&target.service)?.handler(&target.handler)
    }

    /// The `run` handler of a workflow, or `None` if the service is not a bound workflow.
    pub(crate) fn workflow_run(&self, workflow: &Object) -> Option<Target> {
        let service = self.descriptor(&workflow.service)?;
        let run = service.handlers().iter().find(|handler| handler.kind() == HandlerKind::Run)?;
        let target = Target::new(service.name(), run.name(), workflow.key.clone());
        Some(target.within(workflow.scope.clone()))
    }

    /// `target` in this scope, or in none.
    ///
    /// # Errors
    ///
    /// Code 400 for an object with a scope, which a Restate server refuses, too.
    pub(crate) fn within(
        &self,
        target: Target,
        scope: Option<Arc<str>>,
    ) -> Result<Target, TerminalError> {
        let kind = self.descriptor(&target.service).map(ServiceDescriptor::kind);
        match scope {
            Some(_) if kind == Some(ServiceKind::Object) => {
                let service = &target.service;
                let message = format!(
                    "`{service}` is an object, and objects have no scopes; remove the scope, or \
                     call it from a service in that scope"
                );
                Err(TerminalError::with_code(400, message))
            }
            scope => Ok(target.within(scope)),
        }
    }

    /// The settings of the contract for `target`; none if it is not bound.
    pub(crate) fn settings(&self, target: &Target) -> Settings {
        let service = self.descriptor(&target.service);
        let handler = service.and_then(|service| service.handler(&target.handler));
        let handler = handler.map(|handler| handler.settings).unwrap_or_default();
        handler.or(service.map(|service| service.settings).unwrap_or_default())
    }

    /// Whether a call of `target` changes nothing, so that a GET may make it: its contract says so, or it
    /// is a shared handler of an object, which cannot write state.
    ///
    /// A shared handler of a workflow can complete promises.
    pub(crate) fn is_read(&self, target: &Target) -> bool {
        let service = self.descriptor(&target.service).map(ServiceDescriptor::kind);
        self.handler(target).is_some_and(|handler| match handler.kind() {
            HandlerKind::Run => false,
            HandlerKind::Shared if service == Some(ServiceKind::Object) => true,
            _ => !handler.has_side_effects(),
        })
    }

    /// The kind of a handler, or `None` if it is not bound.
    pub(crate) fn kind(&self, target: &Target) -> Option<HandlerKind> {
        self.handler(target).map(HandlerDescriptor::kind)
    }
}
