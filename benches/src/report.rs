//! Writes raw figures to `target/bench`, and tables to `BENCHMARKS.md`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use restate_tests::target;
use serde::Serialize;

use crate::{Failed, table::Table};

/// The page, and the directory of raw results.
#[derive(Debug)]
pub(crate) struct Report {
    page: PathBuf,
    raw: PathBuf,
}

impl Report {
    pub(crate) fn new() -> Result<Self, Failed> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let raw = target().join("bench");
        fs::create_dir_all(&raw)?;
        Ok(Self { page: root.join("BENCHMARKS.md"), raw })
    }

    /// Writes raw results as JSON.
    pub(crate) fn keep(&self, name: &str, results: &impl Serialize) -> Result<(), Failed> {
        let json = serde_json::to_vec_pretty(results)?;
        Ok(fs::write(self.raw.join(name).with_extension("json"), json)?)
    }

    /// Prints a table, and replaces the table of this name in the page.
    pub(crate) fn write(&self, name: &str, table: &Table) -> Result<(), Failed> {
        println!("\n{table}");
        let page = fs::read_to_string(&self.page)?;
        let page = replaced(&page, name, &table.to_string()).ok_or_else(|| {
            Failed::new(format!("{} has no place for `{name}`", self.page.display()))
        })?;
        Ok(fs::write(&self.page, page)?)
    }
}

/// The page with `text` between the markers `<!-- name -->` and `<!-- /name -->`.
fn replaced(page: &str, name: &str, text: &str) -> Option<String> {
    let (before, rest) = page.split_once(&format!("<!-- {name} -->\n"))?;
    let end = format!("<!-- /{name} -->");
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}<!-- {name} -->\n{text}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_text_between_the_markers_is_replaced() {
        let page = "a\n<!-- calls -->\nold\n<!-- /calls -->\nb\n<!-- x -->\n<!-- /x -->\n";
        let new = "a\n<!-- calls -->\nnew\n<!-- /calls -->\nb\n<!-- x -->\n<!-- /x -->\n";
        assert_eq!(replaced(page, "calls", "new\n").as_deref(), Some(new));
        assert_eq!(replaced(page, "other", "new\n"), None);
    }
}
