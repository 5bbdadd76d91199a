//! Asks a deployment which services it has.

use std::{future::poll_fn, time::Duration};

use bytes::Bytes;
use hyper::{
    Request, StatusCode,
    header::{ACCEPT, HeaderValue},
};
use tokio::time::timeout;

use super::{
    client::{RemoteClient, content_type},
    error::RemoteError,
    response::SHOWN,
    url::RemoteUrl,
};
use crate::model::{
    deployment::{Connection, ProtocolMode},
    manifest::{Manifest, ServiceManifest},
};

/// The versions of the manifest that this engine reads.
const MANIFESTS: HeaderValue = HeaderValue::from_static(
    "application/vnd.restate.endpointmanifest.v4+json, \
     application/vnd.restate.endpointmanifest.v3+json, \
     application/vnd.restate.endpointmanifest.v2+json",
);

/// How long a deployment has to describe itself.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The longest manifest, in bytes. Its schemas stay in memory.
const MANIFEST_LIMIT: usize = 16 << 20;

/// A deployment as whoever registers it knows it.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) url: String,
    pub(crate) use_http_11: bool,
    /// Sent with each request.
    pub(crate) headers: Vec<(String, String)>,
}

/// Asks the deployment at `address` how it is reached, and which services it has.
///
/// # Errors
///
/// When it does not answer, or not with a manifest that this engine can use.
pub(crate) async fn discover(
    address: Address,
) -> Result<(Connection, Vec<ServiceManifest>), RemoteError> {
    let Address { url, use_http_11, headers } = address;
    let mut connection = Connection {
        uri: RemoteUrl::parse(&url)?.url().into(),
        use_http_11,
        headers,
        mode: ProtocolMode::BidiStream,
        min_protocol: 0,
        max_protocol: 0,
        sdk: None,
    };
    let client = RemoteClient::new(connection.clone())?;
    let asked = timeout(TIMEOUT, ask(&client)).await;
    let asked = asked.map_err(|_| RemoteError::Timeout { what: "manifest", limit: TIMEOUT })?;
    let Described { body, sdk } = asked?;
    let manifest = Manifest::read(&body).map_err(RemoteError::Manifest)?;
    content_type(manifest.min_protocol, manifest.max_protocol)?;
    connection.mode = manifest.mode;
    connection.min_protocol = manifest.min_protocol;
    connection.max_protocol = manifest.max_protocol;
    connection.sdk = sdk;
    Ok((connection, manifest.services))
}

struct Described {
    body: Vec<u8>,
    sdk: Option<String>,
}

async fn ask(client: &RemoteClient) -> Result<Described, RemoteError> {
    let mut request = client.get("/discover")?;
    request.headers_mut().insert(ACCEPT, MANIFESTS);
    let (head, body) = get(client, request).await?;
    if head.status != StatusCode::OK {
        let shown = &body[..body.len().min(SHOWN)];
        let body = String::from_utf8_lossy(shown).trim().to_owned();
        return Err(RemoteError::Status { status: head.status, body });
    }
    let sdk = head.headers.get("x-restate-server");
    let sdk = sdk.and_then(|sdk| sdk.to_str().ok()).map(str::to_owned);
    Ok(Described { body, sdk })
}

async fn get(
    client: &RemoteClient,
    request: Request<()>,
) -> Result<(hyper::http::response::Parts, Vec<u8>), RemoteError> {
    let lost = |error: h2::Error| RemoteError::Lost { reason: RemoteError::text(&error) };
    let mut stream = client.send(request).await?;
    stream.body.send_data(Bytes::new(), true).map_err(lost)?;
    let (head, mut incoming) = stream.response.await.map_err(lost)?.into_parts();
    let mut body = Vec::new();
    while let Some(chunk) = poll_fn(|cx| incoming.poll_data(cx)).await {
        let chunk = chunk.map_err(lost)?;
        if body.len() + chunk.len() > MANIFEST_LIMIT {
            return Err(RemoteError::ManifestTooLong { limit: MANIFEST_LIMIT });
        }
        drop(incoming.flow_control().release_capacity(chunk.len()));
        body.extend_from_slice(&chunk);
    }
    Ok((head, body))
}
