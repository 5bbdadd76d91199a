//! The processes that are killed: an engine with all services, or an engine and a deployment.

use std::{net::SocketAddr, path::Path, time::Duration};

use restate_tests::port::free_address;
use tokio::time::{sleep, timeout};

use crate::{
    connection::Connection,
    flaw::{Flaw, lose_commits},
    process::{Addresses, Process},
    random::Random,
    services::Role,
};

/// Where the services run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// In the process of the engine.
    InProcess,
    /// Some in the process of the engine, others behind a URL. Each calls the others.
    WithDeployment,
}

pub struct Platform<'a> {
    data: &'a Path,
    /// The address of the deployment, if there is one.
    deployment: Option<SocketAddr>,
    /// `None` while it is down.
    engine: Option<Process>,
    /// `None` while it is down.
    handlers: Option<Process>,
    addresses: Option<Addresses>,
    flaw: Option<Flaw>,
    pub kills: Kills,
}

/// The time limit of the first answer of a deployment.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until the engine knows the services of its deployment: on a slow machine, it serves before.
async fn registered(addresses: Addresses) {
    let mut admin = Connection::open(addresses.admin).await.expect("the engine is up");
    loop {
        let (status, _) = admin.get("/services/Account").await.expect("the engine is up");
        if status == 200 {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// How many processes were killed together and separately.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kills {
    pub of_engine: u32,
    pub of_deployment: u32,
    pub of_both: u32,
}

impl<'a> Platform<'a> {
    /// Starts the deployment, if there is one: the first engine waits for it.
    pub async fn new(data: &'a Path, layout: Layout, flaw: Option<Flaw>) -> Self {
        let deployment = (layout == Layout::WithDeployment).then(free_address);
        let kills = Kills::default();
        let mut platform =
            Self { data, deployment, engine: None, handlers: None, addresses: None, flaw, kills };
        platform.start_handlers();
        if let Some(handlers) = &mut platform.handlers {
            handlers.ready().await;
        }
        platform
    }

    /// Starts what is down. Returns the engine's addresses if it was, and is up now, with all services. A later one
    /// knows them from its data directory.
    pub async fn start(&mut self, random: &mut Random) -> Option<Addresses> {
        // Half of the time, the engine starts without its deployment.
        if random.below(2) == 0 {
            self.start_handlers();
        }
        if self.engine.is_some() {
            self.start_handlers();
            return None;
        }
        self.begin();
        let engine = self.engine.as_mut()?;
        let addresses = engine.addresses().await;
        self.addresses = Some(addresses);
        self.start_handlers();
        if self.deployment.is_some() {
            timeout(PATIENCE, registered(addresses)).await.expect("the deployment is registered");
        }
        Some(addresses)
    }

    /// Starts what is down, without waiting for it.
    pub fn begin(&mut self) {
        if self.engine.is_none() {
            let role = self.deployment.map_or(Role::Everything, Role::Engine);
            self.engine = Some(Process::start(self.data, role, self.flaw));
        }
    }

    fn start_handlers(&mut self) {
        if self.handlers.is_none()
            && let Some(address) = self.deployment
        {
            self.handlers = Some(Process::start(self.data, Role::Handlers(address), self.flaw));
        }
    }

    /// The addresses of the running engine.
    pub fn addresses(&self) -> Addresses {
        self.addresses.expect("the engine has been started")
    }

    /// Kills the engine, its deployment, or both.
    pub async fn kill(&mut self, random: &mut Random) {
        let victim = if self.deployment.is_some() { random.below(3) } else { 0 };
        match victim {
            0 => self.kills.of_engine += 1,
            1 => self.kills.of_deployment += 1,
            _ => self.kills.of_both += 1,
        }
        if victim != 1 {
            self.kill_engine().await;
        }
        if victim != 0
            && let Some(handlers) = self.handlers.take()
        {
            handlers.kill().await;
        }
    }

    /// Kills the engine, which may just have begun to start.
    pub async fn kill_engine(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.kill().await;
            if self.flaw == Some(Flaw::LosesCommits) {
                lose_commits(self.data);
            }
        }
    }

    /// Ends all of it.
    pub async fn end(mut self) -> Kills {
        self.kill_engine().await;
        if let Some(handlers) = self.handlers.take() {
            handlers.kill().await;
        }
        self.kills
    }
}
