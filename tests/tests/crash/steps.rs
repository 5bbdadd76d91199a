//! A file in which `run` closures write what they act on, as a payment provider would notice it.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::services::Balance;

/// Where the file is, given the directory of the test.
fn path(directory: &Path) -> PathBuf {
    directory.join("steps")
}

/// The file, as handlers see it.
pub struct Steps(File);

impl Steps {
    pub fn open(directory: &Path) -> io::Result<Self> {
        File::options().append(true).create(true).open(path(directory)).map(Self)
    }

    /// The step of a request has begun, with the response that it has received before.
    pub fn begin(&self, number: u64, received: Balance) -> io::Result<()> {
        let Balance { count, sum } = received;
        // In one piece, so that a kill leaves whole lines.
        (&self.0).write_all(format!("{number} {count} {sum}\n").as_bytes())
    }
}

/// Checks that each step has begun with the same response each time. Returns the numbers of their
/// requests.
pub fn audit(directory: &Path) -> Vec<u64> {
    let mut begun = HashMap::new();
    for line in fs::read_to_string(path(directory)).unwrap_or_default().lines() {
        let (number, received) = line.split_once(' ').expect("a line has three numbers");
        let before =
            *begun.entry(number.to_owned()).or_insert_with(|| received.to_owned()) == received;
        assert!(before, "the step of {number} has begun with {:?} and {received}", begun[number]);
    }
    begun.into_keys().map(|number| number.parse().expect("a number")).collect()
}
