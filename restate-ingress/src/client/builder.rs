//! How a client is set up.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use hyper::{
    HeaderMap, Uri,
    header::{AUTHORIZATION, HeaderValue},
};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};

use super::IngressClient;
use crate::{
    exchange::{Exchange, RetryPolicy, header},
    transport::{Connector, Security, Settings},
};

/// Settings of an [`IngressClient`].
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
/// # Ok::<_, restate_ingress::ConfigError>(())
/// ```
#[must_use = "settings do nothing until `build`"]
#[derive(Clone)]
pub struct IngressClientBuilder {
    ingress: String,
    admin: Option<String>,
    token: Option<String>,
    headers: Vec<(String, String)>,
    retry_policy: RetryPolicy,
    connect_timeout: Duration,
    request_timeout: Duration,
    call_timeout: Option<Duration>,
    response_limit: usize,
    transport: Settings,
}

impl IngressClientBuilder {
    pub(crate) fn new(ingress: String) -> Self {
        Self {
            ingress,
            admin: None,
            token: None,
            headers: Vec::new(),
            retry_policy: RetryPolicy::new(),
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            call_timeout: None,
            response_limit: 32 * 1024 * 1024,
            transport: Settings::default(),
        }
    }

    /// Address of the admin port, which cancels invocations, as `http://127.0.0.1:9070`.
    pub fn admin(mut self, address: impl Into<String>) -> Self {
        self.admin = Some(address.into());
        self
    }

    /// Sends `authorization: Bearer <token>` with every request, also to the admin port.
    pub fn bearer_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sends a header with every request, unless a call has one of the same name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// When requests are repeated that can be repeated safely.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// How long opening one connection may take, TLS included; 5 s unless set.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long to wait, with repetitions, for what the engine answers by itself: that it has
    /// accepted a one-way call, or the output that is there. 30 s unless set.
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.request_timeout = limit;
        self
    }

    /// How long to wait, with repetitions, for the result of a handler; for ever unless set.
    ///
    /// The invocation goes on when nobody waits for it any more.
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = Some(limit);
        self
    }

    /// The longest response that is read, in bytes; 32 MiB unless set.
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// Authorities and client certificates for `https://` addresses, in place of the default
    /// ones. Leave its ALPN protocols empty.
    #[cfg(feature = "tls")]
    pub fn tls_config(mut self, config: rustls::ClientConfig) -> Self {
        self.transport = Settings(Some(config));
        self
    }

    /// The client. No connection is opened before the first call.
    ///
    /// # Errors
    ///
    /// When an address or a header cannot be used, or there are no authorities for TLS.
    pub fn build(self) -> Result<IngressClient, ConfigError> {
        let ingress = address(&self.ingress)?;
        let admin = self.admin.as_deref().map(address).transpose()?;
        let headers = self.default_headers()?;
        let security = security([Some(&ingress), admin.as_ref()]);
        let transport = self.transport.transport(security)?;
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(Connector { transport, limit: self.connect_timeout });
        Ok(IngressClient::new_over(Arc::new(Exchange {
            http,
            ingress,
            admin,
            headers,
            retry_policy: self.retry_policy,
            request_timeout: self.request_timeout,
            call_timeout: self.call_timeout,
            response_limit: self.response_limit,
        })))
    }

    fn default_headers(&self) -> Result<HeaderMap, ConfigError> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let (name, value) = header(name, value).map_err(ConfigError::Header)?;
            headers.insert(name, value);
        }
        if let Some(token) = &self.token {
            let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| {
                let message = "the bearer token has control characters; leave them out";
                ConfigError::Header(message.to_owned())
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(headers)
    }
}

impl fmt::Debug for IngressClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IngressClientBuilder")
            .field("ingress", &self.ingress)
            .field("admin", &self.admin)
            .finish_non_exhaustive()
    }
}

/// Scheme, host, port and perhaps a path, without the slash at its end.
fn address(given: &str) -> Result<String, ConfigError> {
    let refused = |rule| ConfigError::Address { address: given.to_owned(), rule };
    let uri: Uri = given.parse().map_err(|_| refused("is no URL"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(refused("has no scheme; write it as `http://127.0.0.1:8080`"));
    }
    if given.contains(['?', '#']) {
        return Err(refused("has a query or a fragment; leave it out"));
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(refused("has a user; authorize with `bearer_token(..)` or a header"));
    }
    Ok(given.trim_end_matches('/').to_owned())
}

fn security<const N: usize>(addresses: [Option<&String>; N]) -> Security {
    let is_tls = |address: &String| {
        address.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
    };
    if addresses.into_iter().flatten().any(is_tls) { Security::Tls } else { Security::Plain }
}

/// Why a client cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// An address that no request can go to.
    Address {
        /// The address as it was given.
        address: String,
        /// What is wrong with it.
        rule: &'static str,
    },
    /// A header that cannot be sent, and why.
    Header(String),
    /// TLS cannot be set up, and why.
    Tls(String),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { address, rule } => write!(f, "the address `{address}` {rule}"),
            Self::Header(message) => f.write_str(message),
            Self::Tls(message) => write!(f, "TLS cannot be set up: {message}"),
        }
    }
}

impl Error for ConfigError {}
