//! The embedded engine without services of its own, and handlers that it drives over HTTP.

use std::{net::SocketAddr, time::Duration};

use restate_core::{OnMaxAttempts, Settings};
use restate_embedded::{DeploymentAddress, Engine};
use restate_tests::{
    client,
    services::{self, Bound},
};
use tempfile::TempDir;

use crate::{
    configuration::{Configuration, Platform},
    handlers::Handlers,
    request_signing,
    system::Needs,
};

pub struct Deployed {
    /// `None` only during a restart.
    engine: Option<Engine>,
    handlers: Handlers,
    platform: Platform,
    directory: TempDir,
    configuration: Configuration,
    needs: Needs,
}

impl Deployed {
    pub async fn start(platform: Platform, configuration: Configuration, needs: Needs) -> Self {
        let directory = TempDir::new().unwrap();
        let handlers = match platform {
            Platform::Program => Handlers::program(needs.identity_key).await,
            _ => Handlers::endpoint(services_of(configuration, &needs), needs.identity_key).await,
        };
        let mut deployed =
            Self { engine: None, handlers, platform, directory, configuration, needs };
        deployed.launch().await;
        deployed.await_registration().await;
        deployed
    }

    pub fn platform(&self) -> Platform {
        self.platform
    }

    pub fn handlers(&mut self) -> &mut Handlers {
        &mut self.handlers
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

    /// The engine does not wait at its start for a deployment that is slow to describe itself. This does, as
    /// a registration is answered once the engine knows the services.
    async fn await_registration(&self) {
        let address = self.handlers.address();
        let over_http_11 = self.configuration == Configuration::RequestResponse;
        let deployment = format!(r#"{{"uri":"http://{address}","use_http_11":{over_http_11}}}"#);
        let answer = client::post_json(self.admin(), "/deployments", deployment).await.unwrap();
        assert!(answer.status.is_success(), "{}", answer.text());
    }

    async fn launch(&mut self) {
        let address = DeploymentAddress::new(format!("http://{}", self.handlers.address()));
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
        if self.needs.identity_key.is_some() {
            builder = builder.request_identity(request_signing::PRIVATE_KEY).unwrap();
        }
        self.engine = Some(builder.start().await.unwrap());
    }
}

/// The services of this crate, as `configuration` has them.
fn services_of(configuration: Configuration, needs: &Needs) -> Vec<Bound> {
    let services = [services::all(), needs.services.clone()].concat();
    if !configuration.reads_state_lazily() {
        return services;
    }
    let lazy = Settings::new().lazy_state(true);
    services.into_iter().map(|service| service.with_settings(lazy)).collect()
}
