//! The vocabulary of all other rooms: ids, targets, limit rules, settings, bound services.

pub(crate) mod backoff;
pub(crate) mod catalog;
pub(crate) mod deployment;
pub(crate) mod encryption;
#[cfg(feature = "encryption")]
pub(crate) mod encryption_keys;
pub(crate) mod figures;
pub(crate) mod id;
pub(crate) mod keys;
pub(crate) mod manifest;
pub(crate) mod number_map;
pub(crate) mod randomness;
#[cfg(feature = "deployments")]
pub(crate) mod revision;
pub(crate) mod rules;
pub(crate) mod sealed;
pub(crate) mod sensitive_headers;
pub(crate) mod settings;
pub(crate) mod sha256;
pub(crate) mod size_limits;
pub(crate) mod sql_limits;
pub(crate) mod state_version;
pub(crate) mod target;
pub(crate) mod timestamp;
pub(crate) mod tokens;
pub(crate) mod trace;
