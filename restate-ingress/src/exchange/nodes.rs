//! The nodes that a client sends its requests to.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::Instant;

/// How long a node is left out that could not be reached. Bounds how many requests wait for a
/// connection that nothing answers: one in this time.
const LEFT_OUT: Duration = Duration::from_secs(5);

/// The nodes of a cluster, whose ingresses take turns.
#[derive(Debug)]
pub(crate) struct Nodes {
    nodes: Vec<Node>,
    turn: AtomicUsize,
}

/// The ingress of one node.
#[derive(Debug)]
pub(crate) struct Node {
    /// Without a slash at its end.
    address: String,
    left_out_until: Mutex<Option<Instant>>,
}

impl Nodes {
    /// Nodes at these addresses, of which there is at least one.
    pub(crate) fn new(addresses: Vec<String>) -> Self {
        let node = |address| Node { address, left_out_until: Mutex::default() };
        Self { nodes: addresses.into_iter().map(node).collect(), turn: AtomicUsize::new(0) }
    }

    /// The nodes in the order in which one request tries them: first those that can be reached.
    pub(crate) fn in_turn(&self, now: Instant) -> impl Iterator<Item = &Node> {
        let first = match self.nodes.len() {
            1 => 0,
            count => self.turn.fetch_add(1, Ordering::Relaxed) % count,
        };
        let (after, before) = (&self.nodes[first..], &self.nodes[..first]);
        let mut left_out = Vec::new();
        let mut reachable = Vec::with_capacity(self.nodes.len());
        for node in after.iter().chain(before) {
            let is_first = reachable.is_empty();
            if node.is_left_out(now, is_first) { left_out.push(node) } else { reachable.push(node) }
        }
        reachable.into_iter().chain(left_out)
    }
}

impl Node {
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The node has accepted a connection.
    pub(crate) fn reached(&self) {
        *self.left_out_until.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The node has not accepted a connection.
    pub(crate) fn not_reached(&self, now: Instant) {
        let until = now.checked_add(LEFT_OUT);
        *self.left_out_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }

    /// Whether the node comes after the others. When its time is over, one request tries it
    /// (`is_tried`), and the others go on without it until that has reached it.
    fn is_left_out(&self, now: Instant, is_tried: bool) -> bool {
        let mut until = self.left_out_until.lock().unwrap_or_else(PoisonError::into_inner);
        match *until {
            None => false,
            Some(time) if time <= now && is_tried => {
                *until = now.checked_add(LEFT_OUT);
                false
            }
            Some(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(nodes: &Nodes, now: Instant) -> String {
        nodes.in_turn(now).map(Node::address).collect()
    }

    fn nodes() -> Nodes {
        Nodes::new(["a", "b", "c"].map(str::to_owned).into())
    }

    #[test]
    fn nodes_take_turns() {
        let (nodes, now) = (nodes(), Instant::now());
        let orders: Vec<_> = (0..4).map(|_| order(&nodes, now)).collect();
        assert_eq!(orders, ["abc", "bca", "cab", "abc"]);
    }

    #[test]
    fn a_node_that_was_not_reached_comes_last_and_is_tried_once_in_a_while() {
        let (nodes, now) = (nodes(), Instant::now());
        nodes.nodes[1].not_reached(now);
        let orders: Vec<_> = (0..3).map(|_| order(&nodes, now)).collect();
        assert_eq!(orders, ["acb", "cab", "cab"]);
        let later = now + LEFT_OUT;
        let orders: Vec<_> = (0..6).map(|_| order(&nodes, later)).collect();
        assert_eq!(orders, ["acb", "bca", "cab", "acb", "cab", "cab"]);
        nodes.nodes[1].reached();
        let orders: Vec<_> = (0..2).map(|_| order(&nodes, later)).collect();
        assert_eq!(orders, ["abc", "bca"]);
    }

    #[test]
    fn nodes_that_were_all_not_reached_are_still_tried() {
        let (nodes, now) = (nodes(), Instant::now());
        nodes.nodes.iter().for_each(|node| node.not_reached(now));
        assert_eq!(order(&nodes, now), "abc");
    }
}
