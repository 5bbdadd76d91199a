//! Carries comments past prost-build.
//!
//! prost-build escapes comments line by line, which breaks code blocks. So each comment is replaced
//! by a placeholder before generation, and put back as rendered by [`docs`] afterwards.

use std::collections::HashMap;

use prost_types::{FileDescriptorProto, source_code_info::Location};

use crate::generate::docs;

/// Starts a placeholder. The character is in a private-use area, so that no comment contains it.
const MARK: char = '\u{E0D0}';

/// The comments of a contract, each replaced by a placeholder.
#[derive(Debug, Default)]
pub(crate) struct Comments {
    texts: Vec<String>,
}

impl Comments {
    /// Replaces every comment in `file` by a placeholder.
    pub(crate) fn take(&mut self, file: &mut FileDescriptorProto) {
        for location in file.source_code_info.iter_mut().flat_map(|info| &mut info.location) {
            location.leading_detached_comments.clear();
            let comments = [&mut location.leading_comments, &mut location.trailing_comments];
            for text in comments.into_iter().flatten() {
                let placeholder = format!("{MARK}{}", self.texts.len());
                self.texts.push(std::mem::replace(text, placeholder));
            }
        }
    }

    /// Replaces the placeholders in generated code by the comments.
    pub(crate) fn restore(&self, code: &str) -> String {
        let mut restored = String::with_capacity(code.len());
        for line in code.lines() {
            match self.placeholder(line) {
                Some((indent, text)) => {
                    for line in docs::lines(text) {
                        restored.extend([indent, "///", &line, "\n"]);
                    }
                }
                None => restored.extend([line, "\n"]),
            }
        }
        restored
    }

    fn placeholder<'c>(&'c self, line: &'c str) -> Option<(&'c str, &'c str)> {
        let (indent, number) = line.split_once("///")?;
        let number = number.trim_start().strip_prefix(MARK)?;
        let text = self.texts.get(number.parse::<usize>().ok()?)?;
        Some((indent, text))
    }
}

/// The comments of a file by the path of their element.
#[derive(Debug)]
pub(crate) struct CommentsByPath<'f>(HashMap<&'f [i32], &'f Location>);

impl<'f> CommentsByPath<'f> {
    pub(crate) fn of(file: &'f FileDescriptorProto) -> Self {
        let locations = file.source_code_info.iter().flat_map(|info| &info.location);
        Self(locations.map(|location| (&location.path[..], location)).collect())
    }

    /// The comment above the element at `path`, or else the one after it.
    pub(crate) fn at(&self, path: &[i32]) -> Option<&'f str> {
        let location = self.0.get(path)?;
        location.leading_comments.as_deref().or(location.trailing_comments.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use prost_types::SourceCodeInfo;

    use super::*;

    #[test]
    fn comments_come_back_where_they_were() {
        let mut file = FileDescriptorProto {
            source_code_info: Some(SourceCodeInfo {
                location: vec![Location {
                    leading_comments: Some(" One.\n Two [2].\n".to_owned()),
                    ..Location::default()
                }],
            }),
            ..FileDescriptorProto::default()
        };
        let mut comments = Comments::default();
        comments.take(&mut file);
        let info = file.source_code_info.expect("was given");
        let placeholder = info.location[0].leading_comments.as_deref().expect("was given");
        let code = format!("    /// {placeholder}\n    pub name: u8,");
        assert_eq!(
            comments.restore(&code),
            "    /// One.\n    /// Two \\[2\\].\n    pub name: u8,\n"
        );
    }
}
