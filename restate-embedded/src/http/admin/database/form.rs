//! The forms of a query's result.

use hyper::{HeaderMap, header::ACCEPT};

/// How the rows of a query are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Form {
    /// JSON for people: bytes as what they probably are. What is left out is said.
    Readable,
    /// JSON as Restate writes it: bytes in hexadecimal. Nothing is left out.
    Json,
    /// A stream of Apache Arrow. Nothing is left out.
    Arrow,
}

/// The content type of Arrow streams.
pub(in super::super) const ARROW: &str = "application/vnd.apache.arrow.stream";

impl Form {
    /// The form that a client asks for.
    ///
    /// Restate's tools ask below a version, and mean Arrow unless they say JSON. Anybody else reads JSON.
    pub(in super::super) fn asked_for(headers: &HeaderMap, is_versioned: bool) -> Self {
        let accepts = |ty: &str| {
            let mut accepted = headers.get_all(ACCEPT).iter().filter_map(|it| it.to_str().ok());
            accepted.any(|it| it.contains(ty))
        };
        if accepts(ARROW) {
            Self::Arrow
        } else if !is_versioned {
            Self::Readable
        } else if accepts("application/json") {
            Self::Json
        } else {
            Self::Arrow
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // A text has room for everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
