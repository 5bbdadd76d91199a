//! The HTTP servers of an engine. No other file of `engine` imports `http`.

use std::{net::SocketAddr, path::PathBuf};

use restate_core::server::ListenAddress;
use tokio::net::TcpListener;

use super::{error::EngineBuildError, handle::EngineHandle};
use crate::{
    http::{admin::Admin, ingress::Ingress, server::Server},
    model::sql_limits::SqlLimits,
};

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
        body_limit: usize,
        sql: SqlLimits,
    ) -> Result<Servers, EngineBuildError> {
        let ingress = self.ingress.map(|listener| {
            let ingress = Ingress { engine: handle.clone(), body_limit };
            Server::serve(listener, ingress)
        });
        let ingress = ingress.transpose()?;
        let admin = self.admin.map(|(listener, database)| {
            let admin = Admin::new(handle.clone(), database, sql, body_limit);
            Server::serve(listener, admin)
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
