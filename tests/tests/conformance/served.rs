//! An endpoint in this process, and the Restate server or cluster that it is registered with.

use std::net::SocketAddr;

use restate_endpoint::Endpoint;
use restate_tests::{
    cluster::Cluster,
    port::free_address,
    server::RestateServer,
    services::{self, Bound},
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::{
    configuration::{Configuration, Platform},
    stage::Needs,
};

pub struct Served {
    servers: Servers,
    endpoint: Running,
    services: Vec<Bound>,
    identity_key: Option<&'static str>,
}

enum Servers {
    One(RestateServer),
    Three(Cluster),
}

/// An endpoint that listens.
struct Running {
    address: SocketAddr,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Served {
    pub async fn start(platform: Platform, configuration: Configuration, needs: Needs) -> Self {
        let mut environment = configuration.environment().to_vec();
        environment.extend(needs.environment.iter().map(|(name, value)| (*name, value.as_str())));
        let services = [services::all(), needs.services].concat();
        let endpoint = Running::start(&services, needs.identity_key, free_address()).await;
        let servers = match platform {
            Platform::Cluster => Servers::Three(Cluster::start_with(&environment).await),
            _ => Servers::One(RestateServer::start_with(&environment).await),
        };
        match &servers {
            Servers::One(server) => server.register(endpoint.address).await,
            Servers::Three(cluster) => cluster.register(endpoint.address).await,
        }
        Self { servers, endpoint, services, identity_key: needs.identity_key }
    }

    pub fn platform(&self) -> Platform {
        match &self.servers {
            Servers::One(_) => Platform::Server,
            Servers::Three(_) => Platform::Cluster,
        }
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

    /// The server of a platform that has only one.
    pub fn server(&mut self) -> &mut RestateServer {
        match &mut self.servers {
            Servers::One(server) => server,
            Servers::Three(_) => panic!("a cluster is not restarted as a whole"),
        }
    }

    /// Kills the last server of a cluster.
    pub fn lose_a_node(&mut self) {
        match &mut self.servers {
            Servers::One(_) => panic!("there is only one server"),
            Servers::Three(cluster) => cluster.crash(2),
        }
    }

    pub async fn crash_endpoint(&mut self) {
        self.endpoint.task.abort();
        // The end of a task that was aborted is an error.
        let _ = (&mut self.endpoint.task).await;
        self.start_endpoint().await;
    }

    pub async fn restart_endpoint(&mut self) {
        let (shutdown, _) = oneshot::channel();
        std::mem::replace(&mut self.endpoint.shutdown, shutdown).send(()).unwrap();
        (&mut self.endpoint.task).await.unwrap();
        self.start_endpoint().await;
    }

    async fn start_endpoint(&mut self) {
        let address = self.endpoint.address;
        self.endpoint = Running::start(&self.services, self.identity_key, address).await;
    }
}

impl Running {
    async fn start(
        services: &[Bound],
        identity_key: Option<&'static str>,
        address: SocketAddr,
    ) -> Self {
        let mut builder =
            services.iter().cloned().fold(Endpoint::builder(), |builder, it| builder.bind(it));
        if let Some(key) = identity_key {
            builder = builder.identity_key(key);
        }
        let endpoint = builder.build().unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, told) = oneshot::channel::<()>();
        let task = tokio::spawn(endpoint.serve_with_shutdown(listener, async {
            let _ = told.await;
        }));
        Self { address, shutdown, task }
    }
}
