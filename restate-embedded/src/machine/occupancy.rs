//! How many attempts take place on each deployment.

use std::collections::{BTreeMap, VecDeque};

use crate::model::{deployment::DeploymentId, id::InvocationId, number_map::NumberMap};

/// Counts attempts until their exchange with the deployment is over, also when their invocation has ended
/// before: what is limited is what a deployment and its connections have to carry.
///
/// Invariants: each deployment has as many attempts in `attempts` as its line says; a line with neither
/// attempts nor waiting invocations is not kept; invocations wait only while there is no room.
#[derive(Debug)]
pub(super) struct Occupancy {
    limit: usize,
    attempts: NumberMap<u64, DeploymentId>,
    lines: BTreeMap<DeploymentId, Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    attempts: usize,
    /// Attempts that may only wait, by their numbers.
    idle: BTreeMap<u64, InvocationId>,
    /// In the order in which they will be tried. Some may have ended meanwhile.
    waiting: VecDeque<InvocationId>,
}

impl Occupancy {
    /// At most this many attempts for each deployment.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), attempts: NumberMap::default(), lines: BTreeMap::new() }
    }

    /// Counts the attempt with this number, if there is room; otherwise `id` waits in line.
    pub(super) fn enter(
        &mut self,
        deployment: DeploymentId,
        attempt: u64,
        id: InvocationId,
    ) -> bool {
        let line = self.lines.entry(deployment).or_default();
        if line.attempts >= self.limit {
            line.waiting.push_back(id);
            return false;
        }
        line.attempts += 1;
        self.attempts.insert(attempt, deployment);
        true
    }

    /// An exchange is over. Returns the deployment that has room now, unless the attempt took place in
    /// this process.
    pub(super) fn leave(&mut self, attempt: u64) -> Option<DeploymentId> {
        // Those of this process are not counted.
        if self.attempts.is_empty() {
            return None;
        }
        let deployment = self.attempts.remove(&attempt)?;
        let line = self.lines.get_mut(&deployment)?;
        line.attempts -= 1;
        line.idle.remove(&attempt);
        if line.attempts == 0 && line.waiting.is_empty() {
            self.lines.remove(&deployment);
            return None;
        }
        Some(deployment)
    }

    /// An attempt only waits. True if others wait for its deployment; otherwise it is known to be idle.
    pub(super) fn is_idle(&mut self, attempt: u64, id: InvocationId) -> bool {
        let deployment = self.attempts.get(&attempt);
        let Some(line) = deployment.and_then(|it| self.lines.get_mut(it)) else { return false };
        if line.waiting.is_empty() {
            line.idle.insert(attempt, id);
        }
        !line.waiting.is_empty()
    }

    /// The oldest attempt on a deployment that was idle; it may have become active since.
    pub(super) fn pop_idle(&mut self, deployment: DeploymentId) -> Option<(u64, InvocationId)> {
        self.lines.get_mut(&deployment)?.idle.pop_first()
    }

    /// How many invocations wait for a deployment, at most: some may have ended meanwhile.
    pub(super) fn waiting(&self, deployment: DeploymentId) -> usize {
        self.lines.get(&deployment).map_or(0, |line| line.waiting.len())
    }

    /// The next invocation that waits for this deployment, if that has room. It leaves the line.
    pub(super) fn next(&mut self, deployment: DeploymentId) -> Option<InvocationId> {
        let line = self.lines.get_mut(&deployment)?;
        if line.attempts >= self.limit {
            return None;
        }
        let next = line.waiting.pop_front();
        if line.attempts == 0 && line.waiting.is_empty() {
            self.lines.remove(&deployment);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_beyond_the_limit_wait_in_order_of_arrival() {
        let mut occupancy = Occupancy::new(2);
        let (one, other) = (DeploymentId::new(1, 1), DeploymentId::new(2, 2));
        let id = |n| InvocationId::new(n, 1, 1);
        assert!(occupancy.enter(one, 1, id(1)) && occupancy.enter(one, 2, id(2)));
        assert!(!occupancy.enter(one, 3, id(3)) && !occupancy.enter(one, 3, id(4)));
        assert!(occupancy.enter(other, 3, id(5)), "each deployment has its own limit");
        assert_eq!(occupancy.next(one), None);
        assert_eq!(occupancy.leave(1), Some(one));
        assert_eq!(occupancy.next(one), Some(id(3)));
        assert!(occupancy.enter(one, 4, id(3)));
        assert_eq!(occupancy.next(one), None);
        for attempt in [2, 3, 4, 99] {
            occupancy.leave(attempt);
        }
        assert_eq!(occupancy.next(one), Some(id(4)));
        assert_eq!(occupancy.next(one), None);
        assert!(occupancy.lines.is_empty() && occupancy.attempts.is_empty());
    }
}
