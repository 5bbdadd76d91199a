//! Faults of an engine, of its disk, and of handlers, planted to show that the audit finds them.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};

/// A fault that the audit must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// When the engine is killed, its last commits are lost, as if it had answered before they were durable.
    LosesCommits,
    /// A handler has its effect twice.
    AddsTwice,
}

impl Flaw {
    pub const ALL: [Self; 2] = [Self::LosesCommits, Self::AddsTwice];

    /// A part of what the audit says of it.
    pub fn is_found_as(self) -> &'static str {
        match self {
            Self::LosesCommits => "acknowledged",
            Self::AddsTwice => "this was found, but that was acknowledged",
        }
    }
}

/// The commits that are lost: those of at least one round of all clients.
const LOST: usize = 20;

/// Takes back the last commits of a killed engine, as a crash does with those that are not synced.
pub fn lose_commits(directory: &Path) {
    let log = directory.join("engine/restate.sqlite-wal");
    if !log.exists() {
        // It was killed before it had one.
        return;
    }
    let mut file = File::options().read(true).write(true).open(log).unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    let commits = ends_of_commits(&bytes);
    // Some are left, so that the engine starts.
    if commits.len() < 2 * LOST {
        return;
    }
    let end = commits[commits.len() - LOST];
    // A frame without the salts of the log ends it.
    file.seek(SeekFrom::Start(end as u64 + SALTS as u64)).unwrap();
    file.write_all(&[0; 8]).unwrap();
}

// The write-ahead log, as SQLite documents its format: a header, and frames of a header and a page each.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const PAGE_SIZE: usize = 8;
const SALTS_OF_LOG: usize = 16;
const SALTS: usize = 8;
/// In the header of a frame: other than 0 if it ends a commit.
const DATABASE_SIZE: usize = 4;

/// Where the commits in a log end, in order.
fn ends_of_commits(log: &[u8]) -> Vec<usize> {
    let Some(header) = log.get(..LOG_HEADER) else { return Vec::new() };
    let number = |at: &[u8]| u32::from_be_bytes([at[0], at[1], at[2], at[3]]);
    let frame = FRAME_HEADER + number(&header[PAGE_SIZE..]) as usize;
    let salts = &header[SALTS_OF_LOG..SALTS_OF_LOG + 8];
    let frames = log[LOG_HEADER..].chunks_exact(frame);
    let valid = frames.take_while(|frame| &frame[SALTS..SALTS + 8] == salts);
    let commits = valid.enumerate().filter(|(_, frame)| number(&frame[DATABASE_SIZE..]) > 0);
    commits.map(|(index, _)| LOG_HEADER + (index + 1) * frame).collect()
}
