//! The embedded engine, with its data in a temporary directory.

use std::{net::SocketAddr, time::Duration};

use restate_core::{OnMaxAttempts, Settings};
use restate_embedded::{Engine, EngineBuilder};
use restate_tests::services::{self, Bound};
use tempfile::TempDir;

use crate::{configuration::Configuration, system::Needs};

type Configure = Box<dyn Fn(EngineBuilder) -> EngineBuilder + Send + Sync>;

/// An engine that can crash and be restarted, with the same builder each time.
pub struct LocalEngine {
    /// `None` only during a restart.
    engine: Option<Engine>,
    directory: TempDir,
    configure: Configure,
}

impl LocalEngine {
    /// Starts it with what the behaviours need, and with what `configure` adds.
    pub async fn start(
        configuration: Configuration,
        needs: &Needs,
        configure: impl Fn(EngineBuilder) -> EngineBuilder + Send + Sync + 'static,
    ) -> Self {
        let retry_policy = needs.retry_policy;
        let on_max_attempts = needs.on_max_attempts.unwrap_or(OnMaxAttempts::Pause);
        // Over HTTP/1.1, attempts suspend by themselves.
        let suspends = configuration.suspends() && configuration != Configuration::RequestResponse;
        let configure = Box::new(move |builder: EngineBuilder| {
            let builder = builder
                .ingress("127.0.0.1:0")
                .admin("127.0.0.1:0")
                .retry_policy(retry_policy)
                .on_max_attempts(on_max_attempts);
            let builder =
                if suspends { builder.inactivity_timeout(Duration::ZERO) } else { builder };
            configure(builder)
        });
        let mut started = Self { engine: None, directory: TempDir::new().unwrap(), configure };
        started.launch().await;
        started
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
        let builder = (self.configure)(Engine::builder().data_dir(self.directory.path()));
        self.engine = Some(builder.start().await.unwrap());
    }
}

/// The services of this crate, as `configuration` has them.
pub fn services_of(configuration: Configuration, needs: &Needs) -> Vec<Bound> {
    let services = [services::all(), needs.services.clone()].concat();
    if !configuration.reads_state_lazily() {
        return services;
    }
    let lazy = Settings::new().lazy_state(true);
    services.into_iter().map(|service| service.with_settings(lazy)).collect()
}
