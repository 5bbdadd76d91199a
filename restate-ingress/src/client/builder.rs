//! The builder of clients.

use std::{fmt, sync::Arc, time::Duration};

use hyper::{
    HeaderMap, Uri,
    header::{AUTHORIZATION, HeaderValue},
};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};

use restate_core::RetryPolicy;

use super::IngressClient;
use crate::{
    build_error::IngressClientBuildError,
    exchange::{Exchange, Nodes, header},
    transport::{Connector, Security, TlsSettings},
};

/// Settings of an [`IngressClient`]; [`build`](Self::build) checks them.
///
/// ```
/// use std::time::Duration;
/// use restate_ingress::{IngressClient, RetryPolicy};
///
/// let ingress = IngressClient::builder("http://127.0.0.1:8080")
///     .admin("http://127.0.0.1:9070")
///     .bearer_token("secret")
///     .header("x-tenant", "pets")
///     .call_timeout(Duration::from_secs(60))
///     .retry_policy(RetryPolicy::new().max_attempts(3))
///     .build()?;
/// # Ok::<_, restate_ingress::IngressClientBuildError>(())
/// ```
#[must_use = "no client exists until `build`"]
#[derive(Clone)]
pub struct IngressClientBuilder {
    nodes: Vec<String>,
    admin: Option<String>,
    token: Option<String>,
    admin_token: Option<String>,
    headers: Vec<(String, String)>,
    retry_policy: RetryPolicy,
    connect_timeout: Duration,
    request_timeout: Duration,
    call_timeout: Option<Duration>,
    response_limit: usize,
    tls: TlsSettings,
}

impl IngressClientBuilder {
    pub(crate) fn new(ingress: String) -> Self {
        Self {
            nodes: vec![ingress],
            admin: None,
            token: None,
            admin_token: None,
            headers: Vec::new(),
            retry_policy: RetryPolicy::new(),
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            call_timeout: None,
            response_limit: 32 * 1024 * 1024,
            tls: TlsSettings::default(),
        }
    }

    /// Adds the ingress of another node of the same cluster. The nodes take turns.
    ///
    /// A request goes to the next node if there is no connection to the first, as nothing was sent then.
    /// A node that could not be reached is left out for 5 s, unless no other can be reached either.
    pub fn node(mut self, address: impl Into<String>) -> Self {
        self.nodes.push(address.into());
        self
    }

    /// Sets the address of the admin interface, such as `http://127.0.0.1:9070`; needed to cancel
    /// invocations.
    pub fn admin(mut self, address: impl Into<String>) -> Self {
        self.admin = Some(address.into());
        self
    }

    /// Sends `authorization: Bearer <token>` with every request; to the admin interface only if there is
    /// no [`admin_token`](Self::admin_token).
    pub fn bearer_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sends `authorization: Bearer <token>` with every request to the admin interface.
    pub fn admin_token(mut self, token: impl Into<String>) -> Self {
        self.admin_token = Some(token.into());
        self
    }

    /// Sends a header with every request, except with calls that have a header of the same name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets how requests are retried that are safe to retry; see the
    /// [crate documentation](crate#retries).
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// Limits how long opening a connection takes, with the TLS handshake; 5 s by default.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Limits how long a request takes, with its retries, if it does not wait for a handler: one-way
    /// calls, outputs, cancellations, awakeables and signals. 30 s by default.
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.request_timeout = limit;
        self
    }

    /// Limits how long a request waits for the result of a handler, with its retries; no limit by
    /// default.
    ///
    /// The invocation continues when the request has timed out.
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = Some(limit);
        self
    }

    /// Sets the maximum length of a response, in bytes; 32 MiB by default.
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// Uses this configuration for `https://` addresses, instead of the default certificate
    /// authorities. It must not set ALPN protocols.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, config: rustls::ClientConfig) -> Self {
        self.tls = TlsSettings(Some(config));
        self
    }

    /// Builds the client. It connects at the first call.
    ///
    /// # Errors
    ///
    /// When an address or a header is invalid, or no certificate authorities are configured for
    /// `https://`.
    pub fn build(self) -> Result<IngressClient, IngressClientBuildError> {
        let nodes = self.nodes.iter().map(|node| address(node)).collect::<Result<Vec<_>, _>>()?;
        let admin = self.admin.as_deref().map(address).transpose()?;
        let headers = self.default_headers()?;
        let admin_token = self.admin_token.as_deref().map(bearer).transpose()?;
        let security = security(nodes.iter().chain(&admin));
        let transport = self.tls.transport(security)?;
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(Connector { transport, limit: self.connect_timeout });
        Ok(IngressClient::new_over(Arc::new(Exchange {
            http,
            nodes: Nodes::new(nodes),
            admin,
            admin_token,
            headers,
            retry_policy: self.retry_policy,
            request_timeout: self.request_timeout,
            call_timeout: self.call_timeout,
            response_limit: self.response_limit,
        })))
    }

    fn default_headers(&self) -> Result<HeaderMap, IngressClientBuildError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let (name, value) = header(name, value)
                .map_err(|reason| IngressClientBuildError::InvalidHeader { reason })?;
            headers.insert(name, value);
        }
        if let Some(token) = &self.token {
            headers.insert(AUTHORIZATION, bearer(token)?);
        }
        Ok(headers)
    }
}

fn bearer(token: &str) -> Result<HeaderValue, IngressClientBuildError> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| {
        let message = "the bearer token contains control characters; remove them";
        IngressClientBuildError::InvalidHeader { reason: message.to_owned() }
    })?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for IngressClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IngressClientBuilder")
            .field("nodes", &self.nodes)
            .field("admin", &self.admin)
            .finish_non_exhaustive()
    }
}

/// Checks an address, and removes the slash at its end.
fn address(given: &str) -> Result<String, IngressClientBuildError> {
    let refused =
        |reason| IngressClientBuildError::InvalidAddress { address: given.to_owned(), reason };
    let uri: Uri = given.parse().map_err(|_| refused("is not a URL"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(refused(
            "has no scheme `http` or `https`; write it as `http://127.0.0.1:8080`",
        ));
    }
    if given.contains(['?', '#']) {
        return Err(refused("has a query or a fragment; remove it"));
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(refused("has a user name; authenticate with `bearer_token(..)` or a header"));
    }
    Ok(given.trim_end_matches('/').to_owned())
}

fn security<'a>(mut addresses: impl Iterator<Item = &'a String>) -> Security {
    let is_tls = |address: &String| {
        address.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
    };
    if addresses.any(is_tls) { Security::Tls } else { Security::Plain }
}
