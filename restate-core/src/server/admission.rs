use std::{sync::Arc, time::Duration};

use super::{
    HttpLimits,
    budget::{Budget, Share},
};

/// What every body may have without taking it out of the shared memory: most are smaller, and cost
/// no atomic operation then. The limit of requests bounds it.
const FREE: usize = 64 << 10;

/// Admits connections, requests and bodies to a server, or to several that share their limits.
#[derive(Clone, Debug)]
pub struct Admission {
    limits: HttpLimits,
    connections: Arc<Budget>,
    requests: Arc<Budget>,
    memory: Arc<Budget>,
}

/// A connection or a request that was admitted, until it is dropped.
#[derive(Debug)]
pub struct Admitted {
    _share: Share,
}

impl Admission {
    /// Admits what these limits allow.
    pub fn new(limits: HttpLimits) -> Self {
        Self {
            limits,
            connections: Budget::new(limits.connections),
            requests: Budget::new(limits.requests),
            memory: Budget::new(limits.request_memory),
        }
    }

    /// Admits a connection; `None` if there are too many.
    pub(super) fn connection(&self) -> Option<Admitted> {
        self.connections.take(1).map(|share| Admitted { _share: share })
    }

    /// Admits a request; `None` if there are too many.
    pub fn request(&self) -> Option<Admitted> {
        self.requests.take(1).map(|share| Admitted { _share: share })
    }

    /// Admits a body, byte by byte as it arrives.
    pub fn body(&self) -> AdmittedBody {
        AdmittedBody { memory: Arc::clone(&self.memory), received: 0, share: None }
    }

    /// How long a client may take for a handshake or the headers of a request.
    pub fn header_timeout(&self) -> Duration {
        self.limits.header_timeout
    }

    /// How long a client may take for the body of a request.
    pub fn body_timeout(&self) -> Duration {
        self.limits.body_timeout
    }

    /// How long a connection stays open without a request in flight.
    pub fn idle_timeout(&self) -> Duration {
        self.limits.idle_timeout
    }

    pub(super) fn limits(&self) -> &HttpLimits {
        &self.limits
    }
}

/// The memory of one body, given back when it is dropped.
#[derive(Debug)]
pub struct AdmittedBody {
    memory: Arc<Budget>,
    received: usize,
    share: Option<Share>,
}

impl AdmittedBody {
    /// Takes memory for the next bytes of the body; false if too little is left.
    #[must_use = "a body that is not admitted must not be kept"]
    pub fn admit(&mut self, bytes: usize) -> bool {
        self.received += bytes;
        let counted = bytes.min(self.received.saturating_sub(FREE));
        if counted == 0 {
            return true;
        }
        if let Some(share) = &mut self.share {
            return share.grow(counted);
        }
        self.share = self.memory.take(counted);
        self.share.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_one_budget() {
        let admission = Admission::new(HttpLimits::new().request_memory(100));
        let (mut first, mut second) = (admission.body(), admission.body());
        assert!(first.admit(FREE + 60));
        assert!(second.admit(FREE));
        assert!(!second.admit(41));
        drop(first);
        assert!(second.admit(41));
    }

    #[test]
    fn requests_are_admitted_up_to_their_limit() {
        let admission = Admission::new(HttpLimits::new().requests(1));
        let request = admission.request().unwrap();
        assert!(admission.clone().request().is_none());
        drop(request);
        assert!(admission.request().is_some());
    }
}
