use std::collections::HashSet;

use restate_sdk_shared_core::{NotificationHandle, UnresolvedFuture};

use crate::wire::protocol::Combinator;

/// Durable operations that are awaited together, such as those of a `select!`.
///
/// An attempt that suspends tells the engine about them, so that it is not resumed before they are
/// complete together.
#[derive(Default)]
pub(super) struct Groups(Vec<(Combinator, Vec<NotificationHandle>)>);

impl Groups {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, combinator: Combinator, handles: Vec<NotificationHandle>) {
        self.0.push((combinator, handles));
    }

    /// Moves grouped handles out of those that are awaited, and forgets groups that are not awaited any
    /// more.
    pub(super) fn take_from(
        &mut self,
        awaited: &mut Vec<NotificationHandle>,
    ) -> Vec<UnresolvedFuture> {
        let mut together = Vec::new();
        if self.0.is_empty() {
            return together;
        }
        let mut waiting: HashSet<_> = awaited.iter().copied().collect();
        self.0.retain(|(combinator, members)| {
            let members = members.iter().filter(|member| waiting.remove(member));
            let members: Vec<_> = members.copied().map(UnresolvedFuture::Single).collect();
            let is_waited_for = !members.is_empty();
            if is_waited_for {
                together.push(combined(*combinator, members));
            }
            is_waited_for
        });
        awaited.retain(|handle| waiting.contains(handle));
        together
    }
}

fn combined(combinator: Combinator, futures: Vec<UnresolvedFuture>) -> UnresolvedFuture {
    match combinator {
        Combinator::Unknown | Combinator::FirstCompleted => {
            UnresolvedFuture::FirstCompleted(futures)
        }
        Combinator::AllCompleted => UnresolvedFuture::AllCompleted(futures),
        Combinator::FirstSucceededOrAllFailed => {
            UnresolvedFuture::FirstSucceededOrAllFailed(futures)
        }
        Combinator::AllSucceededOrFirstFailed => {
            UnresolvedFuture::AllSucceededOrFirstFailed(futures)
        }
    }
}
