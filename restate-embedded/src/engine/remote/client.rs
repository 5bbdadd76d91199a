//! How attempts reach deployments.

use std::{collections::BTreeMap, fmt, future::poll_fn, pin::Pin, sync::Arc};

use bytes::Bytes;
use hyper::{
    HeaderMap, Method, Request,
    body::Body as _,
    header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue},
    http::response::Parts,
};
use tokio::runtime;

use super::{
    ExchangeTarget, Reporter,
    error::RemoteError,
    exchange::{exchange, receive},
    http1::{Http1Pool, PipeBody},
    pool::Pool,
    response::ResponseCheck,
    security::Security,
    url::RemoteUrl,
};
use crate::{
    engine::{attempt::AttemptTask, inbox::Inbox, pipe::Pipe},
    model::{
        catalog::Catalog,
        deployment::{Connection, Deployment, DeploymentId, PROTOCOLS},
    },
};

const INVOCATION_ID: HeaderName = HeaderName::from_static("x-restate-invocation-id");

/// The connections to all deployments.
#[derive(Debug)]
pub(crate) struct Remotes {
    security: Security,
    clients: BTreeMap<DeploymentId, Arc<RemoteClient>>,
}

impl Remotes {
    /// Connections that are protected so.
    pub(crate) fn new(security: Security) -> Self {
        Self { security, clients: BTreeMap::new() }
    }

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

    /// Closes the connections to deployments that are not in the catalog, once nothing uses them.
    pub(crate) fn keep(&mut self, catalog: &Catalog) {
        self.clients.retain(|id, _| catalog.deployment(*id).is_some());
    }

    fn client(&mut self, deployment: &Deployment) -> Result<Arc<RemoteClient>, RemoteError> {
        let Deployment { id, connection, .. } = deployment;
        let found = self.clients.get(id).filter(|client| client.connection == *connection);
        if let Some(client) = found {
            return Ok(Arc::clone(client));
        }
        let client = Arc::new(RemoteClient::new(connection.clone(), self.security.clone())?);
        self.clients.insert(*id, Arc::clone(&client));
        Ok(client)
    }
}

/// What reaches one deployment.
pub(super) struct RemoteClient {
    connection: Connection,
    url: RemoteUrl,
    headers: HeaderMap,
    security: Security,
    transport: Transport,
}

/// How its requests travel.
enum Transport {
    Http2(Pool),
    Http1(Http1Pool),
}

impl fmt::Debug for RemoteClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteClient").field("uri", &self.connection.uri).finish_non_exhaustive()
    }
}

impl RemoteClient {
    pub(super) fn new(connection: Connection, security: Security) -> Result<Self, RemoteError> {
        let url = RemoteUrl::parse(&connection.uri)?;
        let headers = headers(&connection.headers)?;
        let transport = match connection.use_http_11 {
            false => Transport::Http2(Pool::new(url.clone(), security.clone())),
            true => Transport::Http1(Http1Pool::new(url.clone(), security.clone())),
        };
        Ok(Self { connection, url, headers, security, transport })
    }

    /// Makes one attempt. Returns why the exchange has ended.
    async fn attempt(
        &self,
        target: ExchangeTarget,
        pipe: Arc<Pipe>,
        reporter: &Reporter,
    ) -> RemoteError {
        match self.exchange(&target, &pipe, reporter).await {
            Ok(end) => end,
            Err(error) => error,
        }
    }

    async fn exchange(
        &self,
        target: &ExchangeTarget,
        pipe: &Arc<Pipe>,
        reporter: &Reporter,
    ) -> Result<RemoteError, RemoteError> {
        let content_type = content_type(&self.connection, target.protocol)?;
        let request = self.request(target, &content_type)?;
        let mut check = ResponseCheck::new(content_type, target.message_limit);
        // A request that has begun shows that there is an invocation.
        pipe.has_journal().await;
        match &self.transport {
            Transport::Http2(pool) => {
                let stream = pool.send(request).await?;
                Ok(exchange(stream, pipe, reporter, check).await)
            }
            Transport::Http1(pool) => {
                let body = PipeBody(Some(Arc::clone(pipe)));
                let (response, connection) = pool.send(request, body).await?;
                let (head, mut body) = response.into_parts();
                check.head(head.status, &head.headers)?;
                let end = receive(&mut body, pipe, reporter, check).await;
                pool.give_back(connection);
                Ok(end)
            }
        }
    }

    /// The response to a request without a body, unless it is longer than `limit`.
    pub(super) async fn fetch(
        &self,
        request: Request<()>,
        limit: usize,
    ) -> Result<(Parts, Vec<u8>), RemoteError> {
        match &self.transport {
            Transport::Http2(pool) => fetch_http2(pool, request, limit).await,
            Transport::Http1(pool) => fetch_http1(pool, request, limit).await,
        }
    }

    /// A request for a path, which begins with a slash.
    pub(super) fn get(&self, path: &str) -> Result<Request<()>, RemoteError> {
        let mut request = Request::new(());
        *request.uri_mut() = self.url.at(path)?;
        request.headers_mut().clone_from(&self.headers);
        self.security.sign(path, request.headers_mut())?;
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
        for (name, value) in target.trace.headers() {
            // A client has sent them, in whatever form; without them, the attempt works as well.
            let name = HeaderName::try_from(name);
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
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

async fn fetch_http2(
    pool: &Pool,
    request: Request<()>,
    limit: usize,
) -> Result<(Parts, Vec<u8>), RemoteError> {
    let lost = |error: h2::Error| RemoteError::Lost { reason: RemoteError::text(&error) };
    let mut stream = pool.send(request).await?;
    stream.body.send_data(Bytes::new(), true).map_err(lost)?;
    let (head, mut incoming) = stream.response.await.map_err(lost)?.into_parts();
    let mut body = Vec::new();
    while let Some(chunk) = poll_fn(|cx| incoming.poll_data(cx)).await {
        let chunk = chunk.map_err(lost)?;
        if body.len() + chunk.len() > limit {
            return Err(RemoteError::ManifestTooLong { limit });
        }
        drop(incoming.flow_control().release_capacity(chunk.len()));
        body.extend_from_slice(&chunk);
    }
    Ok((head, body))
}

async fn fetch_http1(
    pool: &Http1Pool,
    request: Request<()>,
    limit: usize,
) -> Result<(Parts, Vec<u8>), RemoteError> {
    let (response, connection) = pool.send(request, PipeBody(None)).await?;
    let (head, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut incoming).poll_frame(cx)).await {
        let lost = |error: hyper::Error| RemoteError::Lost { reason: RemoteError::text(&error) };
        let Ok(chunk) = frame.map_err(lost)?.into_data() else { continue };
        if body.len() + chunk.len() > limit {
            return Err(RemoteError::ManifestTooLong { limit });
        }
        body.extend_from_slice(&chunk);
    }
    pool.give_back(connection);
    Ok((head, body))
}

/// The content type of attempts in a version of the service protocol.
///
/// # Errors
///
/// When the deployment does not speak that version, or this engine none that the deployment does.
fn content_type(connection: &Connection, version: u32) -> Result<String, RemoteError> {
    check_protocols(connection)?;
    if !connection.protocols().contains(&version) || !PROTOCOLS.contains(&version) {
        let Connection { min_protocol: min, max_protocol: max, .. } = *connection;
        return Err(RemoteError::JournalProtocol { written: version, min, max });
    }
    Ok(format!("application/vnd.restate.invocation.v{version}"))
}

/// Checks that there is a version of the service protocol that both sides speak.
pub(super) fn check_protocols(connection: &Connection) -> Result<(), RemoteError> {
    let newest = connection.newest_protocol();
    match connection.protocols().contains(&newest) && PROTOCOLS.contains(&newest) {
        true => Ok(()),
        false => {
            let Connection { min_protocol: min, max_protocol: max, .. } = *connection;
            Err(RemoteError::Protocol { min, max })
        }
    }
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
    use crate::model::deployment::ProtocolMode;

    fn speaking(min_protocol: u32, max_protocol: u32) -> Connection {
        Connection {
            uri: "http://localhost:9080".into(),
            use_http_11: false,
            headers: Vec::new(),
            metadata: Vec::new(),
            mode: ProtocolMode::BidiStream,
            min_protocol,
            max_protocol,
            sdk: None,
        }
    }

    #[test]
    fn the_newest_version_is_spoken_that_both_sides_know() {
        let newest = |min, max| {
            let connection = speaking(min, max);
            content_type(&connection, connection.newest_protocol()).ok()
        };
        assert_eq!(newest(5, 8).unwrap(), "application/vnd.restate.invocation.v7");
        assert_eq!(newest(3, 6).unwrap(), "application/vnd.restate.invocation.v6");
        assert_eq!(newest(1, 4), None);
        assert_eq!(newest(8, 9), None);
    }

    #[test]
    fn a_journal_is_read_in_the_version_that_it_is_written_in() {
        let version = |min, max, written| content_type(&speaking(min, max), written);
        assert_eq!(version(5, 7, 6).unwrap(), "application/vnd.restate.invocation.v6");
        for (min, max, written) in [(5, 6, 7), (7, 8, 6), (5, 8, 8)] {
            let refused = version(min, max, written).unwrap_err();
            assert!(matches!(refused, RemoteError::JournalProtocol { .. }), "{refused}");
        }
    }
}
