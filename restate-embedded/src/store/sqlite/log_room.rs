use std::{
    ffi::OsString,
    fs::File,
    io::{self, Seek as _, SeekFrom, Write as _},
    path::Path,
};

/// A sync of a file that has grown writes its length, too, and so takes about twice as long. The log
/// therefore grows by this much at a time: at least this many bytes, at most [`MOST`], in between as
/// much as it has, so that an engine that does little writes little.
const LEAST: u64 = 64 << 10;

/// With commits of one page (4 KiB), one in 256 makes the log grow.
const MOST: u64 = 1 << 20;

/// Written one at a time: of a longer write, Linux keeps the pages together, and has to look through all
/// of them for each commit that changes one.
static PAGE: [u8; 4096] = [0; 4096];

/// Keeps zeros at the end of the write-ahead log, where the next commits are written.
///
/// SQLite ignores them: what follows its last commit without a valid checksum is no part of the log.
#[derive(Debug)]
pub(super) struct LogRoom {
    log: File,
    /// Of the log with its zeros.
    length: u64,
}

impl LogRoom {
    /// Opens the log of an open database.
    pub(super) fn open(database: &Path) -> io::Result<Self> {
        let mut path = OsString::from(database);
        path.push("-wal");
        Ok(Self { log: File::options().write(true).open(path)?, length: 0 })
    }

    /// Adds zeros if the last commit has used them up. Nobody else may write to the log meanwhile.
    ///
    /// # Errors
    ///
    /// When the disk is full or fails; the log is as valid as before.
    pub(super) fn renew(&mut self) -> io::Result<()> {
        // Reading its metadata would make Linux note the exact time of the next write, which some file
        // systems write with each sync.
        let length = self.log.seek(SeekFrom::End(0))?;
        if length == self.length {
            return Ok(());
        }
        let pages = length.clamp(LEAST, MOST) / PAGE.len() as u64;
        let added = (0..pages).try_for_each(|_| self.log.write_all(&PAGE));
        self.length = self.log.seek(SeekFrom::End(0))?;
        added
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_added_when_they_are_used_up() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("database-wal");
        std::fs::write(&log, [1; 10]).unwrap();
        let mut room = LogRoom::open(&directory.path().join("database")).unwrap();
        let length = || std::fs::metadata(&log).unwrap().len();

        room.renew().unwrap();
        assert_eq!(length(), 10 + LEAST);
        room.renew().unwrap();
        assert_eq!(length(), 10 + LEAST);

        File::options().write(true).open(&log).unwrap().set_len(5 << 20).unwrap();
        room.renew().unwrap();
        assert_eq!(length(), (5 << 20) + MOST);

        // SQLite shortens it when it copies it into the database.
        File::options().write(true).open(&log).unwrap().set_len(0).unwrap();
        room.renew().unwrap();
        assert_eq!(length(), LEAST);
    }
}
