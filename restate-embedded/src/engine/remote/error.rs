//! Why a deployment cannot be reached, or cannot be understood.

use std::{error::Error, fmt, time::Duration};

use hyper::StatusCode;
use restate_core::{escape::Escaped, wire::framing::StreamError};

use crate::model::manifest::ManifestError;

/// What has gone wrong between the engine and a deployment, in words for whoever operates the two.
#[derive(Debug)]
pub(crate) enum RemoteError {
    Url {
        url: String,
        reason: String,
    },
    /// No connection was made. Several attempts may have waited for it.
    Connect {
        address: String,
        reason: String,
    },
    Timeout {
        what: &'static str,
        limit: Duration,
    },
    /// The connection or the stream has ended.
    Lost {
        reason: String,
    },
    Status {
        status: StatusCode,
        body: String,
    },
    ContentType {
        sent: Option<String>,
        expected: String,
    },
    Frames(StreamError),
    /// The response has ended before the attempt did.
    Ended,
    /// No version of the service protocol is spoken by both sides.
    Protocol {
        min: u32,
        max: u32,
    },
    /// The deployment has changed since the journal was written.
    JournalProtocol {
        written: u32,
        min: u32,
        max: u32,
    },
    Manifest(ManifestError),
    ManifestTooLong {
        limit: usize,
    },
    Header {
        name: String,
    },
    #[cfg(not(feature = "deployments-tls"))]
    NoTls,
    /// TLS works, and the protocol above it is another.
    #[cfg(feature = "deployments-tls")]
    Alpn {
        protocol: String,
    },
}

impl RemoteError {
    /// What another error says, with its causes.
    pub(super) fn text(error: &(dyn Error + 'static)) -> String {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text = format!("{text}: {cause_text}");
            }
            source = cause.source();
        }
        text
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { url, reason } => {
                write!(f, "`{url}` is not the URL of a deployment: {reason}")
            }
            Self::Connect { address, reason } => write!(f, "no connection to {address}: {reason}"),
            Self::Timeout { what, limit } => write!(f, "no {what} within {limit:?}"),
            Self::Lost { reason } => write!(f, "the connection was lost: {reason}"),
            Self::Status { status, body } if body.is_empty() => write!(f, "it answered {status}"),
            Self::Status { status, body } => write!(f, "it answered {status}: {}", Escaped(body)),
            Self::ContentType { sent: Some(sent), expected } => {
                let sent = Escaped(sent);
                write!(f, "it answered with content-type `{sent}`, and not with `{expected}`")
            }
            Self::ContentType { sent: None, expected } => {
                write!(f, "it answered without a content-type, and not with `{expected}`")
            }
            Self::Frames(error) => write!(f, "its response cannot be read: {error}"),
            Self::Ended => f.write_str("its response ended before the attempt did"),
            Self::Protocol { min, max } => write!(
                f,
                "it speaks versions {min} to {max} of the service protocol, and this engine 5 to 7; use \
                 an SDK that speaks one of these"
            ),
            Self::JournalProtocol { written, min, max } => write!(
                f,
                "the journal is written in version {written} of the service protocol, and the deployment speaks \
                 versions {min} to {max} by now; have it speak version {written}, or resume the invocation with \
                 `?deployment=` on one that does"
            ),
            Self::Manifest(error) => write!(f, "its discovery manifest cannot be used: {error}"),
            Self::ManifestTooLong { limit } => {
                write!(f, "its discovery manifest is longer than {limit} bytes")
            }
            Self::Header { name } => {
                write!(f, "`{}` is not a header that can be sent", Escaped(name))
            }
            #[cfg(feature = "deployments-tls")]
            Self::Alpn { protocol } => write!(
                f,
                "it does not offer `{protocol}` in its TLS handshake; serve HTTP/2 (`h2`), or register it with \
                 `\"use_http_11\": true`"
            ),
            #[cfg(not(feature = "deployments-tls"))]
            Self::NoTls => f.write_str(
                "`https://` needs the feature `deployments-tls` of restate-embedded; enable it",
            ),
        }
    }
}

impl Error for RemoteError {}
