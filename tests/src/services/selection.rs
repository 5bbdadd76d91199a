//! Selects the services of a process.

use std::{error::Error, fmt, sync::Arc};

use restate_core::{
    Service, Settings,
    attempt::{HandlerFuture, HandlerRequest},
    contract::ServiceDescriptor,
};

use super::{
    Alternate, AwakeableHolderServer, Block, BlockAndWait, BlockAndWaitWorkflowServer,
    CancelTestBlockingServiceServer, CancelTestRunnerServer, CountInState, CounterServer, Fail,
    FailingServer, Forward, GiveBack, Help, Holder, InterpretCommands, InterpretProgram,
    KillTestRunnerServer, KillTestSingletonServer, ListInState, ListObjectServer, MapInState,
    MapObjectServer, MessagesServer, NonDeterministicServer, ObjectInterpreterServer, ProxyServer,
    Recurse, RunCancelTest, RunKillTest, ServiceInterpreterHelperServer, TestUtilsServiceServer,
    Utilities, VirtualObjectCommandInterpreterServer,
};

/// A service that can be bound to any engine, and again after a restart.
#[derive(Clone)]
pub struct Bound {
    service: Arc<dyn Service>,
    descriptor: &'static ServiceDescriptor,
}

impl Bound {
    /// This service, as its contract has it.
    pub fn new(service: impl Service) -> Self {
        Self { descriptor: service.descriptor(), service: Arc::new(service) }
    }

    /// The same service, as if its contract had these settings.
    ///
    /// Leaks a descriptor, because descriptors have a static lifetime.
    #[must_use]
    pub fn with_settings(self, settings: Settings) -> Self {
        let descriptor = Box::leak(Box::new(self.descriptor.settings(settings)));
        Self { descriptor, ..self }
    }
}

impl Service for Bound {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        self.descriptor
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        self.service.handle(handler, incoming)
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bound").field(&self.descriptor().name()).finish()
    }
}

/// Every service, with new counters.
pub fn all() -> Vec<Bound> {
    vec![
        Bound::new(AwakeableHolderServer::new(Holder)),
        Bound::new(BlockAndWaitWorkflowServer::new(BlockAndWait)),
        Bound::new(CancelTestBlockingServiceServer::new(Block)),
        Bound::new(CancelTestRunnerServer::new(RunCancelTest)),
        Bound::new(CounterServer::new(CountInState)),
        Bound::new(FailingServer::new(Fail::default())),
        Bound::new(KillTestRunnerServer::new(RunKillTest)),
        Bound::new(KillTestSingletonServer::new(Recurse)),
        Bound::new(ListObjectServer::new(ListInState)),
        Bound::new(MapObjectServer::new(MapInState)),
        Bound::new(MessagesServer::new(GiveBack)),
        Bound::new(NonDeterministicServer::new(Alternate::default())),
        Bound::new(ObjectInterpreterServer::new(InterpretProgram)),
        Bound::new(ProxyServer::new(Forward)),
        Bound::new(ServiceInterpreterHelperServer::new(Help)),
        Bound::new(TestUtilsServiceServer::new(Utilities)),
        Bound::new(VirtualObjectCommandInterpreterServer::new(InterpretCommands)),
    ]
}

/// The services in a comma-separated list of wire names; all of them for `*`.
///
/// # Errors
///
/// If one of the names is unknown.
pub fn selected(names: &str) -> Result<Vec<Bound>, UnknownService> {
    let mut services = all();
    if names == "*" {
        return Ok(services);
    }
    let names: Vec<_> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let is_there = |name: &str| services.iter().any(|it| it.descriptor().name() == name);
    if let Some(name) = names.iter().find(|name| !is_there(name)) {
        return Err(UnknownService { name: (*name).to_owned() });
    }
    services.retain(|service| names.contains(&service.descriptor().name()));
    Ok(services)
}

/// An unknown service name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownService {
    name: String,
}

impl fmt::Display for UnknownService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = all().iter().map(|service| service.descriptor().name()).collect();
        let Self { name } = self;
        write!(f, "there is no service `{name}`; name some of {}, or `*`", known.join(", "))
    }
}

impl Error for UnknownService {}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(services: &[Bound]) -> Vec<&'static str> {
        services.iter().map(|service| service.descriptor().name()).collect()
    }

    #[test]
    fn a_list_selects_the_services_it_names() {
        assert_eq!(names(&selected("Proxy, Counter").unwrap()), ["Counter", "Proxy"]);
        assert_eq!(names(&selected("*").unwrap()), names(&all()));
    }

    #[test]
    fn an_unknown_service_name_is_rejected() {
        let refused = selected("Counter,Count").unwrap_err().to_string();
        assert!(refused.starts_with("there is no service `Count`; name some of "), "{refused}");
    }
}
