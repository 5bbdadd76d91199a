//! Locations in `.proto` files.

use std::fmt;

use prost_reflect::FileDescriptor;

/// A location in a file: `greeter.proto:7:3`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceLocation {
    file: String,
    position: Option<(u32, u32)>,
}

impl SourceLocation {
    /// The file's name, relative to its include path.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, counted from 1; `None` if the mistake concerns the whole file.
    pub fn line(&self) -> Option<u32> {
        self.position.map(|(line, _)| line)
    }

    /// The column, counted from 1.
    pub fn column(&self) -> Option<u32> {
        self.position.map(|(_, column)| column)
    }

    /// The location of the element at `path`, or of the nearest element around it that has one.
    pub(crate) fn of(file: &FileDescriptor, path: &[i32]) -> Self {
        let locations = file
            .file_descriptor_proto()
            .source_code_info
            .iter()
            .flat_map(|info| &info.location)
            .filter(|location| path.starts_with(&location.path));
        let nearest = locations.max_by_key(|location| location.path.len());
        let position = nearest.and_then(|location| match location.span[..] {
            [line, column, ..] => Some((from_1(line)?, from_1(column)?)),
            _ => None,
        });
        Self { file: file.name().to_owned(), position }
    }

    /// The file as a whole.
    pub(crate) fn of_file(file: impl Into<String>) -> Self {
        Self { file: file.into(), position: None }
    }

    /// Reads a location as compilers print it: `file` or `file:line:column`.
    pub(crate) fn parse(text: &str) -> Self {
        let position = text.rsplit_once(':').and_then(|(rest, column)| {
            let (file, line) = rest.rsplit_once(':')?;
            Some((file, (line.parse().ok()?, column.parse().ok()?)))
        });
        match position {
            Some((file, position)) => Self { file: file.to_owned(), position: Some(position) },
            None => Self::of_file(text),
        }
    }
}

/// Descriptors count from 0, people from 1.
fn from_1(number: i32) -> Option<u32> {
    u32::try_from(number).ok()?.checked_add(1)
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match self.position {
            Some((line, column)) => write!(f, ":{line}:{column}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_read_as_they_are_printed() {
        for (text, line, column) in [
            ("a.proto", None, None),
            ("a.proto:7:3", Some(7), Some(3)),
            ("c:/a.proto:7:3", Some(7), Some(3)),
            ("c:/a.proto", None, None),
        ] {
            let location = SourceLocation::parse(text);
            assert_eq!((location.line(), location.column()), (line, column), "{text}");
            assert_eq!(location.to_string(), text);
        }
    }
}
