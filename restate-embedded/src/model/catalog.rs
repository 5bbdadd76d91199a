use std::{collections::BTreeMap, fmt, sync::Arc};

use restate_core::{
    Service, Settings, TerminalError,
    contract::{HandlerDescriptor, HandlerKind, ServiceDescriptor, ServiceKind},
};

use crate::model::target::{Object, Target};

/// The services that an engine runs, by wire name.
#[derive(Clone, Default)]
pub(crate) struct Catalog {
    services: Arc<BTreeMap<&'static str, Arc<dyn Service>>>,
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.services.keys()).finish()
    }
}

impl Catalog {
    /// The catalog of `services`, or the name that two of them share.
    pub(crate) fn new(services: Vec<Arc<dyn Service>>) -> Result<Self, &'static str> {
        let mut by_name = BTreeMap::new();
        for service in services {
            let name = service.descriptor().name();
            if by_name.insert(name, service).is_some() {
                return Err(name);
            }
        }
        Ok(Self { services: Arc::new(by_name) })
    }

    /// What the services look like, by name.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = &'static ServiceDescriptor> {
        self.services.values().map(|service| service.descriptor())
    }

    /// The service with this wire name.
    pub(crate) fn service(&self, name: &str) -> Option<&Arc<dyn Service>> {
        self.services.get(name)
    }

    /// What the service with this wire name looks like.
    pub(crate) fn descriptor(&self, service: &str) -> Option<&'static ServiceDescriptor> {
        self.services.get(service).map(|service| service.descriptor())
    }

    /// What `target` looks like, or `None` if no bound service has such a handler.
    pub(crate) fn handler(&self, target: &Target) -> Option<&'static HandlerDescriptor> {
        self.descriptor(&target.service)?.handler(&target.handler)
    }

    /// The `run` handler of a workflow.
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
    /// Code 400 for an object: a Restate server has no scopes for them, either.
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
                    "`{service}` is an object, which has no scopes; leave the scope out, or call \
                     a service that calls it"
                );
                Err(TerminalError::with_code(400, message))
            }
            scope => Ok(target.within(scope)),
        }
    }

    /// What the contract asks of the engine for `target`; nothing, if it is not bound.
    pub(crate) fn settings(&self, target: &Target) -> Settings {
        let service = self.descriptor(&target.service);
        let handler = service.and_then(|service| service.handler(&target.handler));
        let handler = handler.map(|handler| *handler.engine_settings()).unwrap_or_default();
        handler.or(service.map(|service| *service.engine_settings()).unwrap_or_default())
    }

    /// Whether `target` is bound, and how it shares its key.
    pub(crate) fn kind(&self, target: &Target) -> Option<HandlerKind> {
        self.handler(target).map(HandlerDescriptor::kind)
    }
}
