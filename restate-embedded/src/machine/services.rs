use std::sync::Arc;

use restate_core::{
    TerminalError,
    contract::{HandlerKind, ServiceKind, handler_called},
    wire::protocol::Header,
};

use super::invocation::Invocation;
use crate::model::{
    catalog::Catalog,
    deployment::DeploymentId,
    settings::Settings,
    size_limits::SizeLimits,
    target::{Object, Target},
};

/// The bound services, and how their invocations are treated.
#[derive(Debug)]
pub(super) struct Services {
    catalog: Catalog,
    defaults: Settings,
    /// A defect that the simulation must find: attempts take place on the newest deployment.
    #[cfg(test)]
    pub(super) ignores_pins: bool,
    /// Another one: attempts take place in the newest version of the service protocol.
    #[cfg(test)]
    pub(super) forgets_protocol: bool,
}

impl Services {
    pub(super) fn new(catalog: Catalog, defaults: Settings) -> Self {
        Self {
            catalog,
            defaults,
            #[cfg(test)]
            ignores_pins: false,
            #[cfg(test)]
            forgets_protocol: false,
        }
    }

    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub(super) fn defaults(&self) -> &Settings {
        &self.defaults
    }

    pub(super) fn catalog_mut(&mut self) -> &mut Catalog {
        &mut self.catalog
    }

    /// The deployment on which an invocation is tried; `None` if there is none.
    pub(super) fn route(&self, invocation: &Invocation) -> Option<DeploymentId> {
        #[cfg(test)]
        if self.ignores_pins {
            return self.catalog.route(&invocation.target, None);
        }
        self.catalog.route(&invocation.target, invocation.deployment)
    }

    /// The kind of the handler of an invocation, where that has started; in the newest revision, if that
    /// deployment is gone.
    pub(super) fn kind_of(&self, invocation: &Invocation) -> Option<HandlerKind> {
        let Invocation { target, deployment, .. } = invocation;
        self.catalog.kind_on(target, *deployment).or_else(|| self.kind(target))
    }

    /// The kind of a handler, or `None` if no service has it.
    pub(super) fn kind(&self, target: &Target) -> Option<HandlerKind> {
        self.catalog.kind(target)
    }

    /// Whether an invocation is one of a workflow.
    pub(super) fn is_workflow(&self, invocation: &Invocation) -> bool {
        let Invocation { target, deployment, .. } = invocation;
        let kind = self.catalog.service_kind_on(&target.service, *deployment);
        let kind = kind.or_else(|| self.catalog.service_kind_on(&target.service, None));
        kind == Some(ServiceKind::Workflow)
    }

    /// How an invocation is treated: as the contract of its handler asks, or else as the engine is set.
    pub(super) fn settings_of(&self, invocation: &Invocation) -> Settings {
        let Invocation { target, deployment, .. } = invocation;
        let found = self.catalog.kind_and_settings_on(target, *deployment);
        match found.or_else(|| self.catalog.kind_and_settings_on(target, None)) {
            Some((kind, settings)) => self.defaults.of(kind, &settings),
            None => self.defaults.clone(),
        }
    }

    pub(super) fn size_limits(&self) -> SizeLimits {
        self.defaults.size_limits
    }

    /// Whether calls without an idempotency key are retained.
    pub(super) fn retains_calls(&self) -> bool {
        self.defaults.retain_calls
    }

    /// Whether this machine only replays recorded journals.
    pub(super) fn is_under_test(&self) -> bool {
        self.defaults.under_test
    }

    /// The target with these names, under the name that a bound handler has itself: a caller may
    /// use an alias of it.
    pub(super) fn target(&self, service: &str, handler: &str, key: &str) -> Target {
        let descriptor = self.catalog.descriptor(service);
        match descriptor.and_then(|service| Some((service, handler_called(service, handler)?))) {
            Some((service, handler)) => Target::new(service.name(), handler.name(), key),
            None => Target::new(service.to_owned(), handler.to_owned(), key),
        }
    }

    /// Drops the headers with secrets that the handler of `target` has not asked for.
    pub(super) fn drop_secrets(&self, target: &Target, headers: &mut Vec<Header>) {
        self.catalog.drop_secrets(target, headers);
    }

    /// `target` in a scope, or in none.
    ///
    /// # Errors
    ///
    /// For an object, which has no scopes.
    pub(super) fn within(
        &self,
        target: Target,
        scope: Option<Arc<str>>,
    ) -> Result<Target, TerminalError> {
        self.catalog.within(target, scope)
    }

    /// The `run` handler of a workflow, or `None` if the workflow is not bound.
    pub(super) fn workflow_run(&self, workflow: &Object) -> Option<Target> {
        self.catalog.workflow_run(workflow)
    }
}
