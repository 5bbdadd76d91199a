//! Documents name files of the repository; a moved file must not leave a wrong name behind.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::command::Failed;

/// Fails if a document links to a file, or names one in backticks, that does not exist.
pub(crate) fn check() -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace");
    let mut broken = Vec::new();
    for document in documents(root).map_err(Failed::files("the documents"))? {
        let text = fs::read_to_string(&document).map_err(Failed::files("the documents"))?;
        let directory = document.parent().unwrap_or(root);
        let is_missing = |name: &str| {
            let exists = |base: &Path| base.join(name.trim_end_matches('/')).exists();
            is_path(name) && !exists(directory) && !exists(root)
        };
        let missing = links(&text).chain(paths(&text)).filter(|name| is_missing(name));
        let document = document.strip_prefix(root).unwrap_or(&document).display();
        broken.extend(missing.map(|name| format!("{document} names {name}, which does not exist")));
    }
    if broken.is_empty() { Ok(()) } else { Err(Failed::Links(broken.join("\n"))) }
}

/// The documents that are kept by hand.
fn documents(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut documents = Vec::new();
    for directory in [root.to_owned(), root.join("docs"), root.join("docs/guide/src")] {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(path);
            }
        }
    }
    documents.sort();
    Ok(documents)
}

/// The targets of links, without the part of a page that they lead to.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://"))
}

/// Paths of sources in backticks, in full from the root of the repository.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let prose = text.split("```").step_by(2);
    let quoted = prose.flat_map(|prose| prose.split('`').skip(1).step_by(2));
    let tops = ["restate", "tests/", "examples/", "benches/", "xtask/", "docs/"];
    let is_source = move |name: &&str| {
        let top = tops.iter().any(|top| name.starts_with(top));
        top && name.contains('/') && !name.contains([' ', '*', '{', '<', '\n'])
    };
    quoted.filter(is_source)
}

/// Whether a name is the path of a file or directory, not of an item such as `restate_core::Call`.
fn is_path(name: &str) -> bool {
    !name.contains("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_paths_are_found() {
        let text = "See [it](docs/a.md#part), [there](https://x.y/z) and `restate-core/src/lib.rs`.\n\
                    ```text\n`tests/nowhere.rs`\n```\nNot `restate/*`, not `Call`.";
        assert_eq!(links(text).collect::<Vec<_>>(), ["docs/a.md"]);
        assert_eq!(paths(text).collect::<Vec<_>>(), ["restate-core/src/lib.rs"]);
    }
}
