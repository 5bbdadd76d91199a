use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use restate_tests::target;

/// The environment variable that names a directory with the contracts in its `node_modules`.
const VARIABLE: &str = "GOOGLE_PROTO_FILES";

/// A directory of third-party contracts.
pub(super) struct Contracts {
    pub(super) root: PathBuf,
    /// The files with services, or a sample of them.
    pub(super) files: Vec<PathBuf>,
}

impl Contracts {
    /// Every Nth file with a service of Google's public interfaces.
    pub(super) fn find(every: usize) -> io::Result<Self> {
        let installed = env::var_os(VARIABLE)
            .map_or_else(|| target().join("google-proto-files"), PathBuf::from);
        let root = installed.join("node_modules/google-proto-files");
        let mut files = Vec::new();
        with_services(&root, &mut files)?;
        files.sort();
        Ok(Self { root, files: files.into_iter().step_by(every).collect() })
    }
}

fn with_services(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            with_services(&path, files)?;
        } else if path.extension().is_some_and(|it| it == "proto")
            && fs::read_to_string(&path)?.lines().any(|line| line.starts_with("service "))
        {
            files.push(path);
        }
    }
    Ok(())
}
