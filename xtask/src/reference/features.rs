//! The features of the crates, from the comments in their manifests.

use std::fmt::Write as _;

use super::{cell, read};
use crate::command::Failed;

const CRATES: [&str; 9] = [
    "restate",
    "restate-codegen",
    "restate-embedded",
    "restate-endpoint",
    "restate-ingress",
    "restate-grpc",
    "restate-schedule",
    "restate-sqlx",
    "restate-otlp",
];

const INTRODUCTION: &str = "\
# Features

Programs depend on `restate`, and on `restate-codegen` in `build.rs`; its features enable those of the other crates.
`cargo xtask reference` makes this page from the manifests.
";

pub(super) fn page() -> Result<String, Failed> {
    let mut page = INTRODUCTION.to_owned();
    for name in CRATES {
        let manifest = read(&format!("{name}/Cargo.toml"))?;
        let features = features(&manifest);
        if !features.is_empty() {
            write!(page, "\n## `{name}`\n\n| Feature | |\n|---|---|\n").expect(ANY_TEXT);
        }
        for (feature, meaning) in features {
            writeln!(page, "| `{feature}` | {} |", cell(&meaning)).expect(ANY_TEXT);
        }
    }
    Ok(page)
}

const ANY_TEXT: &str = "a string takes any text";

/// Features with the comments above them.
fn features(manifest: &str) -> Vec<(String, String)> {
    let (_, section) = manifest.split_once("[features]\n").unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut comment = Vec::new();
    for line in section.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else if let Some((name, enabled)) = line.split_once(" = ") {
            let meaning = match name {
                "default" => format!("enabled unless switched off: {}", enabled.replace('"', "`")),
                _ => comment.join(" "),
            };
            found.push((name.to_owned(), meaning));
            comment.clear();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_have_the_comments_above_them() {
        let manifest = "[features]\ndefault = [\"a\"]\n# One\n# thing.\na = []\n\n[dependencies]\n# No feature.\nb = \"1\"";
        let expected = [("default", "enabled unless switched off: [`a`]"), ("a", "One thing.")];
        assert_eq!(features(manifest), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
}
