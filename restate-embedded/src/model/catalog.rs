use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::RangeInclusive,
    sync::{Arc, PoisonError, RwLock},
};

use restate_core::{
    Service, Settings, TerminalError,
    contract::{HandlerDescriptor, HandlerKind, ServiceDescriptor, ServiceKind},
    wire::protocol::Header,
};

use crate::model::{
    contracts::GivenContracts,
    deployment::{DeployedService, Deployment, DeploymentId, PROTOCOLS},
    figures::HandlerFigures,
    sensitive_headers::SensitiveHeaders,
    target::{Object, Target},
};

/// The services that an engine knows: those bound in this process, and those of deployments.
///
/// A clone is as it was when it was made.
#[derive(Clone, Default)]
pub(crate) struct Catalog {
    tables: Arc<KnownServices>,
}

#[derive(Clone, Default)]
struct KnownServices {
    /// The services of this process, by wire name.
    bound: BTreeMap<&'static str, Bound>,
    deployments: BTreeMap<DeploymentId, Arc<Deployment>>,
    /// Contracts of services of deployments.
    contracts: GivenContracts,
    /// The newest revision of each service: what callers see, and where invocations start.
    newest: BTreeMap<&'static str, Newest>,
    sensitive_headers: SensitiveHeaders,
    /// Services that are not bound, and whose values people must not see.
    hidden_before: BTreeSet<String>,
    /// What is counted for the handlers that are known, and for those that ever were.
    figures: BTreeMap<&'static str, Vec<NamedFigures>>,
    /// What is counted for all others, so that callers with wrong names take up no memory.
    unknown: Arc<HandlerFigures>,
}

/// What is counted for the handler with this name.
type NamedFigures = (&'static str, Arc<HandlerFigures>);

#[derive(Clone)]
struct Bound {
    service: Arc<dyn Service>,
    revision: u32,
}

/// The newest revision of a service.
#[derive(Clone, Debug)]
pub(crate) struct Newest {
    pub(crate) descriptor: &'static ServiceDescriptor,
    pub(crate) deployment: DeploymentId,
    pub(crate) revision: u32,
    /// What is counted for its handlers, in the order of its descriptor.
    figures: Arc<[Arc<HandlerFigures>]>,
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.tables.newest.keys()).finish()
    }
}

impl Catalog {
    /// A catalog of `services`, which are bound in this process.
    ///
    /// # Errors
    ///
    /// The name of two services, if they have the same.
    pub(crate) fn new(services: Vec<Arc<dyn Service>>) -> Result<Self, &'static str> {
        let mut bound = BTreeMap::new();
        for service in services {
            let name = service.descriptor().name();
            if bound.insert(name, Bound { service, revision: 1 }).is_some() {
                return Err(name);
            }
        }
        Ok(Self::of(KnownServices { bound, ..KnownServices::default() }))
    }

    fn of(mut tables: KnownServices) -> Self {
        tables.find_newest();
        Self { tables: Arc::new(tables) }
    }

    fn change(&mut self, change: impl FnOnce(&mut KnownServices)) {
        let tables = Arc::make_mut(&mut self.tables);
        change(tables);
        tables.find_newest();
    }

    /// The same services, whose requests have these sensitive headers.
    pub(crate) fn with_sensitive_headers(mut self, sensitive_headers: SensitiveHeaders) -> Self {
        self.change(|tables| tables.sensitive_headers = sensitive_headers);
        self
    }

    /// The same services, with these contracts for those of deployments.
    pub(crate) fn with_contracts(mut self, contracts: GivenContracts) -> Self {
        self.change(|tables| tables.contracts = contracts);
        self
    }

    /// Takes in the services with redacted fields that earlier runs of the engine had.
    pub(crate) fn hide_before(&mut self, services: BTreeSet<String>) {
        self.change(|tables| tables.hidden_before = services);
    }

    /// Takes in the deployments that earlier runs of the engine had. What is bound in this process is newer.
    pub(crate) fn load(&mut self, deployments: Vec<Deployment>) {
        self.change(|tables| {
            deployments.into_iter().for_each(|one| tables.deploy(one));
            let KnownServices { bound, deployments, .. } = tables;
            for (name, bound) in bound {
                let deployed = deployments.values().filter_map(|one| one.services.get(name));
                bound.revision = deployed.map(|it| it.revision + 1).max().unwrap_or(1);
            }
        });
    }

    /// A service of a deployment with what its contract tells, if there is one.
    #[cfg_attr(
        not(feature = "deployments"),
        expect(dead_code, reason = "only a program with the client registers deployments")
    )]
    pub(crate) fn described(
        &self,
        known: &'static ServiceDescriptor,
    ) -> &'static ServiceDescriptor {
        self.tables.contracts.describe(known)
    }

    /// Adds a deployment, or replaces the one with its id.
    #[cfg_attr(
        not(any(feature = "deployments", test)),
        expect(dead_code, reason = "only a program with the client registers deployments")
    )]
    pub(crate) fn deploy(&mut self, deployment: Deployment) {
        self.change(|tables| {
            tables.deploy(deployment);
        });
    }

    /// Removes a deployment.
    pub(crate) fn undeploy(&mut self, id: DeploymentId) {
        self.change(|tables| {
            tables.deployments.remove(&id);
        });
    }

    /// The deployments behind URLs, in order of their ids.
    pub(crate) fn deployments(&self) -> impl Iterator<Item = &Arc<Deployment>> {
        self.tables.deployments.values()
    }

    /// The deployment behind a URL with this id.
    pub(crate) fn deployment(&self, id: DeploymentId) -> Option<&Arc<Deployment>> {
        self.tables.deployments.get(&id)
    }

    /// The services that are bound in this process, with their revisions.
    pub(crate) fn bound(&self) -> impl Iterator<Item = (&'static ServiceDescriptor, u32)> {
        self.tables.bound.values().map(|bound| (bound.service.descriptor(), bound.revision))
    }

    /// The newest revision of a service.
    pub(crate) fn newest(&self, service: &str) -> Option<&Newest> {
        self.tables.newest.get(service)
    }

    /// The deployment on which an invocation of `target` is tried that has started on `started_on`, or has
    /// not started; `None` if there is none.
    pub(crate) fn route(
        &self,
        target: &Target,
        started_on: Option<DeploymentId>,
    ) -> Option<DeploymentId> {
        let has_handler = |service: &ServiceDescriptor| service.handler(&target.handler).is_some();
        if let Some(started_on) = started_on {
            if self.descriptor_on(&target.service, Some(started_on)).is_some_and(has_handler) {
                return Some(started_on);
            }
            // A service that has moved out of this process goes on elsewhere.
            if started_on != DeploymentId::IN_PROCESS {
                return None;
            }
        }
        let newest = self.newest(&target.service)?;
        has_handler(newest.descriptor).then_some(newest.deployment)
    }

    /// The versions of the service protocol that a deployment speaks, if it exists.
    pub(crate) fn protocols_of(&self, deployment: DeploymentId) -> Option<RangeInclusive<u32>> {
        match deployment {
            DeploymentId::IN_PROCESS => Some(PROTOCOLS),
            elsewhere => Some(self.deployment(elsewhere)?.connection.protocols()),
        }
    }

    fn descriptor_on(
        &self,
        service: &str,
        started_on: Option<DeploymentId>,
    ) -> Option<&'static ServiceDescriptor> {
        match started_on {
            None => self.descriptor(service),
            Some(DeploymentId::IN_PROCESS) => {
                self.tables.bound.get(service).map(|bound| bound.service.descriptor())
            }
            Some(id) => Some(self.deployment(id)?.services.get(service)?.descriptor),
        }
    }

    /// The services whose contracts have fields that people must not see.
    pub(crate) fn redacted(&self) -> impl Iterator<Item = &'static str> {
        self.descriptors().filter(|it| it.has_redacted_fields()).map(ServiceDescriptor::name)
    }

    /// The services whose contracts have no such fields. What other programs describe does not say it of all
    /// types.
    pub(crate) fn unredacted(&self) -> impl Iterator<Item = &'static str> {
        let has_contract = |it: &&ServiceDescriptor| {
            self.service(it.name()).is_some() || !it.file_descriptor_set().is_empty()
        };
        let shown = self.descriptors().filter(|it| !it.has_redacted_fields()).filter(has_contract);
        shown.map(ServiceDescriptor::name)
    }

    /// Whether people must not see values of this service whose types are unknown.
    pub(crate) fn hides_values(&self, service: &str) -> bool {
        match self.descriptor(service) {
            Some(descriptor) if descriptor.has_redacted_fields() => true,
            // What other programs describe does not say it of all types.
            _ if self.service(service).is_some() => false,
            _ => self.tables.hidden_before.contains(service),
        }
    }

    /// Whether an earlier run of the engine had a contract with redacted fields for this service, and nothing tells
    /// now which these are.
    pub(crate) fn has_lost_contract(&self, service: &str) -> bool {
        self.tables.hidden_before.contains(service)
            && !self.descriptor(service).is_some_and(ServiceDescriptor::has_redacted_fields)
    }

    /// Whether people must not see the value of this header.
    pub(crate) fn hides_header(&self, name: &str) -> bool {
        self.tables.sensitive_headers.contains(name)
    }

    /// Whether there are values of any service that people must not see.
    pub(crate) fn hides_any(&self) -> bool {
        self.redacted().next().is_some() || !self.tables.hidden_before.is_empty()
    }

    /// Drops the headers with secrets that the handler of `target` has not asked for, before they are
    /// stored.
    pub(crate) fn drop_secrets(&self, target: &Target, headers: &mut Vec<Header>) {
        let is_sensitive = |header: &Header| self.tables.sensitive_headers.contains(&header.key);
        if !headers.iter().any(is_sensitive) {
            return;
        }
        let kept = self.settings(target).keep_headers.unwrap_or_default();
        let is_kept = |name: &str| kept.iter().any(|kept| kept.eq_ignore_ascii_case(name));
        headers.retain(|header| !is_sensitive(header) || is_kept(&header.key));
    }

    /// The descriptors of all services in their newest revisions, ordered by name.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = &'static ServiceDescriptor> {
        self.tables.newest.values().map(|newest| newest.descriptor)
    }

    /// The service of this process with this wire name.
    pub(crate) fn service(&self, name: &str) -> Option<&Arc<dyn Service>> {
        self.tables.bound.get(name).map(|bound| &bound.service)
    }

    /// The descriptor of the service with this wire name, in its newest revision.
    pub(crate) fn descriptor(&self, service: &str) -> Option<&'static ServiceDescriptor> {
        self.newest(service).map(|newest| newest.descriptor)
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

    /// The settings of the contract for `target`; none if it is not known.
    pub(crate) fn settings(&self, target: &Target) -> Settings {
        self.settings_on(target, None)
    }

    /// As [`settings`](Self::settings), for an invocation that has started on this deployment.
    pub(crate) fn settings_on(
        &self,
        target: &Target,
        started_on: Option<DeploymentId>,
    ) -> Settings {
        self.handler_on(target, started_on).map(settings_of).unwrap_or_default()
    }

    /// The kind of a handler and the settings of its contract, or `None` if it is not known, for an invocation
    /// that has started on this deployment.
    pub(crate) fn kind_and_settings_on(
        &self,
        target: &Target,
        started_on: Option<DeploymentId>,
    ) -> Option<(HandlerKind, Settings)> {
        let found = self.handler_on(target, started_on)?;
        Some((found.1.kind(), settings_of(found)))
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

    /// The kind of a handler, or `None` if it is not known, and where its invocations are counted.
    pub(crate) fn counted(&self, target: &Target) -> (Option<HandlerKind>, &Arc<HandlerFigures>) {
        let Some(newest) = self.newest(&target.service) else {
            return (None, &self.tables.unknown);
        };
        let mut handlers = newest.descriptor.handlers().iter().zip(&*newest.figures);
        let found = handlers.find(|(handler, _)| handler.name() == target.handler);
        found.map_or((None, &self.tables.unknown), |(it, figures)| (Some(it.kind()), figures))
    }

    /// Where invocations of a handler are counted, which may have gone from the newest revision.
    pub(crate) fn figures(&self, target: &Target) -> &Arc<HandlerFigures> {
        if let (Some(_), figures) = self.counted(target) {
            return figures;
        }
        let handlers = self.tables.figures.get(&*target.service);
        let found = handlers.and_then(|all| all.iter().find(|(name, _)| *name == target.handler));
        found.map_or(&self.tables.unknown, |(_, figures)| figures)
    }

    /// Where invocations and requests are counted whose handler is not known.
    pub(crate) fn unknown_figures(&self) -> &Arc<HandlerFigures> {
        &self.tables.unknown
    }

    /// What is counted for each handler, with the names of service and handler.
    pub(crate) fn handler_figures(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static str, &HandlerFigures)> {
        self.tables.figures.iter().flat_map(|(service, handlers)| {
            handlers.iter().map(|(handler, figures)| (*service, *handler, &**figures))
        })
    }

    /// The kind of a handler, or `None` if it is not known.
    pub(crate) fn kind(&self, target: &Target) -> Option<HandlerKind> {
        self.handler(target).map(HandlerDescriptor::kind)
    }

    /// As [`kind`](Self::kind), for an invocation that has started on this deployment.
    pub(crate) fn kind_on(
        &self,
        target: &Target,
        started_on: Option<DeploymentId>,
    ) -> Option<HandlerKind> {
        self.handler_on(target, started_on).map(|(_, handler)| handler.kind())
    }

    fn handler_on(
        &self,
        target: &Target,
        started_on: Option<DeploymentId>,
    ) -> Option<(&'static ServiceDescriptor, &'static HandlerDescriptor)> {
        let service = self.descriptor_on(&target.service, started_on)?;
        Some((service, service.handler(&target.handler)?))
    }

    /// The kind of a service that an invocation has started on in this deployment.
    pub(crate) fn service_kind_on(
        &self,
        service: &str,
        started_on: Option<DeploymentId>,
    ) -> Option<ServiceKind> {
        self.descriptor_on(service, started_on).map(ServiceDescriptor::kind)
    }
}

/// The settings of a contract for a handler.
fn settings_of((service, handler): (&ServiceDescriptor, &HandlerDescriptor)) -> Settings {
    handler.settings.or(service.settings)
}

/// The present catalog. The engine's thread publishes each change.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedCatalog(Arc<RwLock<Catalog>>);

impl SharedCatalog {
    pub(crate) fn new(catalog: Catalog) -> Self {
        Self(Arc::new(RwLock::new(catalog)))
    }

    pub(crate) fn get(&self) -> Catalog {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn publish(&self, catalog: Catalog) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = catalog;
    }
}

impl KnownServices {
    fn deploy(&mut self, mut deployment: Deployment) {
        for service in deployment.services.values_mut() {
            service.descriptor = self.contracts.describe(service.descriptor);
        }
        self.deployments.insert(deployment.id, Arc::new(deployment));
    }

    /// Makes room for what is counted for handlers that are new. What was counted before stays.
    fn find_figures(&mut self) {
        let bound = self.bound.values().map(|bound| bound.service.descriptor());
        let deployed = self.deployments.values().flat_map(|one| one.services.values());
        for service in bound.chain(deployed.map(|service| service.descriptor)) {
            let known = self.figures.entry(service.name()).or_default();
            for handler in service.handlers() {
                if !known.iter().any(|(name, _)| *name == handler.name()) {
                    known.push((handler.name(), Arc::default()));
                }
            }
        }
    }

    fn find_newest(&mut self) {
        self.find_figures();
        self.newest.clear();
        for (name, bound) in &self.bound {
            let (descriptor, revision) = (bound.service.descriptor(), bound.revision);
            let deployment = DeploymentId::IN_PROCESS;
            let figures = figures_of(&self.figures, descriptor);
            self.newest.insert(name, Newest { descriptor, deployment, revision, figures });
        }
        for deployment in self.deployments.values() {
            for (name, DeployedService { revision, descriptor, .. }) in &deployment.services {
                let newest = self.newest.get(name);
                if newest.is_none_or(|newest| newest.revision < *revision) {
                    let (descriptor, revision) = (*descriptor, *revision);
                    let figures = figures_of(&self.figures, descriptor);
                    let deployment = deployment.id;
                    let newest = Newest { descriptor, deployment, revision, figures };
                    self.newest.insert(name, newest);
                }
            }
        }
    }
}

/// What is counted for the handlers of a service, in their order.
fn figures_of(
    all: &BTreeMap<&'static str, Vec<NamedFigures>>,
    service: &ServiceDescriptor,
) -> Arc<[Arc<HandlerFigures>]> {
    let known = all.get(service.name()).map(Vec::as_slice).unwrap_or_default();
    let figures = service.handlers().iter().map(|handler| {
        let found = known.iter().find(|(name, _)| *name == handler.name());
        found.map(|(_, figures)| Arc::clone(figures)).unwrap_or_default()
    });
    figures.collect()
}
