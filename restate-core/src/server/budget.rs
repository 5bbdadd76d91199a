use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// An amount of something that many share.
#[derive(Debug)]
pub(super) struct Budget {
    available: AtomicUsize,
}

impl Budget {
    pub(super) fn new(amount: usize) -> Arc<Self> {
        Arc::new(Self { available: AtomicUsize::new(amount) })
    }

    /// Takes a share; `None` if less than `amount` is left.
    pub(super) fn take(self: &Arc<Self>, amount: usize) -> Option<Share> {
        let mut share = Share { budget: Arc::clone(self), amount: 0 };
        share.grow(amount).then_some(share)
    }
}

/// A part of a [`Budget`], given back when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    amount: usize,
}

impl Share {
    /// Takes more; false, and nothing is taken, if less than `amount` is left.
    pub(super) fn grow(&mut self, amount: usize) -> bool {
        let take = |available: usize| available.checked_sub(amount);
        // Only the number is shared: no other memory is read after it.
        let taken =
            self.budget.available.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        self.amount += if taken { amount } else { 0 };
        taken
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.available.fetch_add(self.amount, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_come_out_of_one_budget_and_go_back() {
        let budget = Budget::new(10);
        let mut first = budget.take(6).unwrap();
        assert!(budget.take(5).is_none());
        let second = budget.take(4).unwrap();
        assert!(!first.grow(1));
        drop(second);
        assert!(first.grow(4));
        assert!(budget.take(1).is_none());
        drop(first);
        assert!(budget.take(10).is_some());
    }
}
