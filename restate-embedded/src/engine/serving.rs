//! The HTTP servers of an engine. No other file of `engine` imports `http`.

use std::{net::SocketAddr, path::PathBuf};

use restate_core::server::{Admission, Hosts, HttpLimits, ListenAddress, Origins};
use tokio::net::TcpListener;

use super::{error::EngineBuildError, handle::EngineHandle};
use crate::{
    http::{
        admin::Admin,
        body::BodyLimits,
        gate::{EXPOSED, Gate, Keyring},
        ingress::Ingress,
        refusal::ErrorSource,
        server::Server,
        tls::Tls,
    },
    model::{sql_limits::SqlLimits, tokens::Tokens},
};

/// Options of the servers, as they are given.
pub(super) struct HttpOptions {
    pub(super) hosts: Vec<String>,
    pub(super) cors: Vec<String>,
    pub(super) body_limit: usize,
    pub(super) limits: HttpLimits,
    pub(super) sql: SqlLimits,
    pub(super) ingress_tokens: Option<Tokens>,
    pub(super) admin_tokens: Option<Tokens>,
    pub(super) tls: Tls,
    pub(super) allow_unprotected: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            cors: Vec::new(),
            body_limit: 10 * 1024 * 1024,
            limits: HttpLimits::new(),
            sql: SqlLimits::default(),
            ingress_tokens: None,
            admin_tokens: None,
            tls: Tls::default(),
            allow_unprotected: false,
        }
    }
}

/// Options of the servers, checked.
pub(super) struct HttpSettings {
    hosts: Hosts,
    cors: Origins,
    pub(super) body_limit: usize,
    limits: HttpLimits,
    sql: SqlLimits,
    ingress_tokens: Option<Keyring>,
    admin_tokens: Option<Keyring>,
    pub(super) tls: Tls,
    allow_unprotected: bool,
}

impl HttpOptions {
    /// Checks the options.
    pub(super) fn check(self) -> Result<HttpSettings, EngineBuildError> {
        let Self { hosts, cors, body_limit, limits, sql, tls, allow_unprotected, .. } = self;
        let hosts = Hosts::new(hosts).map_err(|host| EngineBuildError::InvalidHost { host })?;
        let cors = Origins::new(cors, EXPOSED)
            .map_err(|origin| EngineBuildError::InvalidOrigin { origin })?;
        let keyring = |tokens: Option<Tokens>| tokens.map(Keyring::new).transpose();
        let invalid = |reason| EngineBuildError::InvalidTokens { reason };
        let ingress_tokens = keyring(self.ingress_tokens).map_err(invalid)?;
        let admin_tokens = keyring(self.admin_tokens).map_err(invalid)?;
        Ok(HttpSettings {
            hosts,
            cors,
            body_limit,
            limits,
            sql,
            ingress_tokens,
            admin_tokens,
            tls,
            allow_unprotected,
        })
    }
}

impl HttpSettings {
    /// Refuses a listener that other machines can reach and everybody can use.
    fn check_protection(
        &self,
        listener: &TcpListener,
        tokens: Option<&Keyring>,
    ) -> Result<(), EngineBuildError> {
        let address = listener.local_addr().map_err(EngineBuildError::Listen)?;
        let missing = match (tokens, self.tls.is_on()) {
            (Some(_), true) => return Ok(()),
            (None, false) => "neither tokens nor TLS",
            (None, true) => "no tokens",
            (Some(_), false) => "no TLS, so that tokens can be read on the way",
        };
        if self.allow_unprotected || address.ip().to_canonical().is_loopback() {
            return Ok(());
        }
        Err(EngineBuildError::Unprotected { address, missing })
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
        settings: &HttpSettings,
    ) -> Result<Self, EngineBuildError> {
        let ingress = listen(ingress).await?;
        if let Some(listener) = &ingress {
            settings.check_protection(listener, settings.ingress_tokens.as_ref())?;
        }
        let admin = match (listen(admin).await?, database) {
            (None, _) => None,
            (Some(listener), Some(database)) => Some((listener, database)),
            (Some(_), None) => return Err(EngineBuildError::AdminWithoutDirectory),
        };
        if let Some((listener, _)) = &admin {
            settings.check_protection(listener, settings.admin_tokens.as_ref())?;
        }
        Ok(Self { ingress, admin })
    }

    /// Answers requests from this engine.
    pub(super) fn serve(
        self,
        handle: &EngineHandle,
        settings: HttpSettings,
    ) -> Result<Servers, EngineBuildError> {
        let handle = EngineHandle { is_of_server: true, ..handle.clone() };
        let HttpSettings { hosts, cors, body_limit, limits, sql, tls, .. } = settings;
        // Each server has its own, so that clients of the ingress cannot lock operators out.
        let bodies = || BodyLimits { length: body_limit, admission: Admission::new(limits) };
        let ingress = self.ingress.map(|listener| {
            let bodies = bodies();
            let admission = bodies.admission.clone();
            let ingress = Ingress::new(handle.clone(), bodies);
            let source = ErrorSource::Ingress;
            let tokens = settings.ingress_tokens;
            let gate = Gate { hosts: hosts.clone(), origins: cors, tokens, source };
            Server::serve(listener, admission, ingress, gate, tls.clone())
        });
        let ingress = ingress.transpose()?;
        let admin = self.admin.map(|(listener, database)| {
            let bodies = bodies();
            let admission = bodies.admission.clone();
            let admin = Admin::new(handle, database, sql, bodies);
            let (origins, source) = (Origins::default(), ErrorSource::Admin);
            let gate = Gate { hosts, origins, tokens: settings.admin_tokens, source };
            Server::serve(listener, admission, admin, gate, tls)
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
