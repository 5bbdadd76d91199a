//! The HTTP servers of an engine: the only file of this room that knows HTTP.

use std::{net::SocketAddr, path::PathBuf};

use tokio::net::TcpListener;

use super::{error::StartError, handle::Port};
use crate::http::{admin::Admin, ingress::Frontend, server::Server};

/// Addresses that are taken, but where nobody answers yet.
pub(super) struct Listeners {
    ingress: Option<TcpListener>,
    /// Beside it, the database that the admin interface reads.
    admin: Option<(TcpListener, PathBuf)>,
}

impl Listeners {
    /// Takes the addresses.
    pub(super) async fn bind(
        ingress: Option<SocketAddr>,
        admin: Option<SocketAddr>,
        database: Option<PathBuf>,
    ) -> Result<Self, StartError> {
        let ingress = listen(ingress).await?;
        let admin = match (listen(admin).await?, database) {
            (None, _) => None,
            (Some(listener), Some(database)) => Some((listener, database)),
            (Some(_), None) => return Err(StartError::AdminWithoutDirectory),
        };
        Ok(Self { ingress, admin })
    }

    /// Answers with what the engine behind `port` says.
    pub(super) fn serve(self, port: &Port, body_limit: usize) -> Result<Servers, StartError> {
        let port = || port.clone();
        let ingress = self.ingress.map(|listener| {
            let frontend = Frontend { port: port(), body_limit };
            Server::serve(listener, frontend)
        });
        let ingress = ingress.transpose()?;
        let admin = self.admin.map(|(listener, database)| {
            let admin = Admin { port: port(), database, body_limit };
            Server::serve(listener, admin)
        });
        Ok(Servers { ingress, admin: admin.transpose()? })
    }
}

async fn listen(address: Option<SocketAddr>) -> Result<Option<TcpListener>, StartError> {
    match address {
        Some(address) => Server::listen(address).await.map(Some),
        None => Ok(None),
    }
}

/// The servers that run.
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

    /// Accepts no more connections, from now on. What this returns waits for those that are open.
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
