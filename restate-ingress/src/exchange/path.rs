//! Paths of the ingress and of the admin interface.

use std::{fmt::Write as _, time::Duration};

use restate_core::Target;

/// An encoded path with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path(String);

/// How a result is requested.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ResultQuery {
    /// Wait until the invocation has ended.
    Attach,
    /// Do not wait.
    Output,
}

impl ResultQuery {
    fn segment(self) -> &'static str {
        match self {
            Self::Attach => "attach",
            Self::Output => "output",
        }
    }
}

impl Path {
    pub(crate) fn call(target: &Target, scope: Option<&str>) -> Self {
        match scope {
            None => Self(String::new()).target(target),
            Some(scope) => Self::segments(&["restate", "scope", scope, "call"]).target(target),
        }
    }

    pub(crate) fn send(target: &Target, scope: Option<&str>, delay: Option<Duration>) -> Self {
        let mut path = match scope {
            None => Self::call(target, None).segment("send"),
            Some(scope) => Self::segments(&["restate", "scope", scope, "send"]).target(target),
        };
        if let Some(delay) = delay {
            let millis = delay.as_nanos().div_ceil(1_000_000);
            write!(path.0, "?delay={millis}ms").expect("writing to a string succeeds");
        }
        path
    }

    /// A send with the delay in this text.
    pub(crate) fn send_after(target: &Target, scope: Option<&str>, delay: &str) -> Self {
        let mut path = Self::send(target, scope, None);
        path.0.push_str("?delay=");
        path.escape(delay, |_| false);
        path
    }

    pub(crate) fn health() -> Self {
        Self::segments(&["restate", "health"])
    }

    pub(crate) fn lookup() -> Self {
        Self::segments(&["restate", "lookup"])
    }

    pub(crate) fn invocation(id: &str, query: ResultQuery) -> Self {
        Self::segments(&["restate", "invocation", id, query.segment()])
    }

    pub(crate) fn idempotent(target: &Target, key: &str, query: ResultQuery) -> Self {
        let target = Self::segments(&["restate", "invocation"]).target(target);
        target.verbatim_segment(key).segment(query.segment())
    }

    pub(crate) fn workflow(service: &str, key: &str, query: ResultQuery) -> Self {
        Self::segments(&["restate", "workflow", service, key, query.segment()])
    }

    pub(crate) fn resolve_awakeable(id: &str) -> Self {
        Self::segments(&["restate", "awakeables", id, "resolve"])
    }

    pub(crate) fn reject_awakeable(id: &str) -> Self {
        Self::segments(&["restate", "awakeables", id, "reject"])
    }

    /// Of the admin port, not of the ingress.
    pub(crate) fn cancel(id: &str) -> Self {
        Self::segments(&["invocations", id, "cancel"])
    }

    pub(crate) fn resolve_signal(id: &str, name: &str) -> Self {
        Self::segments(&["restate", "signals", id, name, "resolve"])
    }

    pub(crate) fn reject_signal(id: &str, name: &str) -> Self {
        Self::segments(&["restate", "signals", id, name, "reject"])
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn segments(segments: &[&str]) -> Self {
        segments.iter().fold(Self(String::new()), |path, segment| path.segment(segment))
    }

    fn target(self, target: &Target) -> Self {
        let path = self.segment(target.service_name());
        let path = match target.key() {
            Some(key) => path.segment(key),
            None => path,
        };
        path.segment(target.handler_name())
    }

    /// Escapes every byte except letters, digits and `-_.~`: the unreserved characters of RFC 3986.
    fn segment(self, text: &str) -> Self {
        self.escaped(text, |_| false)
    }

    /// Keeps every byte that RFC 3986 allows in a segment: a Restate server (1.7.12) decodes other
    /// segments, but compares this one with the idempotency key as it is.
    fn verbatim_segment(self, text: &str) -> Self {
        self.escaped(text, |byte| b"!$&'()*+,;=:@".contains(&byte))
    }

    fn escaped(mut self, text: &str, is_kept: impl Fn(u8) -> bool) -> Self {
        self.0.push('/');
        self.escape(text, is_kept);
        self
    }

    fn escape(&mut self, text: &str, is_kept: impl Fn(u8) -> bool) {
        // Dots are escaped, as clients and proxies resolve segments of one or two (RFC 3986, 5.2.4).
        let is_dots = matches!(text, "." | "..");
        for byte in text.bytes() {
            match byte {
                b'.' if is_dots => self.0.push_str("%2E"),
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    self.0.push(char::from(byte));
                }
                _ if is_kept(byte) => self.0.push(char::from(byte)),
                _ => write!(self.0, "%{byte:02X}").expect("writing to a string succeeds"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_segment_with_any_characters() {
        for (key, segment) in [
            ("pete", "pete"),
            ("a/b", "a%2Fb"),
            ("50%", "50%25"),
            ("%2F", "%252F"),
            ("what?", "what%3F"),
            ("a#b", "a%23b"),
            ("a b+c", "a%20b%2Bc"),
            ("é€", "%C3%A9%E2%82%AC"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("...", "..."),
            ("a.b", "a.b"),
            ("a\r\nb\0", "a%0D%0Ab%00"),
            ("\\;=&@:", "%5C%3B%3D%26%40%3A"),
        ] {
            let target = Target::object("shop.v1.Cart", key, "Add");
            assert_eq!(Path::call(&target, None).as_str(), format!("/shop.v1.Cart/{segment}/Add"));
        }
    }

    #[test]
    fn a_scope_precedes_its_target() {
        let target = Target::object("Signup", "pete", "Run");
        let path = Path::call(&target, Some("tenant-7"));
        assert_eq!(path.as_str(), "/restate/scope/tenant-7/call/Signup/pete/Run");
        let path = Path::send(&target, Some("tenant-7"), Some(Duration::from_millis(5)));
        assert_eq!(path.as_str(), "/restate/scope/tenant-7/send/Signup/pete/Run?delay=5ms");
    }

    #[test]
    fn an_idempotency_key_keeps_the_characters_of_a_segment() {
        let target = Target::object("S", "k:1", "h");
        for (key, segment) in [("order:7", "order:7"), ("(a+b)@c", "(a+b)@c"), ("a/b%", "a%2Fb%25")]
        {
            let path = Path::idempotent(&target, key, ResultQuery::Output);
            let expected = format!("/restate/invocation/S/k%3A1/h/{segment}/output");
            assert_eq!(path.as_str(), expected);
        }
    }

    #[test]
    fn a_delay_is_in_milliseconds_rounded_up() {
        let target = Target::service("S", "h");
        for (nanos, millis) in
            [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2), (1_500_000_000, 1500)]
        {
            let path = Path::send(&target, None, Some(Duration::from_nanos(nanos)));
            assert_eq!(path.as_str(), format!("/S/h/send?delay={millis}ms"));
        }
    }
}
