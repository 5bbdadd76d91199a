//! How attempts reach deployments.

use std::{collections::BTreeMap, fmt, sync::Arc};

use hyper::{
    HeaderMap, Method, Request,
    header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue},
};
use tokio::runtime;

use super::{
    ExchangeTarget, Reporter,
    error::RemoteError,
    exchange::exchange,
    pool::{OpenStream, Pool},
    response::ResponseCheck,
    url::RemoteUrl,
};
use crate::{
    engine::{attempt::AttemptTask, inbox::Inbox, pipe::Pipe},
    model::deployment::{Connection, Deployment, DeploymentId},
};

/// The versions of the service protocol that this engine speaks.
const PROTOCOLS: std::ops::RangeInclusive<u32> = 5..=7;

const INVOCATION_ID: HeaderName = HeaderName::from_static("x-restate-invocation-id");

/// The connections to all deployments.
#[derive(Debug, Default)]
pub(crate) struct Remotes {
    clients: BTreeMap<DeploymentId, Arc<RemoteClient>>,
}

impl Remotes {
    /// Starts an attempt, which sends nothing before its pipe has a journal.
    pub(crate) fn start(
        &mut self,
        deployment: &Arc<Deployment>,
        target: ExchangeTarget,
        inbox: &Arc<Inbox>,
        runtime: &runtime::Handle,
    ) -> AttemptTask {
        let pipe = Arc::new(Pipe::new(None));
        let ExchangeTarget { id, attempt, .. } = target;
        let reporter = Reporter { id, attempt, inbox: Arc::clone(inbox) };
        let client = self.client(deployment);
        let read = Arc::clone(&pipe);
        let task = runtime.spawn(async move {
            let error = match client {
                Ok(client) => client.attempt(target, read, &reporter).await,
                Err(error) => error,
            };
            reporter.failed(error.to_string());
        });
        AttemptTask::elsewhere(pipe, task.abort_handle())
    }

    fn client(&mut self, deployment: &Deployment) -> Result<Arc<RemoteClient>, RemoteError> {
        let Deployment { id, connection, .. } = deployment;
        let found = self.clients.get(id).filter(|client| client.connection == *connection);
        if let Some(client) = found {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(RemoteClient::new(connection.clone())?);
        self.clients.insert(*id, Arc::clone(&client));
        Ok(client)
    }
}

/// What reaches one deployment.
pub(super) struct RemoteClient {
    connection: Connection,
    url: RemoteUrl,
    headers: HeaderMap,
    pool: Pool,
}

impl fmt::Debug for RemoteClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteClient").field("uri", &self.connection.uri).finish_non_exhaustive()
    }
}

impl RemoteClient {
    pub(super) fn new(connection: Connection) -> Result<Self, RemoteError> {
        let url = RemoteUrl::parse(&connection.uri)?;
        let headers = headers(&connection.headers)?;
        let pool = Pool::new(url.clone());
        Ok(Self { connection, url, headers, pool })
    }

    /// Makes one attempt. Returns why the exchange has ended.
    async fn attempt(
        &self,
        target: ExchangeTarget,
        pipe: Arc<Pipe>,
        reporter: &Reporter,
    ) -> RemoteError {
        let begin = async {
            let Connection { min_protocol, max_protocol, .. } = self.connection;
            let content_type = content_type(min_protocol, max_protocol)?;
            let request = self.request(&target, &content_type)?;
            // A request that has begun shows that there is an invocation.
            pipe.has_journal().await;
            Ok((self.send(request).await?, content_type))
        };
        match begin.await {
            Ok((stream, content_type)) => {
                let check = ResponseCheck::new(content_type, target.message_limit);
                exchange(stream, &pipe, reporter, check).await
            }
            Err(error) => error,
        }
    }

    /// Begins a request.
    pub(super) async fn send(&self, request: Request<()>) -> Result<OpenStream, RemoteError> {
        self.pool.send(request).await
    }

    /// A request for a path, which begins with a slash.
    pub(super) fn get(&self, path: &str) -> Result<Request<()>, RemoteError> {
        let mut request = Request::new(());
        *request.uri_mut() = self.url.at(path)?;
        request.headers_mut().clone_from(&self.headers);
        Ok(request)
    }

    fn request(
        &self,
        target: &ExchangeTarget,
        content_type: &str,
    ) -> Result<Request<()>, RemoteError> {
        let path = format!("/invoke/{}/{}", target.service, target.handler);
        let mut request = self.get(&path)?;
        *request.method_mut() = Method::POST;
        let headers = request.headers_mut();
        let value = |text: &str| HeaderValue::from_str(text);
        for (name, text) in [
            (CONTENT_TYPE, content_type),
            (ACCEPT, content_type),
            (INVOCATION_ID, &target.id.to_string()),
        ] {
            let value = value(text).map_err(|_| RemoteError::Header { name: name.to_string() })?;
            headers.insert(name, value);
        }
        Ok(request)
    }
}

/// The content type of attempts on a deployment that speaks these versions of the service protocol.
///
/// # Errors
///
/// When this engine speaks none of them.
pub(super) fn content_type(min: u32, max: u32) -> Result<String, RemoteError> {
    let version = max.min(*PROTOCOLS.end());
    if version < min || version < *PROTOCOLS.start() {
        return Err(RemoteError::Protocol { min, max });
    }
    Ok(format!("application/vnd.restate.invocation.v{version}"))
}

/// Headers that are sent with each request.
///
/// # Errors
///
/// The name of one that cannot be sent.
pub(super) fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, RemoteError> {
    let parsed = pairs.iter().map(|(name, value)| {
        let wrong = || RemoteError::Header { name: name.clone() };
        let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        Ok((HeaderName::try_from(name).map_err(|_| wrong())?, value))
    });
    parsed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_is_spoken_that_both_sides_know() {
        let version = |min, max| content_type(min, max).ok();
        assert_eq!(version(5, 8).unwrap(), "application/vnd.restate.invocation.v7");
        assert_eq!(version(3, 6).unwrap(), "application/vnd.restate.invocation.v6");
        assert_eq!(version(1, 4), None);
        assert_eq!(version(8, 9), None);
    }
}
