//! What the documentation tests of the pages cannot check: listings that are not Rust, or that belong to another
//! package.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

/// A fenced block of code in a page.
struct Listing {
    page: PathBuf,
    /// What follows the fence, such as `rust,no_run`.
    language: String,
    code: String,
    /// The file that the line before the block names.
    file: Option<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn listings() -> Result<Vec<Listing>, Box<dyn Error>> {
    let mut all = Vec::new();
    let pages = ["docs/guide", "docs"].map(|directory| fs::read_dir(root().join(directory)));
    let [guide, documents] = pages;
    for entry in guide?.chain(documents?) {
        let page = entry?.path();
        if page.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = fs::read_to_string(&page)?;
        let mut caption = None;
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let indent = line.len() - line.trim_start().len();
            if let Some(language) = line.trim_start().strip_prefix("```") {
                let block = lines.by_ref().take_while(|line| line.trim() != "```");
                let code =
                    block.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default()));
                all.push(Listing {
                    page: page.clone(),
                    language: language.to_owned(),
                    code: code.collect(),
                    file: caption.take(),
                });
            } else if !line.is_empty() {
                let name = line.strip_prefix('`').and_then(|line| line.strip_suffix("`:"));
                caption = name.map(str::to_owned);
            }
        }
    }
    assert!(all.len() > 40, "the pages have {} listings", all.len());
    Ok(all)
}

#[test]
fn listings_of_other_packages_are_in_their_files() -> Result<(), Box<dyn Error>> {
    let mut compared = 0;
    for Listing { page, language, code, file } in listings()? {
        let file = file.filter(|file| file.starts_with("examples/"));
        let page = page.display();
        // Nothing compiles what is ignored, but for the package that has the file.
        assert_eq!(language.contains("ignore"), file.is_some(), "{page}:\n{code}");
        if let Some(file) = file {
            let contents = fs::read_to_string(root().join(&file))?;
            assert!(contents.contains(&code), "{page}: {file} does not contain\n{code}");
            compared += 1;
        }
    }
    assert!(compared > 2, "only {compared} listings are from examples");
    Ok(())
}

#[test]
fn contracts_compile() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let contracts = listings()?.into_iter().filter(|listing| listing.language == "proto");
    let mut compiled = 0;
    for Listing { page, code, .. } in contracts {
        let proto = directory.path().join(format!("listing{compiled}.proto"));
        fs::write(&proto, &code)?;
        let out = directory.path().join(format!("out{compiled}"));
        fs::create_dir(&out)?;
        restate_codegen::Config::new()
            .out_dir(&out)
            .compile_protos(&[&proto], &[directory.path()])
            .map_err(|error| format!("{}: {error}\n{code}", page.display()))?;
        compiled += 1;
    }
    assert!(compiled > 4, "only {compiled} contracts");
    Ok(())
}

#[test]
fn every_listing_has_a_language_that_is_checked() -> Result<(), Box<dyn Error>> {
    for Listing { page, language, code, .. } in listings()? {
        // `toml` is compared with the manifest of this package, `cargo xtask links` reads `sh`, and `text` is not for
        // machines.
        let known = ["rust", "rust,no_run", "rust,ignore", "proto", "sh", "toml", "text", "yaml"];
        assert!(known.contains(&language.as_str()), "{}: {language}\n{code}", page.display());
    }
    Ok(())
}

/// The listings of these pages are compared with files, or compiled by another package.
const ELSEWHERE: [&str; 2] = ["tutorial.md", "transactions.md"];

#[test]
fn pages_with_rust_are_documentation_tests() -> Result<(), Box<dyn Error>> {
    let compiled = fs::read_to_string(root().join("tests/guide/src/pages.rs"))?;
    for Listing { page, language, .. } in listings()? {
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_named = compiled.contains(&format!("{name}\""));
        let is_elsewhere = ELSEWHERE.contains(&name.as_str());
        assert!(!language.starts_with("rust") || is_named || is_elsewhere, "{}", page.display());
    }
    Ok(())
}

#[test]
fn every_example_of_the_cookbook_has_a_readme_and_is_listed() -> Result<(), Box<dyn Error>> {
    let examples = root().join("examples");
    let list = fs::read_to_string(examples.join("README.md"))?;
    let mut found = 0;
    for entry in fs::read_dir(examples.join("cookbook"))? {
        let directory = entry?;
        if !directory.path().join("main.rs").exists() {
            continue;
        }
        let readme = format!("cookbook/{}/README.md", directory.file_name().to_string_lossy());
        assert!(examples.join(&readme).exists(), "{readme} is missing");
        assert!(list.contains(&readme), "examples/README.md does not list {readme}");
        assert!(directory.path().join("tests.rs").exists(), "{readme} describes no tests");
        found += 1;
    }
    assert!(found > 7, "only {found} examples");
    Ok(())
}
