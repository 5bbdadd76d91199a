//! Handlers that are registered with a Restate server or cluster.

use std::{net::SocketAddr, time::Duration};

use restate_core::{OnMaxAttempts, RetryPolicy};
use restate_tests::{cluster::Cluster, server::RestateServer, services};

use crate::{
    configuration::{Configuration, Platform},
    handlers::Handlers,
    system::Needs,
};

pub struct Served {
    servers: Servers,
    handlers: Handlers,
    platform: Platform,
}

enum Servers {
    One(RestateServer),
    Three(Cluster),
}

impl Served {
    pub async fn start(platform: Platform, configuration: Configuration, needs: Needs) -> Self {
        let retries = retry_policy(&needs.retry_policy, needs.on_max_attempts);
        let mut environment = configuration.environment().to_vec();
        let variables = needs.environment.iter().chain(&retries);
        environment.extend(variables.map(|(name, value)| (*name, value.as_str())));
        let handlers = match platform {
            Platform::ProgramOnServer => Handlers::program(needs.identity_key).await,
            _ => {
                let services = [services::all(), needs.services].concat();
                Handlers::endpoint(services, needs.identity_key).await
            }
        };
        let address = handlers.address();
        let servers = match platform {
            Platform::Cluster => Servers::Three(Cluster::start_with(&environment).await),
            _ => Servers::One(RestateServer::start_with(&environment).await),
        };
        match &servers {
            Servers::One(server) if configuration == Configuration::RequestResponse => {
                server.register_http1(address).await;
            }
            Servers::One(server) => server.register(address).await,
            Servers::Three(cluster) => cluster.register(address).await,
        }
        Self { servers, handlers, platform }
    }

    pub fn platform(&self) -> Platform {
        self.platform
    }

    pub fn handlers(&mut self) -> &mut Handlers {
        &mut self.handlers
    }

    pub fn ingress(&self) -> SocketAddr {
        self.first().ingress()
    }

    pub fn admin(&self) -> SocketAddr {
        self.first().admin()
    }

    fn first(&self) -> &RestateServer {
        match &self.servers {
            Servers::One(server) => server,
            Servers::Three(cluster) => &cluster.nodes()[0],
        }
    }

    /// The only server of the platform.
    pub fn server(&mut self) -> &mut RestateServer {
        match &mut self.servers {
            Servers::One(server) => server,
            Servers::Three(_) => panic!("no test restarts a whole cluster"),
        }
    }

    /// Kills the last server of a cluster.
    pub fn lose_a_node(&mut self) {
        match &mut self.servers {
            Servers::One(_) => panic!("there is only one server"),
            Servers::Three(cluster) => cluster.crash(2),
        }
    }
}

/// The environment variables for a retry policy.
fn retry_policy(
    policy: &RetryPolicy,
    on_max_attempts: Option<OnMaxAttempts>,
) -> Vec<(&'static str, String)> {
    let RetryPolicy { initial_interval, factor, max_interval, max_attempts, .. } = policy;
    let millis = |interval: &Duration| format!("{}ms", interval.as_millis());
    let policy = [
        ("RESTATE_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL", initial_interval.as_ref().map(millis)),
        ("RESTATE_DEFAULT_RETRY_POLICY__EXPONENTIATION_FACTOR", factor.map(|it| it.to_string())),
        ("RESTATE_DEFAULT_RETRY_POLICY__MAX_INTERVAL", max_interval.as_ref().map(millis)),
        ("RESTATE_DEFAULT_RETRY_POLICY__MAX_ATTEMPTS", max_attempts.map(|it| it.to_string())),
        (
            "RESTATE_DEFAULT_RETRY_POLICY__ON_MAX_ATTEMPTS",
            on_max_attempts.map(|it| format!("{it:?}").to_lowercase()),
        ),
    ];
    policy.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
