//! The rules for contracts, beyond those of protobuf.

pub(crate) mod derives;
pub(crate) mod keys;
pub(crate) mod kinds;
pub(crate) mod lock;
pub(crate) mod map_entries;
pub(crate) mod name_conflicts;
pub(crate) mod required_cycles;
