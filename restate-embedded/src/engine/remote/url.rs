//! Where a deployment is, as its URL says.

use std::str::FromStr;

use hyper::Uri;

use super::error::RemoteError;

/// The parts of a deployment's URL.
#[derive(Clone, Debug)]
pub(crate) struct RemoteUrl {
    pub(super) is_tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
    /// The URL without a slash at its end, to which paths are added.
    base: String,
}

impl RemoteUrl {
    /// The parts of a URL such as `http://localhost:9080/prefix`.
    ///
    /// # Errors
    ///
    /// When it has another scheme, no host, or a query.
    pub(crate) fn parse(url: &str) -> Result<Self, RemoteError> {
        let wrong =
            |reason: &str| RemoteError::Url { url: url.to_owned(), reason: reason.to_owned() };
        let uri = Uri::from_str(url).map_err(|error| wrong(&error.to_string()))?;
        let is_tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong("it starts with neither `http://` nor `https://`")),
        };
        if uri.query().is_some() {
            return Err(wrong("it has a query, which would come before the paths of handlers"));
        }
        let authority = uri.authority().ok_or_else(|| wrong("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("it has a user; send credentials with `additional_headers`"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(wrong("it names no host"));
        }
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let scheme = if is_tls { "https" } else { "http" };
        let path = uri.path().trim_end_matches('/');
        Ok(Self { is_tls, host, port, base: format!("{scheme}://{authority}{path}") })
    }

    /// The URL in the form that deployments are compared by.
    pub(crate) fn url(&self) -> &str {
        &self.base
    }

    /// The URL of a path, which begins with a slash.
    pub(super) fn at(&self, path: &str) -> Result<Uri, RemoteError> {
        let url = format!("{}{path}", self.base);
        Uri::from_str(&url).map_err(|error| RemoteError::Url { url, reason: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        for (url, host, port, base) in [
            ("http://localhost:9080", "localhost", 9080, "http://localhost:9080"),
            ("http://localhost:9080/a/", "localhost", 9080, "http://localhost:9080/a"),
            ("https://example.com", "example.com", 443, "https://example.com"),
            ("http://[::1]:80/", "::1", 80, "http://[::1]:80"),
        ] {
            let parsed = RemoteUrl::parse(url).unwrap();
            assert_eq!((&*parsed.host, parsed.port, parsed.url()), (host, port, base));
        }
        let invoke = RemoteUrl::parse("http://h/a").unwrap().at("/discover").unwrap();
        assert_eq!(invoke.to_string(), "http://h/a/discover");
    }

    #[test]
    fn what_cannot_be_reached_is_refused() {
        for url in ["localhost:9080", "ftp://h", "http://", "http://h?a=b", "/a", "http://u:p@h"] {
            let error = RemoteUrl::parse(url).unwrap_err().to_string();
            assert!(error.contains(url), "{error}");
        }
    }
}
