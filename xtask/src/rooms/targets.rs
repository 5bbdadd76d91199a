//! What cargo builds: each library and each program is a crate with a source of its own.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{command::Failed, metadata::metadata};

/// A library or a program of the workspace.
pub(crate) struct Target {
    pub(crate) package: String,
    pub(crate) is_library: bool,
    /// The file that declares its modules, below the workspace.
    pub(crate) root: PathBuf,
}

/// All of them; in each package the library comes first.
pub(crate) fn all() -> Result<Vec<Target>, Failed> {
    let metadata = metadata()?;
    let workspace = metadata["workspace_root"].as_str().unwrap_or_default();
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    Ok(packages.iter().flat_map(|package| targets(package, Path::new(workspace))).collect())
}

fn targets(package: &Value, workspace: &Path) -> Vec<Target> {
    let name = package["name"].as_str().unwrap_or_default();
    let targets = package["targets"].as_array().map_or(&[][..], Vec::as_slice);
    let built = targets.iter().filter_map(|target| {
        let kind = target["kind"][0].as_str()?;
        let is_library = match kind {
            "lib" | "proc-macro" => true,
            "bin" => false,
            _ => return None,
        };
        let root = Path::new(target["src_path"].as_str()?);
        let root = root.strip_prefix(workspace).unwrap_or(root).to_owned();
        Some(Target { package: name.to_owned(), is_library, root })
    });
    let mut built: Vec<_> = built.collect();
    built.sort_by_key(|target| !target.is_library);
    built
}
