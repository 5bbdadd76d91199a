use std::{error::Error, fmt};

use http::{
    HeaderMap, Method, Request, Response, StatusCode, Uri,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
        ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue, ORIGIN, VARY,
    },
};
/// What a browser says about the page that sends a request; pages cannot change it.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A page of the internet that calls a private address has to be allowed to.
const REQUEST_PRIVATE: HeaderName =
    HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// For how many seconds a browser may remember the answer to a preflight; some allow no more.
const MAX_AGE: &str = "600";

/// The origins whose pages may send requests and read the responses, besides the server's own.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    allowed: Vec<String>,
    exposed: &'static str,
}

/// Who sends a request, by what a browser says about the page.
#[derive(Clone, Debug)]
pub enum PageOrigin {
    /// A page of an origin that is allowed.
    Page(HeaderValue),
    /// A page of the server's own origin, or a program that is not a browser.
    Other,
}

impl Origins {
    /// These origins, such as `https://app.example.com`, or `*` for every one. Their pages may read the
    /// headers `exposed` of responses, a list with commas, besides `content-type`.
    ///
    /// # Errors
    ///
    /// The first that is not an origin.
    pub fn new(allowed: Vec<String>, exposed: &'static str) -> Result<Self, String> {
        match allowed.iter().find(|origin| *origin != "*" && !is_origin(origin)) {
            Some(invalid) => Err(invalid.clone()),
            None => Ok(Self { allowed, exposed }),
        }
    }

    /// Who sends a request to `host`.
    ///
    /// # Errors
    ///
    /// When it is a page of an origin that is not allowed.
    pub fn check<B>(&self, request: &Request<B>, host: &str) -> Result<PageOrigin, ForeignPage> {
        let headers = request.headers();
        if let Some(origin) = headers.get(ORIGIN) {
            let text = String::from_utf8_lossy(origin.as_bytes());
            return match () {
                () if self.allows(&text) => Ok(PageOrigin::Page(origin.clone())),
                () if is_at(&text, host) => Ok(PageOrigin::Other),
                () => Err(not_allowed(&format!("origin `{text}`"))),
            };
        }
        // Browsers send no origin for images, scripts, frames and links.
        match headers.get(FETCH_SITE).map(HeaderValue::as_bytes) {
            Some(b"cross-site" | b"same-site") if !self.allows_all() => {
                Err(not_allowed("another origin"))
            }
            _ => Ok(PageOrigin::Other),
        }
    }

    /// The response to a preflight, with which a browser asks before it sends the real request.
    pub fn preflight<B>(&self, request: &Request<B>, sender: &PageOrigin) -> Option<Response<()>> {
        let (PageOrigin::Page(_), &Method::OPTIONS) = (sender, request.method()) else {
            return None;
        };
        let asked = request.headers();
        asked.get(ACCESS_CONTROL_REQUEST_METHOD)?;
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        self.allow(sender, headers);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
        // Handlers see the headers of a request, so which ones are useful is not known here.
        if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
        if let Some(asked) = asked.get(REQUEST_PRIVATE) {
            headers.insert(ALLOW_PRIVATE, asked.clone());
        }
        Some(response)
    }

    /// Lets the page that has sent a request read the response with these headers.
    pub fn allow(&self, sender: &PageOrigin, headers: &mut HeaderMap) {
        if self.allowed.is_empty() {
            return;
        }
        if !self.allows_all() {
            headers.append(VARY, HeaderValue::from_static("origin"));
        }
        if let PageOrigin::Page(origin) = sender {
            let any = HeaderValue::from_static("*");
            let origin = if self.allows_all() { any } else { origin.clone() };
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(self.exposed));
        }
    }

    fn allows(&self, origin: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin))
    }

    fn allows_all(&self) -> bool {
        self.allowed.iter().any(|allowed| allowed == "*")
    }
}

fn is_origin(text: &str) -> bool {
    let uri: Option<Uri> = text.parse().ok();
    let scheme = uri.as_ref().and_then(Uri::scheme_str);
    let authority = uri.as_ref().and_then(Uri::authority);
    let (Some(scheme @ ("http" | "https")), Some(authority)) = (scheme, authority) else {
        return false;
    };
    format!("{scheme}://{authority}").eq_ignore_ascii_case(text)
}

/// Whether a page of `origin` comes from `host`, which the request is addressed to. The scheme is not
/// compared, as a proxy may have terminated TLS.
fn is_at(origin: &str, host: &str) -> bool {
    let at = origin.split_once("://").map_or("", |(_, authority)| authority);
    !at.is_empty() && at.eq_ignore_ascii_case(host)
}

fn not_allowed(origin: &str) -> ForeignPage {
    ForeignPage { origin: origin.to_owned() }
}

/// A page has sent a request that its origin may not send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignPage {
    origin: String,
}

impl fmt::Display for ForeignPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a web page of {} has sent this request, and may not", self.origin)
    }
}

impl Error for ForeignPage {}
