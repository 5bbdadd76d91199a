//! Versions of the discovery manifest.

use http::{HeaderMap, HeaderValue, header};

/// A version of the discovery manifest; each adds fields to the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ManifestVersion {
    V2 = 2,
    V3 = 3,
    V4 = 4,
}

impl ManifestVersion {
    /// The newest version that `headers` accept.
    ///
    /// # Errors
    ///
    /// The `accept` headers, when they accept no version.
    pub(crate) fn negotiate(headers: &HeaderMap) -> Result<Self, String> {
        let mut accepted = headers.get_all(header::ACCEPT).iter().peekable();
        // The oldest version, which every server reads.
        if accepted.peek().is_none() {
            return Ok(Self::V2);
        }
        let asked: Vec<_> =
            accepted.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        let asked = asked.join(", ");
        asked.split(',').filter_map(Self::of).max().ok_or(asked)
    }

    fn of(media_range: &str) -> Option<Self> {
        let end = media_range.find(';').unwrap_or(media_range.len());
        let media_type = media_range[..end].trim();
        [Self::V4, Self::V3, Self::V2].into_iter().find(|version| {
            matches!(media_type, "*/*" | "application/*") || version.name() == media_type
        })
    }

    pub(crate) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }

    fn name(self) -> &'static str {
        match self {
            Self::V2 => "application/vnd.restate.endpointmanifest.v2+json",
            Self::V3 => "application/vnd.restate.endpointmanifest.v3+json",
            Self::V4 => "application/vnd.restate.endpointmanifest.v4+json",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn negotiate(accept: &'static str) -> Result<ManifestVersion, String> {
        let headers = [(header::ACCEPT, HeaderValue::from_static(accept))];
        ManifestVersion::negotiate(&headers.into_iter().collect())
    }

    #[test]
    fn the_newest_that_both_know_is_taken() {
        let asked = "application/vnd.restate.endpointmanifest.v2+json, \
                     application/vnd.restate.endpointmanifest.v3+json;q=0.5, \
                     application/vnd.restate.endpointmanifest.v9+json";
        assert_eq!(negotiate(asked), Ok(ManifestVersion::V3));
        assert_eq!(negotiate("*/*"), Ok(ManifestVersion::V4));
    }

    #[test]
    fn a_server_that_does_not_say_gets_the_oldest() {
        assert_eq!(ManifestVersion::negotiate(&HeaderMap::new()), Ok(ManifestVersion::V2));
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(
            negotiate("text/html, application/json").unwrap_err(),
            "text/html, application/json"
        );
    }
}
