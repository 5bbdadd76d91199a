//! How deployments are registered and changed.

use std::sync::Arc;

use super::{
    Waiter,
    effects::{InternalAction, Reply},
    invocation::Status,
    step::Step,
};
use crate::{
    model::{
        deployment::{Connection, DeployedService, Deployment, DeploymentId},
        manifest::ServiceManifest,
        revision::ServiceChange,
    },
    store::{StoreError, Write},
};

/// A deployment that has described itself, and what to do with it.
#[derive(Debug)]
pub(crate) struct Registration {
    /// The deployment that changes; otherwise that with the same URI, or a new one.
    pub(crate) id: Option<DeploymentId>,
    pub(crate) connection: Connection,
    pub(crate) services: Vec<ServiceManifest>,
    pub(crate) consent: Consent,
    /// Whether to say only what would happen.
    pub(crate) dry_run: bool,
}

/// What whoever registers a deployment takes responsibility for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Consent {
    /// Invocations may go on with other code than they have started with.
    pub(crate) force: bool,
    /// Callers may miss what they call.
    pub(crate) breaking: bool,
}

/// What came of a registration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Deployed {
    pub(crate) deployment: Deployment,
    pub(crate) outcome: DeployOutcome,
    pub(crate) changes: Vec<ServiceChange>,
}

/// What has happened to the deployment itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeployOutcome {
    Added,
    Replaced,
    Unchanged,
}

impl Step<'_> {
    /// Registers a deployment, or changes one, unless that would break others without their consent.
    pub(super) fn deploy(
        &mut self,
        registration: Registration,
        waiter: Waiter,
    ) -> Result<(), StoreError> {
        let dry_run = registration.dry_run;
        let deployed = match self.plan(registration) {
            Ok(deployed) => deployed,
            Err(reason) => {
                self.reply(waiter, Reply::Refused(reason));
                return Ok(());
            }
        };
        if !dry_run && deployed.outcome != DeployOutcome::Unchanged {
            self.write(Write::SetDeployment(Box::new(deployed.deployment.clone())));
            self.machine.services.catalog_mut().deploy(deployed.deployment.clone());
            self.act(InternalAction::PublishCatalog);
            self.start_unbound()?;
        }
        self.reply(waiter, Reply::Deployed(Box::new(deployed)));
        Ok(())
    }

    /// What a registration leads to.
    fn plan(&mut self, registration: Registration) -> Result<Deployed, String> {
        let Registration { id, connection, services, consent, .. } = registration;
        let catalog = self.machine.services.catalog();
        let replaced = match id {
            Some(id) => {
                let found = catalog.deployment(id).cloned();
                Some(found.ok_or_else(|| format!("there is no deployment {id}"))?)
            }
            None => catalog.deployments().find(|it| it.connection.uri == connection.uri).cloned(),
        };
        let replaced = replaced.as_deref();
        let known = |service: &ServiceManifest| {
            let before = replaced?.services.get(service.descriptor.name())?;
            (before.manifest == service.json).then(|| before.clone())
        };
        let deployed = services.iter().map(|service| {
            let name = service.descriptor.name();
            let newest = catalog.newest(name).map_or(0, |newest| newest.revision);
            let next = DeployedService {
                revision: newest + 1,
                descriptor: catalog.described(service.descriptor),
                manifest: Arc::clone(&service.json),
            };
            (name, known(service).unwrap_or(next))
        });
        let deployment = Deployment {
            id: replaced.map_or(DeploymentId::IN_PROCESS, |replaced| replaced.id),
            created_at: replaced.map_or(self.now, |replaced| replaced.created_at),
            connection,
            services: deployed.collect(),
        };
        let changes = self.changes(replaced, &deployment);
        let breaks: Vec<_> = changes.iter().flat_map(|change| change.breaks()).collect();
        if !consent.breaking && !breaks.is_empty() {
            return Err(format!(
                "this revision breaks callers: {}; keep what they call, or register it with \
                 `\"breaking\": true`",
                breaks.join(", ")
            ));
        }
        let Some(replaced) = replaced else {
            let id = DeploymentId::new(self.now, self.machine.ids.random());
            let deployment = Deployment { id, ..deployment };
            return Ok(Deployed { deployment, outcome: DeployOutcome::Added, changes });
        };
        if *replaced == deployment {
            return Ok(Deployed { deployment, outcome: DeployOutcome::Unchanged, changes });
        }
        let (id, started) = (replaced.id, self.machine.started_on(replaced.id));
        if !consent.force && replaced.services != deployment.services && started > 0 {
            return Err(format!(
                "deployment {id} at {} has other services now, and {started} invocations have started on \
                 what it was; serve the new revision at another URL, or replace it with \
                 `\"force\": true`",
                replaced.connection.uri
            ));
        }
        Ok(Deployed { deployment, outcome: DeployOutcome::Replaced, changes })
    }

    /// What callers notice of a deployment that is added or replaced.
    fn changes(
        &self,
        replaced: Option<&Deployment>,
        deployment: &Deployment,
    ) -> Vec<ServiceChange> {
        let catalog = self.machine.services.catalog();
        let offered = deployment.services.values().map(|service| {
            let newest = catalog.newest(service.descriptor.name()).map(|newest| newest.descriptor);
            ServiceChange::between(newest, service.descriptor)
        });
        let gone = replaced.into_iter().flat_map(|replaced| replaced.services.values());
        let gone = gone.map(|service| service.descriptor).filter(|service| {
            let name = service.name();
            let elsewhere = catalog
                .deployments()
                .any(|other| other.id != deployment.id && other.services.contains_key(name));
            !deployment.services.contains_key(name) && !elsewhere && catalog.service(name).is_none()
        });
        offered.chain(gone.map(ServiceChange::removed)).collect()
    }

    /// Starts the invocations that have waited for a service, in order of arrival.
    fn start_unbound(&mut self) -> Result<(), StoreError> {
        let invocations = self.machine.invocations.values();
        let unbound = invocations.filter(|one| matches!(one.status, Status::Unbound));
        let mut unbound: Vec<_> = unbound.map(|one| one.id).collect();
        unbound.sort_unstable();
        for id in unbound {
            let Some(invocation) = self.machine.invocations.get(&id) else { continue };
            if self.machine.services.route(invocation).is_some() {
                self.start(id)?;
            } else if !self.join_queue(id) {
                // Its deployment is gone, and only now is it known that its handler is exclusive.
                if let Some(invocation) = self.known(id) {
                    invocation.set_status(Status::Queued);
                }
            }
        }
        Ok(())
    }
}
