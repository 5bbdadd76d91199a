//! Transcripts: what goes into a machine, what must come out, and then nothing more.

mod calls;
mod control;
mod crashes;
mod deployments;
mod keys;
mod limits;
mod refused;
mod restarts;
pub(super) mod script;
mod time;
mod workflows;
