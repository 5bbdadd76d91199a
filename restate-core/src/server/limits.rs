use std::time::Duration;

/// Bounds on what the clients of a server can make it hold: connections, requests and memory.
///
/// ```
/// use std::time::Duration;
/// use restate_core::server::HttpLimits;
///
/// let limits = HttpLimits::new().connections(500).header_timeout(Duration::from_secs(5));
/// # let _ = limits;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "limits have an effect when a server is built with them"]
pub struct HttpLimits {
    pub(super) connections: usize,
    pub(super) requests: usize,
    pub(super) request_memory: usize,
    pub(super) header_timeout: Duration,
    pub(super) body_timeout: Duration,
    pub(super) idle_timeout: Duration,
}

impl HttpLimits {
    /// The default limits.
    pub const fn new() -> Self {
        Self {
            connections: 10_000,
            requests: 10_000,
            request_memory: 256 << 20,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(120),
            idle_timeout: Duration::from_secs(300),
        }
    }

    /// How many connections are open at a time; 10,000 by default. Another one is answered with
    /// status 503 and `retry-after`, and closed.
    pub const fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// How many requests are in flight at a time; 10,000 by default. Another one is answered with
    /// status 503 and `retry-after`. A call that waits for its result is in flight.
    pub const fn requests(mut self, requests: usize) -> Self {
        self.requests = requests;
        self
    }

    /// How many bytes the bodies take up that are being received, all together; 256 MiB by default
    /// for the embedded engine, and 1 GiB for an endpoint. A request that goes beyond it is answered
    /// with status 503 and `retry-after`. The first 64 KiB of a body do not count.
    pub const fn request_memory(mut self, bytes: usize) -> Self {
        self.request_memory = bytes;
        self
    }

    /// How long a client may take for the TLS handshake, the HTTP/2 preface and the headers of a
    /// request; 30 s by default. The connection is closed then.
    pub const fn header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = timeout;
        self
    }

    /// How long a client may take for the body of a request; 2 min by default. It is answered with
    /// status 408 then. Does not apply to attempts whose request stays open (HTTP/2).
    pub const fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// How long a connection stays open without a request in flight; 5 min by default.
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self::new()
    }
}
