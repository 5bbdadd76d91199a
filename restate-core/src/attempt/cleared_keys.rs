//! The keys of the state that the handler has cleared.

use std::collections::{BTreeSet, HashMap};

use restate_sdk_shared_core::NotificationHandle;

/// The keys that the handler has cleared one by one and not set since.
///
/// A workaround: with eager state, `restate-sdk-shared-core` 8.2.0 keeps a cleared key without a value,
/// and lists it among the keys (`EagerState::get_keys` in `vm/context.rs`). The list is journaled like
/// that, so it is corrected after it was read from the journal. What is removed depends only on the
/// handler's own operations before it asked, which are the same in every attempt.
#[derive(Default)]
pub(crate) struct ClearedKeys {
    now: BTreeSet<String>,
    /// What was cleared when each of these lists was asked for.
    when_listed: HashMap<NotificationHandle, BTreeSet<String>>,
}

impl ClearedKeys {
    pub(crate) fn set(&mut self, key: &str) {
        self.now.remove(key);
    }

    pub(crate) fn clear(&mut self, key: &str) {
        self.now.insert(key.to_owned());
    }

    /// The handler asks for the list of keys.
    pub(crate) fn list(&mut self, handle: NotificationHandle) {
        if !self.now.is_empty() {
            self.when_listed.insert(handle, self.now.clone());
        }
    }

    /// The list without the keys that were cleared when it was asked for.
    pub(crate) fn removed_from(
        &mut self,
        handle: NotificationHandle,
        mut keys: Vec<String>,
    ) -> Vec<String> {
        if let Some(cleared) = self.when_listed.remove(&handle) {
            keys.retain(|key| !cleared.contains(key));
        }
        keys
    }
}
