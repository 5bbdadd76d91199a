//! Asks a deployment which services it has.

use std::time::Duration;

use hyper::{
    StatusCode,
    header::{ACCEPT, HeaderValue},
};
use tokio::time::timeout;

use super::{
    address::DeploymentAddress,
    client::{RemoteClient, check_protocols},
    error::RemoteError,
    response::SHOWN,
    security::Security,
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

/// Asks the deployment at `address` how it is reached, and which services it has.
///
/// # Errors
///
/// When it does not answer, or not with a manifest that this engine can use.
pub(crate) async fn discover(
    address: DeploymentAddress,
    security: &Security,
) -> Result<(Connection, Vec<ServiceManifest>), RemoteError> {
    let DeploymentAddress { url, use_http_11, headers, metadata } = address;
    let mut connection = Connection {
        uri: RemoteUrl::parse(&url)?.url().into(),
        use_http_11,
        headers,
        metadata,
        mode: ProtocolMode::BidiStream,
        min_protocol: 0,
        max_protocol: 0,
        sdk: None,
    };
    let client = RemoteClient::new(connection.clone(), security.clone())?;
    let asked = timeout(TIMEOUT, ask(&client)).await;
    let asked = asked.map_err(|_| RemoteError::Timeout { what: "manifest", limit: TIMEOUT })?;
    let Described { body, sdk } = asked?;
    let manifest = Manifest::read(&body).map_err(RemoteError::Manifest)?;
    connection.mode = match use_http_11 {
        // It has no second direction while a request is under way.
        true => ProtocolMode::RequestResponse,
        false => manifest.mode,
    };
    connection.min_protocol = manifest.min_protocol;
    connection.max_protocol = manifest.max_protocol;
    check_protocols(&connection)?;
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
    let (head, body) = client.fetch(request, MANIFEST_LIMIT).await?;
    if head.status != StatusCode::OK {
        let shown = &body[..body.len().min(SHOWN)];
        let body = String::from_utf8_lossy(shown).trim().to_owned();
        return Err(RemoteError::Status { status: head.status, body });
    }
    let sdk = head.headers.get("x-restate-server");
    let sdk = sdk.and_then(|sdk| sdk.to_str().ok()).map(str::to_owned);
    Ok(Described { body, sdk })
}
