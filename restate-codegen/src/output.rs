//! Generated files on disk, and what Cargo is told about them.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use crate::error::{Error, Mistake};

/// The text of files, by name.
pub(crate) type Files = BTreeMap<String, String>;

/// Writes `files` into `directory`; those that would not change are left alone.
pub(crate) fn write(directory: &Path, files: &Files) -> Result<(), Error> {
    fs::create_dir_all(directory).map_err(|error| Error::output(directory, error))?;
    for (name, code) in files {
        write_file(&directory.join(name), code.as_bytes())?;
    }
    Ok(())
}

/// Writes one file, unless it is there already as it should be.
pub(crate) fn write_file(path: &Path, content: &[u8]) -> Result<(), Error> {
    if is_current(path, content) {
        return Ok(());
    }
    fs::write(path, content).map_err(|error| Error::output(path, error))
}

/// Fails for each of `files` that is not in `directory` as it should be.
pub(crate) fn check(directory: &Path, files: &Files) -> Result<(), Error> {
    let stale = files.iter().filter_map(|(name, code)| {
        let path = directory.join(name);
        let message = format!(
            "{} is not what its contract says; generate it again and commit it",
            path.display()
        );
        (!is_current(&path, code.as_bytes())).then(|| Mistake::placed(message))
    });
    let stale: Vec<_> = stale.collect();
    if stale.is_empty() { Ok(()) } else { Err(Error::contract(stale)) }
}

fn is_current(path: &Path, content: &[u8]) -> bool {
    fs::read(path).is_ok_and(|present| present == content)
}

/// Has Cargo run the build script again when one of `paths` changes.
pub(crate) fn rerun_if_changed(paths: &[PathBuf]) {
    if env::var_os("OUT_DIR").is_none() {
        return;
    }
    for path in paths {
        println!("cargo:rerun-if-changed={}", path.display());
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn a_file_that_would_not_change_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.rs");
        let files = BTreeMap::from([("a.rs".to_owned(), "one".to_owned())]);
        write(directory.path(), &files).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();

        write(directory.path(), &files).unwrap();
        let modified = || fs::metadata(&path).unwrap().modified().unwrap();
        assert_eq!(modified(), SystemTime::UNIX_EPOCH);

        let files = BTreeMap::from([("a.rs".to_owned(), "two".to_owned())]);
        write(directory.path(), &files).unwrap();
        assert_ne!(modified(), SystemTime::UNIX_EPOCH);
        assert_eq!(fs::read(&path).unwrap(), b"two");
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let error = write(&file.join("sub"), &BTreeMap::new()).unwrap_err();
        let expected = format!("cannot write {}: ", file.join("sub").display());
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
}
