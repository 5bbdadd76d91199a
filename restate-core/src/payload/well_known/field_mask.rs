//! Field masks in JSON, such as `user.displayName,photo`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};

use super::{FieldMask, text};

impl Serialize for FieldMask {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let paths = self.paths.iter().map(|path| {
            lower_camel(path).ok_or_else(|| {
                S::Error::custom(format_args!("`{path}` of a FieldMask has no form in JSON"))
            })
        });
        serializer.serialize_str(&paths.collect::<Result<Vec<_>, _>>()?.join(","))
    }
}

impl<'de> Deserialize<'de> for FieldMask {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::read(deserializer, "field names in lowerCamelCase, separated by commas", |text| {
            let paths = text.split(',').filter(|_| !text.is_empty());
            Some(FieldMask { paths: paths.map(snake).collect::<Option<_>>()? })
        })
    }
}

/// `None` if `snake` would not return the same path.
fn lower_camel(path: &str) -> Option<String> {
    let mut camel = String::with_capacity(path.len());
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '_' => camel.extend(chars.next().filter(char::is_ascii_lowercase)?.to_uppercase()),
            'A'..='Z' => return None,
            _ => camel.push(c),
        }
    }
    Some(camel)
}

fn snake(path: &str) -> Option<String> {
    let mut snake = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '_' => return None,
            'A'..='Z' => snake.extend(['_', c.to_ascii_lowercase()]),
            _ => snake.push(c),
        }
    }
    Some(snake)
}

impl crate::payload::Message for FieldMask {}
