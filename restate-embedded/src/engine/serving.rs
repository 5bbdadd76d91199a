//! The HTTP servers of an engine. No other file of `engine` imports `http`.

use std::{net::SocketAddr, path::PathBuf};

use restate_core::server::{Admission, HttpLimits, ListenAddress};
use tokio::net::TcpListener;

use super::{error::EngineBuildError, handle::EngineHandle};
use crate::{
    http::{
        admin::Admin,
        body::BodyLimits,
        gate::{Gate, Hosts, Origins},
        ingress::Ingress,
        refusal::ErrorSource,
        server::Server,
    },
    model::sql_limits::SqlLimits,
};

/// Options of the servers, as they are given.
pub(super) struct HttpOptions {
    pub(super) hosts: Vec<String>,
    pub(super) cors: Vec<String>,
    pub(super) body_limit: usize,
    pub(super) limits: HttpLimits,
    pub(super) sql: SqlLimits,
}

impl Default for HttpOptions {
    fn default() -> Self {
        let (limits, sql) = (HttpLimits::new(), SqlLimits::default());
        Self { hosts: Vec::new(), cors: Vec::new(), body_limit: 10 * 1024 * 1024, limits, sql }
    }
}

/// Options of the servers, checked.
pub(super) struct HttpSettings {
    hosts: Hosts,
    cors: Origins,
    pub(super) body_limit: usize,
    limits: HttpLimits,
    sql: SqlLimits,
}

impl HttpOptions {
    /// Checks the options.
    pub(super) fn check(self) -> Result<HttpSettings, EngineBuildError> {
        let Self { hosts, cors, body_limit, limits, sql } = self;
        let hosts = Hosts::new(hosts).map_err(|host| EngineBuildError::InvalidHost { host })?;
        let cors =
            Origins::new(cors).map_err(|origin| EngineBuildError::InvalidOrigin { origin })?;
        Ok(HttpSettings { hosts, cors, body_limit, limits, sql })
    }
}

/// Bound addresses whose requests are not answered yet.
pub(super) struct Listeners {
    ingress: Option<TcpListener>,
    /// With the database that the admin interface reads.
    admin: Option<(TcpListener, PathBuf)>,
}

impl Listeners {
    /// Binds the addresses.
    pub(super) async fn bind(
        ingress: Option<ListenAddress>,
        admin: Option<ListenAddress>,
        database: Option<PathBuf>,
    ) -> Result<Self, EngineBuildError> {
        let ingress = listen(ingress).await?;
        let admin = match (listen(admin).await?, database) {
            (None, _) => None,
            (Some(listener), Some(database)) => Some((listener, database)),
            (Some(_), None) => return Err(EngineBuildError::AdminWithoutDirectory),
        };
        Ok(Self { ingress, admin })
    }

    /// Answers requests from this engine.
    pub(super) fn serve(
        self,
        handle: &EngineHandle,
        settings: HttpSettings,
    ) -> Result<Servers, EngineBuildError> {
        let HttpSettings { hosts, cors, body_limit, limits, sql } = settings;
        // Each server has its own, so that clients of the ingress cannot lock operators out.
        let bodies = || BodyLimits { length: body_limit, admission: Admission::new(limits) };
        let ingress = self.ingress.map(|listener| {
            let bodies = bodies();
            let admission = bodies.admission.clone();
            let ingress = Ingress { engine: handle.clone(), bodies };
            let source = ErrorSource::Ingress;
            let gate = Gate { hosts: hosts.clone(), origins: cors, source };
            Server::serve(listener, admission, ingress, gate)
        });
        let ingress = ingress.transpose()?;
        let admin = self.admin.map(|(listener, database)| {
            let bodies = bodies();
            let admission = bodies.admission.clone();
            let admin = Admin::new(handle.clone(), database, sql, bodies);
            let (origins, source) = (Origins::default(), ErrorSource::Admin);
            Server::serve(listener, admission, admin, Gate { hosts, origins, source })
        });
        Ok(Servers { ingress, admin: admin.transpose()? })
    }
}

async fn listen(address: Option<ListenAddress>) -> Result<Option<TcpListener>, EngineBuildError> {
    match address {
        Some(address) => address.bind().await.map(Some).map_err(EngineBuildError::Listen),
        None => Ok(None),
    }
}

/// Running servers.
#[derive(Debug)]
pub(super) struct Servers {
    ingress: Option<Server>,
    admin: Option<Server>,
}

impl Servers {
    pub(super) fn ingress_addr(&self) -> Option<SocketAddr> {
        self.ingress.as_ref().map(Server::address)
    }

    pub(super) fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(Server::address)
    }

    /// Accepts no more connections from now on. The future waits for those that are open.
    pub(super) fn stop(self) -> impl Future<Output = ()> {
        let stopping: Vec<_> =
            [self.ingress, self.admin].into_iter().flatten().map(Server::stop).collect();
        async {
            for server in stopping {
                server.await;
            }
        }
    }
}
