//! What every other room speaks of: ids, targets, rules, settings, and the services that are bound.

pub(crate) mod backoff;
pub(crate) mod catalog;
pub(crate) mod id;
pub(crate) mod number_map;
pub(crate) mod rules;
pub(crate) mod settings;
pub(crate) mod target;
pub(crate) mod timestamp;
