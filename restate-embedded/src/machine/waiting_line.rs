use std::collections::VecDeque;

use crate::model::id::InvocationId;

/// Invocations in order of arrival, any of which can leave without a look at the others.
///
/// Each has a ticket, by which it is found again. Invariants: tickets grow from the first place to the
/// last; the first place is taken; at most half of the places are empty.
#[derive(Debug, Default)]
pub(super) struct WaitingLine {
    places: VecDeque<(u64, Option<InvocationId>)>,
    empty: usize,
}

impl WaitingLine {
    /// Adds an invocation at the end. Its ticket must be higher than all before.
    pub(super) fn push(&mut self, ticket: u64, id: InvocationId) {
        debug_assert!(
            self.places.back().is_none_or(|(last, _)| *last < ticket),
            "{id} gets a ticket that was given out before"
        );
        self.places.push_back((ticket, Some(id)));
    }

    /// The first invocation, and its ticket.
    pub(super) fn first(&self) -> Option<(u64, InvocationId)> {
        self.places.front().and_then(|(ticket, id)| Some((*ticket, (*id)?)))
    }

    /// Removes the first invocation.
    pub(super) fn pop_first(&mut self) -> Option<InvocationId> {
        let first = self.places.pop_front().and_then(|(_, id)| id);
        self.drop_empty_places();
        first
    }

    /// Removes the invocation with this ticket, if it is in the line.
    pub(super) fn remove(&mut self, ticket: u64) {
        let Ok(index) = self.places.binary_search_by_key(&ticket, |(one, _)| *one) else { return };
        if self.places[index].1.take().is_some() {
            self.empty += 1;
            self.drop_empty_places();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// All invocations, the first one first.
    pub(super) fn iter(&self) -> impl Iterator<Item = InvocationId> {
        self.places.iter().filter_map(|(_, id)| *id)
    }

    fn drop_empty_places(&mut self) {
        while let Some((_, None)) = self.places.front() {
            self.places.pop_front();
            self.empty -= 1;
        }
        // Moves each place once for each one that has become empty, at most.
        if self.empty * 2 > self.places.len() {
            self.places.retain(|(_, id)| id.is_some());
            self.empty = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_half_of_the_places_are_empty_whoever_leaves() {
        let id = |n| InvocationId::new(n, 0, n);
        let from_the_front: Vec<_> = (1..=64).collect();
        let from_the_back: Vec<_> = (1..=64).rev().collect();
        let from_both_sides: Vec<_> = (1..=32).flat_map(|n| [65 - n, n]).collect();
        let every_third: Vec<_> =
            (0..3).flat_map(|rest| (1..=64).filter(move |n| n % 3 == rest)).collect();
        for leaving in [from_the_front, from_the_back, from_both_sides, every_third] {
            let mut line = WaitingLine::default();
            for n in 1..=64 {
                line.push(n, id(n));
            }
            for (gone, n) in (1..).zip(leaving) {
                line.remove(n);
                let taken = line.iter().count();
                assert_eq!((taken, line.empty), (64 - gone, line.places.len() - taken));
                assert!(line.empty <= taken, "{line:?}");
                assert_eq!(line.first().map(|(_, id)| id), line.iter().next());
            }
        }
    }

    #[test]
    fn places_that_are_empty_are_kept_while_they_are_few() {
        let mut line = WaitingLine::default();
        for n in 1..=4 {
            line.push(n, InvocationId::new(n, 0, n));
        }
        // Otherwise each that leaves would move all others.
        line.remove(2);
        line.remove(3);
        assert_eq!(line.places.len(), 4);
        line.remove(4);
        assert_eq!(line.places.len(), 1);
    }

    #[test]
    fn any_member_leaves_and_the_others_keep_their_order() {
        let id = |n| InvocationId::new(n, 0, n);
        let mut line = WaitingLine::default();
        for n in 1..=100 {
            line.push(n, id(n));
        }
        for n in (1..=100).filter(|n| n % 3 != 0) {
            line.remove(n);
            line.remove(n);
        }
        line.remove(1000);
        let left: Vec<_> = (1..=33).map(|n| id(3 * n)).collect();
        assert_eq!(line.iter().collect::<Vec<_>>(), left);
        assert_eq!(line.first(), Some((3, id(3))));
        line.remove(3);
        assert_eq!(line.pop_first(), Some(id(6)));
        for n in 1..=100 {
            line.remove(n);
        }
        assert!(line.is_empty());
        assert_eq!(line.pop_first(), None);
    }
}
