//! Transcripts: what goes into a machine, what must come out, and then nothing more.

mod calls;
mod control;
mod crashes;
mod deployments;
mod figures;
mod keys;
mod limits;
mod operations;
mod refused;
mod restarts;
mod script;
pub(super) mod services;
mod sizes;
mod spans;
mod state;
mod time;
mod waits;
mod workflows;
