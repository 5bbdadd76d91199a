//! Where a deployment is, and how it is reached.

use std::fmt;

/// The URL of a deployment, such as `http://localhost:9080`, and how it is reached.
///
/// ```
/// use restate_embedded::{DeploymentAddress, Engine};
///
/// let plain = Engine::builder().deployment("http://localhost:9080");
/// let more = Engine::builder().deployment(
///     DeploymentAddress::new("http://localhost:9080").use_http_11().header("x-team", "a"),
/// );
/// # let _ = (plain, more);
/// ```
#[derive(Clone)]
pub struct DeploymentAddress {
    pub(crate) url: String,
    pub(crate) use_http_11: bool,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) metadata: Vec<(String, String)>,
}

impl DeploymentAddress {
    /// The deployment at this URL, over HTTP/2.
    pub fn new(url: impl Into<String>) -> Self {
        let (headers, metadata) = (Vec::new(), Vec::new());
        Self { url: url.into(), use_http_11: false, headers, metadata }
    }

    /// Reaches it over HTTP/1.1: an attempt that waits for something suspends at once, and goes on with
    /// another request.
    #[must_use]
    pub fn use_http_11(mut self) -> Self {
        self.use_http_11 = true;
        self
    }

    /// Sends this header with each request, such as `authorization`. It is stored, and never shown.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into().to_ascii_lowercase(), value.into()));
        self
    }

    /// Shows this name and value with the deployment, such as the commit that it was built from.
    #[must_use]
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((name.into(), value.into()));
        self
    }
}

impl<T: Into<String>> From<T> for DeploymentAddress {
    fn from(url: T) -> Self {
        Self::new(url)
    }
}

impl fmt::Debug for DeploymentAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeploymentAddress").field("url", &self.url).finish_non_exhaustive()
    }
}
