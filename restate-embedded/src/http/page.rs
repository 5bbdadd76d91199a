//! The web page for operators: files that are part of the program.
//!
//! They have no data and need no token; what they show comes from the other routes of the admin interface,
//! with the token that the page asks for.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Response, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
        REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

/// Nothing but the files of this page is loaded or run, and it asks nobody but this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Headers of all files.
const HEADERS: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    // After an upgrade, the page must fit the engine.
    (CACHE_CONTROL, "no-cache"),
];

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../page/", $name)).as_slice())),*]
    };
}

const INDEX: &str = "index.html";

const FILES: &[(&str, &[u8])] = files![
    "index.html",
    "style.css",
    "icon.svg",
    "actions.js",
    "api.js",
    "calls.js",
    "curl.js",
    "deployments.js",
    "dom.js",
    "filters.js",
    "format.js",
    "health.js",
    "invocation.js",
    "invocations.js",
    "limits.js",
    "live.js",
    "main.js",
    "metrics.js",
    "objects.js",
    "playground.js",
    "rules.js",
    "schedules.js",
    "schema.js",
    "services.js",
    "sorting.js",
    "timeline.js",
    "waits.js",
];

/// Whether a request is for a file of the page, or leads there.
pub(super) fn is_of_page(method: &Method, path: &str) -> bool {
    let is_path = matches!(path, "/" | "/ui") || path.starts_with("/ui/");
    is_path && matches!(*method, Method::GET | Method::HEAD)
}

/// The response to a request for the page; `None` if it is for something else.
pub(super) fn answer(method: &Method, path: &str) -> Option<Response<Full<Bytes>>> {
    if !is_of_page(method, path) {
        return None;
    }
    let mut response = Response::new(Full::default());
    if path == "/" {
        *response.status_mut() = StatusCode::FOUND;
        response.headers_mut().insert(LOCATION, HeaderValue::from_static("/ui"));
        return Some(response);
    }
    let name = path.strip_prefix("/ui/").unwrap_or_default();
    // Each view has an address of its own, and the page shows the view of its address.
    let named = FILES.iter().find(|(file, _)| *file == name);
    let (name, bytes) = named.or_else(|| FILES.iter().find(|(file, _)| *file == INDEX))?;
    *response.body_mut() = Full::from(Bytes::from_static(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.extend(HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    Some(response)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "text/html; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::*;

    #[test]
    fn every_file_is_part_of_the_program() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/page");
        let found = fs::read_dir(directory).unwrap();
        let found: BTreeSet<String> =
            found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(found, FILES.iter().map(|(name, _)| (*name).to_owned()).collect());
    }

    #[test]
    fn views_are_the_page_and_everything_else_is_not() {
        let answer = |path| answer(&Method::GET, path);
        for (path, kind) in [
            ("/ui", "text/html; charset=utf-8"),
            ("/ui/", "text/html; charset=utf-8"),
            ("/ui/invocations/inv_1", "text/html; charset=utf-8"),
            ("/ui/main.js", "text/javascript; charset=utf-8"),
            ("/ui/style.css", "text/css; charset=utf-8"),
        ] {
            let response = answer(path).unwrap();
            assert_eq!(response.headers()[CONTENT_TYPE], kind, "{path}");
            assert_eq!(response.headers()[CONTENT_SECURITY_POLICY], POLICY);
        }
        assert_eq!(answer("/").unwrap().headers()[LOCATION], "/ui");
        for path in ["/uix", "/services", "/ui2/main.js"] {
            assert!(answer(path).is_none(), "{path}");
        }
    }
}
