//! What documents name must exist: files, parts of documents, packages, programs and tasks. The documents in `docs`
//! are a book as well, whose links must not leave it.

mod commands;
mod document;

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
};

use self::{commands::Commands, document::Document};
use crate::command::Failed;

/// The source of the book, and its table of contents.
const BOOK: &str = "docs";
const CONTENTS: &str = "docs/SUMMARY.md";

/// Fails if a document names what does not exist, or if the book does not have exactly the pages in `docs`.
/// `tasks` are those of `cargo xtask`.
pub(crate) fn check(tasks: &[String]) -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace");
    let documents = read_all(root).map_err(Failed::files("the documents"))?;
    let commands = Commands::of_workspace(tasks)?;
    let mut faults = unlisted(&documents);
    for (path, document) in &documents {
        let found = broken_links(root, path, document, &documents)
            .into_iter()
            .chain(missing_paths(root, path, document))
            .chain(document.commands().filter_map(|command| commands.fault(command)));
        faults.extend(found.map(|fault| format!("{}: {fault}", path.display())));
    }
    if faults.is_empty() { Ok(()) } else { Err(Failed::Links(faults.join("\n"))) }
}

/// All documents, by their paths from the root.
type Documents = BTreeMap<PathBuf, Document>;

fn read_all(root: &Path) -> std::io::Result<Documents> {
    let mut documents = Documents::new();
    for (directory, depth) in [("", 2), (BOOK, 8), ("examples", 8)] {
        read_below(root, Path::new(directory), depth, &mut documents)?;
    }
    Ok(documents)
}

fn read_below(
    root: &Path,
    directory: &Path,
    depth: usize,
    documents: &mut Documents,
) -> std::io::Result<()> {
    for entry in fs::read_dir(root.join(directory))? {
        let entry = entry?;
        let path = directory.join(entry.file_name());
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type()?.is_dir() {
            if depth > 1 && !is_hidden && path != Path::new("target") {
                read_below(root, &path, depth - 1, documents)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "md") {
            documents.insert(path, Document::new(fs::read_to_string(entry.path())?));
        }
    }
    Ok(())
}

/// Pages of the book that its table of contents does not have, or has more than once.
fn unlisted(documents: &Documents) -> Vec<String> {
    let Some(contents) = documents.get(Path::new(CONTENTS)) else {
        return vec![format!("{CONTENTS} does not exist")];
    };
    let count = |path: &Path| {
        contents.links().filter(|link| Path::new(BOOK).join(link).as_path() == path).count()
    };
    let of_book =
        documents.keys().filter(|path| path.starts_with(BOOK) && *path != Path::new(CONTENTS));
    let wrong = of_book.map(|path| (path, count(path))).filter(|(_, count)| *count != 1);
    wrong
        .map(|(path, n)| format!("{CONTENTS} lists {} {n} times, not once", path.display()))
        .collect()
}

fn broken_links(
    root: &Path,
    path: &Path,
    document: &Document,
    documents: &Documents,
) -> Vec<String> {
    let fault = |link: &str| {
        let (file, part) = link.split_once('#').unwrap_or((link, ""));
        let target = if file.is_empty() { path.to_owned() } else { beside(path, file) };
        if path.starts_with(BOOK) && !target.starts_with(BOOK) {
            return Some(format!("`{link}` leads out of the book; name the file in backticks"));
        }
        if !root.join(&target).exists() {
            return Some(format!("`{link}` leads to a file that does not exist"));
        }
        let has_part = documents.get(&target).is_none_or(|target| target.has_heading(part));
        (!part.is_empty() && !has_part).then(|| format!("`{link}`: the page has no such heading"))
    };
    document.links().filter_map(fault).collect()
}

/// The path of a file that the document `path` links to.
fn beside(path: &Path, file: &str) -> PathBuf {
    let mut target = path.parent().unwrap_or(Path::new("")).to_owned();
    for component in Path::new(file).components() {
        match component {
            Component::ParentDir => drop(target.pop()),
            Component::CurDir => {}
            other => target.push(other),
        }
    }
    target
}

fn missing_paths(root: &Path, path: &Path, document: &Document) -> Vec<String> {
    let directory = root.join(path.parent().unwrap_or(Path::new("")));
    let exists = |name: &str| root.join(name).exists() || directory.join(name).exists();
    let missing = document.paths().filter(|name| !exists(name.trim_end_matches('/')));
    missing.map(|name| format!("there is no `{name}`")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(of: &[(&str, &str)]) -> Documents {
        of.iter().map(|(path, text)| (path.into(), Document::new((*text).to_owned()))).collect()
    }

    #[test]
    fn links_lead_to_pages_and_headings_of_the_book() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let text = "[a](page.md#no-such), [b](../README.md), [c](none.md), [d](page.md), [e](#here)\n\n## Here";
        let documents = documents(&[("docs/cli.md", text), ("docs/page.md", "# The page\n")]);
        let path = Path::new("docs/cli.md");
        let faults = broken_links(root, path, &documents[path], &documents);
        let links: Vec<&str> = faults.iter().filter_map(|fault| fault.split('`').nth(1)).collect();
        assert_eq!(links, ["page.md#no-such", "../README.md", "none.md"]);
    }

    #[test]
    fn each_page_is_listed_once() {
        let documents = documents(&[
            ("docs/SUMMARY.md", "- [A](a.md)\n- [B](guide/b.md)\n- [B](guide/b.md)"),
            ("docs/a.md", ""),
            ("docs/guide/b.md", ""),
            ("docs/c.md", ""),
            ("README.md", ""),
        ]);
        assert_eq!(
            unlisted(&documents),
            [
                "docs/SUMMARY.md lists docs/c.md 0 times, not once",
                "docs/SUMMARY.md lists docs/guide/b.md 2 times, not once",
            ]
        );
    }
}
