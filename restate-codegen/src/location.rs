//! Places in `.proto` files.

use std::fmt;

use prost_reflect::FileDescriptor;

/// Where something stands: file, line and column, both from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    file: String,
    position: Option<(i32, i32)>,
}

impl Place {
    /// The place of the element at `path`, or of the nearest one around it.
    pub(crate) fn of(file: &FileDescriptor, path: &[i32]) -> Self {
        let locations = file
            .file_descriptor_proto()
            .source_code_info
            .iter()
            .flat_map(|info| &info.location)
            .filter(|location| path.starts_with(&location.path));
        let nearest = locations.max_by_key(|location| location.path.len());
        let position = nearest.and_then(|location| match location.span[..] {
            [line, column, ..] => Some((line + 1, column + 1)),
            _ => None,
        });
        Self { file: file.name().to_owned(), position }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match self.position {
            Some((line, column)) => write!(f, ":{line}:{column}"),
            None => Ok(()),
        }
    }
}
