//! The embedded engine without services of its own, and an endpoint in this process that it drives over
//! HTTP.

use std::{net::SocketAddr, time::Duration};

use restate_core::{OnMaxAttempts, Settings};
use restate_embedded::{DeploymentAddress, Engine};
use restate_tests::{
    endpoint::RunningEndpoint,
    port::free_address,
    services::{self, Bound},
};
use tempfile::TempDir;

use crate::{configuration::Configuration, served::endpoint_of, system::Needs};

pub struct Deployed {
    /// `None` only during a restart.
    engine: Option<Engine>,
    /// `None` only during a restart.
    endpoint: Option<RunningEndpoint>,
    address: SocketAddr,
    services: Vec<Bound>,
    directory: TempDir,
    configuration: Configuration,
    needs: Needs,
}

impl Deployed {
    pub async fn start(configuration: Configuration, needs: Needs) -> Self {
        let directory = TempDir::new().unwrap();
        let mut services = [services::all(), needs.services.clone()].concat();
        if configuration.reads_state_lazily() {
            let lazy = Settings::new().lazy_state(true);
            services = services.into_iter().map(|service| service.with_settings(lazy)).collect();
        }
        let address = free_address();
        let mut deployed = Self {
            engine: None,
            endpoint: None,
            address,
            services,
            directory,
            configuration,
            needs,
        };
        deployed.start_endpoint().await;
        deployed.launch().await;
        deployed
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

    pub async fn crash_endpoint(&mut self) {
        if let Some(endpoint) = self.endpoint.take() {
            endpoint.crash().await;
        }
        self.start_endpoint().await;
    }

    pub async fn restart_endpoint(&mut self) {
        if let Some(endpoint) = self.endpoint.take() {
            endpoint.stop().await;
        }
        self.start_endpoint().await;
    }

    async fn start_endpoint(&mut self) {
        let builder = endpoint_of(&self.services, None);
        self.endpoint = Some(RunningEndpoint::start(builder, self.address).await);
    }

    async fn launch(&mut self) {
        let address = DeploymentAddress::new(format!("http://{}", self.address));
        let over_http_11 = self.configuration == Configuration::RequestResponse;
        let address = if over_http_11 { address.use_http_11() } else { address };
        let mut builder = Engine::builder()
            .data_dir(self.directory.path())
            .ingress("127.0.0.1:0")
            .admin("127.0.0.1:0")
            .deployment(address)
            .retry_policy(self.needs.retry_policy)
            .on_max_attempts(self.needs.on_max_attempts.unwrap_or(OnMaxAttempts::Pause));
        if self.configuration.suspends() && !over_http_11 {
            builder = builder.inactivity_timeout(Duration::ZERO);
        }
        self.engine = Some(builder.start().await.unwrap());
    }
}
