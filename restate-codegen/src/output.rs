//! Generated files on disk, and what Cargo is told about them.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use crate::error::Error;

/// Writes `files`, by name, into `directory`; those that would not change are left alone.
pub(crate) fn write(directory: &Path, files: &BTreeMap<String, String>) -> Result<(), Error> {
    fs::create_dir_all(directory).map_err(|error| Error::output(directory, error))?;
    for (name, code) in files {
        let path = directory.join(name);
        if fs::read(&path).is_ok_and(|present| present == code.as_bytes()) {
            continue;
        }
        fs::write(&path, code).map_err(|error| Error::output(&path, error))?;
    }
    Ok(())
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
