use std::sync::Arc;

use hyper::header::{CONTENT_TYPE, HeaderName};

/// Headers that carry secrets by their definition.
const ALWAYS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// The headers that are stored only for handlers that ask for them, and never shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct SensitiveHeaders {
    /// Those that the engine was configured with.
    more: Arc<[HeaderName]>,
}

impl SensitiveHeaders {
    /// The headers that always are sensitive, and those with these names.
    ///
    /// # Errors
    ///
    /// The first name that no header can have, or that of `content-type`, without which requests cannot
    /// be read.
    pub(crate) fn with(names: Vec<String>) -> Result<Self, String> {
        let valid = |name: String| match HeaderName::try_from(&name) {
            Ok(header) if header != CONTENT_TYPE => Ok(header),
            _ => Err(name),
        };
        let more = names.into_iter().map(valid).collect::<Result<_, _>>()?;
        Ok(Self { more })
    }

    /// Whether the header with this name, in any case, is one of them.
    pub(crate) fn contains(&self, name: &str) -> bool {
        ALWAYS.iter().any(|known| known.eq_ignore_ascii_case(name))
            || self.more.iter().any(|known| known.as_str().eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_any_case_are_recognized() {
        let headers = SensitiveHeaders::with(vec!["X-Api-Key".to_owned()]).unwrap();
        for name in ["authorization", "Authorization", "COOKIE", "x-api-key", "X-API-KEY"] {
            assert!(headers.contains(name), "{name}");
        }
        assert!(!headers.contains("content-type") && !headers.contains("x-api"));
    }

    #[test]
    fn names_that_no_request_can_do_without_are_refused() {
        for name in ["Content-Type", "two words", ""] {
            let refused = SensitiveHeaders::with(vec!["x-fine".to_owned(), name.to_owned()]);
            assert_eq!(refused.unwrap_err(), name);
        }
    }
}
