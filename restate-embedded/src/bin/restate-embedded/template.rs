//! A new project: contract, handlers, tests, container and CI.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    arguments::New,
    failure::{Cause, Failure},
};

/// The files of a project and their texts.
const FILES: [(&str, &str); 12] = [
    ("Cargo.toml", include_str!("../../../template/Cargo.toml.in")),
    ("build.rs", include_str!("../../../template/build.rs.in")),
    ("proto/orders.proto", include_str!("../../../template/proto/orders.proto")),
    ("src/lib.rs", include_str!("../../../template/src/lib.rs.in")),
    ("src/main.rs", include_str!("../../../template/src/main.rs.in")),
    ("tests/orders.rs", include_str!("../../../template/tests/orders.rs.in")),
    ("tests/deploy_gate.rs", include_str!("../../../template/tests/deploy_gate.rs.in")),
    ("Dockerfile", include_str!("../../../template/Dockerfile")),
    (".dockerignore", include_str!("../../../template/dockerignore")),
    (".github/workflows/ci.yml", include_str!("../../../template/ci/ci.yml")),
    ("README.md", include_str!("../../../template/README.md")),
    (".gitignore", include_str!("../../../template/gitignore")),
];

/// Names that cannot be a crate's: Rust's keywords and the crates that the project depends on.
const TAKEN: [&str; 12] = [
    "async", "await", "core", "crate", "impl", "restate", "self", "std", "super", "test", "tokio",
    "type",
];

/// Writes a new project into a directory of its name.
pub(crate) fn create(New { name, path }: &New) -> Result<Value, Failure> {
    check(name)?;
    let directory = Path::new(name);
    if directory.exists() {
        let message = format!("`{name}` exists; name another project, or move that one away");
        return Err(Failure::new(Cause::Conflict, message));
    }
    for (file, text) in FILES {
        let file = directory.join(file);
        let parent = file.parent().unwrap_or(directory);
        let text = filled(text, name, path.as_deref());
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&file, text))
            .map_err(|error| format!("`{}` cannot be written: {error}", file.display()))?;
    }
    let files: Vec<&str> = FILES.iter().map(|(file, _)| *file).collect();
    Ok(json!({ "project": name, "files": files }))
}

/// Packages of cargo are named as crates are.
fn check(name: &str) -> Result<(), Failure> {
    let is_letter =
        |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-' || it == '_';
    let is_name =
        name.starts_with(|it: char| it.is_ascii_lowercase()) && name.chars().all(is_letter);
    if is_name && !TAKEN.contains(&name) {
        return Ok(());
    }
    let message = format!(
        "`{name}` cannot be the name of a crate; use lower-case letters, digits, `-` and `_`, \
         beginning with a letter, and no keyword, such as `order-desk`"
    );
    Err(Failure::new(Cause::Invalid, message))
}

fn filled(text: &str, name: &str, repository: Option<&Path>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let source = |crate_name: &str| match repository {
        Some(path) => format!("path = {:?}", path.join(crate_name).display().to_string()),
        None => format!("version = {version:?}"),
    };
    let with = |crate_name: &str, more: &str| format!("{{ {}{more} }}", source(crate_name));
    text.replace("{{name}}", name)
        .replace("{{rust}}", env!("CARGO_PKG_RUST_VERSION"))
        .replace("{{restate}}", &with("restate", ""))
        .replace("{{restate-testing}}", &with("restate", ", features = [\"testing\"]"))
        .replace("{{codegen}}", &with("restate-codegen", ""))
}

/// For people.
pub(crate) fn shown(answer: &Value) -> String {
    let name = answer["project"].as_str().unwrap_or_default();
    format!("{name} is a new project:\n    cd {name}\n    cargo test\n    cargo run")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_to_fill_in() {
        for (file, text) in FILES {
            let text = filled(text, "order-desk", Some(Path::new("/restate")));
            assert!(!text.contains("{{"), "{file}: {text}");
        }
    }

    #[test]
    fn names_are_those_of_crates() {
        for name in ["shop", "order-desk", "a1_b"] {
            assert!(check(name).is_ok(), "{name}");
        }
        for name in ["", "1a", "Shop", "a b", "../a", "type", "restate", "ä"] {
            let refused = check(name).unwrap_err();
            assert_eq!(refused.cause, Cause::Invalid, "{name}");
        }
    }
}
