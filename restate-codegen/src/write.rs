//! The generated code as files: how they look, and where they go.

pub(crate) mod format;
mod include_file;
mod layout;
pub(crate) mod output;
