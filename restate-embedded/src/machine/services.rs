use std::sync::Arc;

use restate_core::{
    TerminalError,
    contract::{HandlerKind, ServiceKind},
    wire::protocol::Header,
};

use crate::model::{
    catalog::Catalog,
    handler_names::handler_called,
    settings::Settings,
    size_limits::SizeLimits,
    target::{Object, Target},
};

/// The bound services, and how their invocations are treated.
#[derive(Debug)]
pub(super) struct Services {
    catalog: Catalog,
    defaults: Settings,
}

impl Services {
    pub(super) fn new(catalog: Catalog, defaults: Settings) -> Self {
        Self { catalog, defaults }
    }

    /// The kind of a handler, or `None` if no bound service has it.
    pub(super) fn kind(&self, target: &Target) -> Option<HandlerKind> {
        self.catalog.kind(target)
    }

    /// Whether the handler runs alone under its key.
    pub(super) fn is_exclusive(&self, target: &Target) -> bool {
        self.kind(target) == Some(HandlerKind::Exclusive)
    }

    pub(super) fn is_workflow(&self, target: &Target) -> bool {
        let service = self.catalog.descriptor(&target.service);
        service.is_some_and(|service| service.kind() == ServiceKind::Workflow)
    }

    /// How invocations of a handler are treated: as its contract asks, or else as the engine is
    /// set.
    pub(super) fn settings(&self, target: &Target) -> Settings {
        match self.kind(target) {
            Some(kind) => self.defaults.of(kind, &self.catalog.settings(target)),
            None => self.defaults.clone(),
        }
    }

    pub(super) fn size_limits(&self) -> SizeLimits {
        self.defaults.size_limits
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
