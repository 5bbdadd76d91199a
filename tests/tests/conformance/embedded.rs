//! The embedded engine in this process, with its data in a temporary directory.

use std::{net::SocketAddr, time::Duration};

use restate_core::{OnMaxAttempts, Settings};
use restate_embedded::Engine;
use restate_tests::services::{self, Bound};
use tempfile::TempDir;

use crate::{configuration::Configuration, system::Needs};

pub struct Embedded {
    /// `None` only during a restart.
    engine: Option<Engine>,
    services: Vec<Bound>,
    directory: TempDir,
    configuration: Configuration,
    needs: Needs,
}

impl Embedded {
    pub async fn start(configuration: Configuration, needs: Needs) -> Self {
        let directory = TempDir::new().unwrap();
        let mut services = [services::all(), needs.services.clone()].concat();
        if configuration.reads_state_lazily() {
            let lazy = Settings::new().lazy_state(true);
            services = services.into_iter().map(|service| service.with_settings(lazy)).collect();
        }
        let mut embedded = Self { engine: None, services, directory, configuration, needs };
        embedded.launch().await;
        embedded
    }

    pub fn ingress(&self) -> SocketAddr {
        self.engine.as_ref().and_then(Engine::ingress_addr).unwrap()
    }

    pub fn admin(&self) -> SocketAddr {
        self.engine.as_ref().and_then(Engine::admin_addr).unwrap()
    }

    pub async fn crash(&mut self) {
        drop(self.engine.take());
        self.launch().await;
    }

    pub async fn restart(&mut self) {
        self.engine.take().unwrap().shutdown().await.unwrap();
        self.launch().await;
    }

    async fn launch(&mut self) {
        let mut builder = Engine::builder()
            .data_dir(self.directory.path())
            .ingress("127.0.0.1:0")
            .admin("127.0.0.1:0")
            .retry_policy(self.needs.retry_policy)
            .on_max_attempts(self.needs.on_max_attempts.unwrap_or(OnMaxAttempts::Pause));
        if self.configuration.suspends() {
            builder = builder.inactivity_timeout(Duration::ZERO);
        }
        let builder = self.services.iter().cloned().fold(builder, |builder, it| builder.bind(it));
        self.engine = Some(builder.start().await.unwrap());
    }
}
