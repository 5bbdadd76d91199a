//! Generated code as files: their text, their layout, and their place on disk.

pub(crate) mod byte_string;
pub(crate) mod format;
mod include_file;
mod layout;
pub(crate) mod output;
mod references;
mod written;
