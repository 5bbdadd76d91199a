//! The route of a request, taken from the end of its path, because an endpoint may be mounted under
//! any prefix.

/// The route of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    Health,
    Discover,
    Metrics,
    Invoke { service: &'a str, handler: &'a str },
    Unknown,
}

impl<'a> Route<'a> {
    pub(crate) fn of(path: &'a str) -> Self {
        let mut segments = path.rsplit('/');
        let last = segments.next().unwrap_or_default();
        match (segments.next(), segments.next()) {
            // Checked first, because a handler may be called `health` or `discover`.
            (Some(service), Some("invoke")) if !service.is_empty() && !last.is_empty() => {
                Self::Invoke { service, handler: last }
            }
            _ => match last {
                "health" => Self::Health,
                "discover" => Self::Discover,
                "metrics" => Self::Metrics,
                _ => Self::Unknown,
            },
        }
    }

    /// The path as the server signs it: without the prefix that the endpoint is mounted under.
    #[cfg_attr(not(feature = "request-identity"), expect(dead_code))]
    pub(crate) fn signed_path(self, path: &'a str) -> &'a str {
        let length = match self {
            Self::Health => "/health".len(),
            Self::Discover => "/discover".len(),
            Self::Metrics => "/metrics".len(),
            Self::Invoke { service, handler } => "/invoke//".len() + service.len() + handler.len(),
            Self::Unknown => path.len(),
        };
        &path[path.len().saturating_sub(length)..]
    }

    /// The allowed methods, the main one first.
    pub(crate) fn methods(self) -> &'static [http::Method] {
        match self {
            Self::Health | Self::Discover | Self::Metrics => {
                &[http::Method::GET, http::Method::HEAD]
            }
            Self::Invoke { .. } => &[http::Method::POST],
            Self::Unknown => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_matched_by_its_end() {
        let invoke = Route::Invoke { service: "greeter.v1.Greeter", handler: "Greet" };
        assert_eq!(Route::of("/invoke/greeter.v1.Greeter/Greet"), invoke);
        assert_eq!(Route::of("/a/b/invoke/greeter.v1.Greeter/Greet"), invoke);
        assert_eq!(Route::of("/discover"), Route::Discover);
        assert_eq!(Route::of("/a/discover"), Route::Discover);
        assert_eq!(Route::of("/a/health"), Route::Health);
        assert_eq!(Route::of("/metrics"), Route::Metrics);
    }

    #[test]
    fn handlers_may_be_called_like_other_routes() {
        for handler in ["health", "discover", "metrics"] {
            let path = format!("/invoke/Greeter/{handler}");
            assert_eq!(Route::of(&path), Route::Invoke { service: "Greeter", handler });
        }
    }

    #[test]
    fn anything_else_is_unknown() {
        for path in ["", "/", "/invoke", "/invoke/Greeter", "/invoke//Greet", "/invoke/Greeter/"] {
            assert_eq!(Route::of(path), Route::Unknown, "{path}");
        }
    }

    #[test]
    fn the_signed_path_starts_after_the_mount_point() {
        let signed = |path| Route::of(path).signed_path(path);
        assert_eq!(signed("/a/invoke/Greeter/Greet"), "/invoke/Greeter/Greet");
        assert_eq!(signed("/a/discover"), "/discover");
        assert_eq!(signed("/a/b"), "/a/b");
    }
}
