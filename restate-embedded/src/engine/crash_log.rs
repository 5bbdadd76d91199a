//! Finds invocations that kill the process.
//!
//! A handler that aborts, overflows its stack or exhausts the memory takes the engine with it, and would
//! again after each start. So this log says which attempts run. After a start, an invocation is paused if
//! the process has died while it ran, several times in a row and each time before its journal had grown.
//!
//! The log is written before an attempt starts, once for all that start together, and is never synced: it
//! has to survive the process and not the machine. Only failed attempts are removed from it; whether others
//! have ended, the database says. A second signal, with which people end the process at once, is no fault of
//! the handlers that run then: what this process has added is removed before.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read as _, Seek as _, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use restate_core::server::BeforeExit;
use tracing::warn;

use crate::store::{Phase, StoredInvocation};

/// Bytes of a record: the order of an invocation, the parts of its journal at that time, and what happened.
const RECORD: usize = 16;

/// Records after which the log is written anew with those that still matter: 1 MiB.
const MAX_RECORDS: usize = 65_536;

/// How much the file grows at a time: a file system without a journal may write the length of one file
/// with the sync of another.
const ROOM: u64 = 64 << 10;

/// Not written yet: the file has zeros there.
const NOTHING: u32 = 0;
const STARTED: u32 = 1;
const FAILED: u32 = 2;
/// Plus the number of deaths in a row.
const DIED: u32 = 3;

/// Which attempts run, in a file of the data directory.
#[derive(Debug)]
pub(crate) struct CrashLog {
    file: File,
    records: usize,
    /// Of the file, with zeros after its records.
    length: u64,
    /// Records that are not written yet.
    buffer: Vec<u8>,
    /// Invocations that ran when earlier processes died, by their order.
    deaths: HashMap<u64, Deaths>,
    /// Whether writing has failed. The engine works without a log.
    failed: bool,
    /// How many bytes at the start of the file are about earlier processes.
    inherited: Arc<AtomicU64>,
    _before_exit: BeforeExit,
}

#[derive(Clone, Copy, Debug)]
struct Deaths {
    count: u32,
    /// Whether an attempt has started since.
    tried: bool,
}

/// What the log says of an invocation.
#[derive(Clone, Copy, Debug, Default)]
struct CrashEntry {
    deaths: u32,
    /// The parts of the journal that the running attempt had replayed.
    running: Option<u32>,
}

impl CrashLog {
    /// Reads the log of an earlier process. Returns a log for this one, and the invocations to be paused
    /// with the numbers of deaths.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or written.
    pub(crate) fn take_over(
        mut file: File,
        limit: u32,
        unfinished: &[StoredInvocation],
    ) -> io::Result<(Self, HashMap<u64, u32>)> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let entries = entries(&bytes);
        let (mut deaths, mut fatal) = (HashMap::new(), HashMap::new());
        for invocation in unfinished.iter().filter(|one| one.phase == Phase::Ready) {
            let order = invocation.id.order();
            let Some(entry) = entries.get(&order) else { continue };
            let count = match entry.running {
                Some(parts) if invocation.parts > parts => 1,
                Some(_) => entry.deaths + 1,
                None => entry.deaths,
            };
            if count >= limit {
                fatal.insert(order, count);
            } else if count > 0 {
                deaths.insert(order, Deaths { count, tried: false });
            }
        }
        let (inherited, own) = (Arc::new(AtomicU64::new(0)), file.try_clone()?);
        let kept = Arc::clone(&inherited);
        let mut log = Self {
            file,
            records: 0,
            length: 0,
            buffer: Vec::new(),
            deaths,
            failed: false,
            inherited,
            _before_exit: BeforeExit::new(move || forget_own(&own, &kept)),
        };
        log.rewrite([].into_iter())?;
        Ok((log, fatal))
    }

    /// An attempt is about to start, and replays this many parts of the journal.
    pub(crate) fn started(&mut self, order: u64, parts: u32) {
        if let Some(deaths) = self.deaths.get_mut(&order) {
            deaths.tried = true;
        }
        self.push(order, parts, STARTED);
    }

    /// An attempt has failed, and the process lives.
    pub(crate) fn failed(&mut self, order: u64) {
        self.deaths.remove(&order);
        self.push(order, 0, FAILED);
    }

    /// Writes what has happened. `running` are all attempts that run.
    pub(crate) fn write(&mut self, running: impl Iterator<Item = (u64, u32)>) {
        if self.buffer.is_empty() || self.failed {
            return;
        }
        let written = match self.records + self.buffer.len() / RECORD > MAX_RECORDS {
            true => self.rewrite(running),
            false => self.append(),
        };
        if let Err(error) = written {
            warn!("handlers that kill the process will not be paused: {error}");
            self.failed = true;
        }
    }

    /// No attempt runs any more. Keeps what is known of invocations that were not tried.
    pub(crate) fn close(&mut self) {
        self.buffer.clear();
        self.deaths.retain(|_, deaths| !deaths.tried);
        if let Err(error) = self.rewrite([].into_iter()) {
            warn!("the log of running attempts cannot be emptied: {error}");
        }
    }

    fn push(&mut self, order: u64, parts: u32, event: u32) {
        self.buffer.extend(order.to_le_bytes());
        self.buffer.extend(parts.to_le_bytes());
        self.buffer.extend(event.to_le_bytes());
    }

    fn append(&mut self) -> io::Result<()> {
        let records = self.records + self.buffer.len() / RECORD;
        let end = (records * RECORD) as u64;
        if end > self.length {
            let length = end.next_multiple_of(ROOM);
            self.file.set_len(length)?;
            self.length = length;
        }
        self.file.write_all(&self.buffer)?;
        self.records = records;
        self.buffer.clear();
        Ok(())
    }

    fn rewrite(&mut self, running: impl Iterator<Item = (u64, u32)>) -> io::Result<()> {
        let new = std::mem::take(&mut self.buffer);
        for (order, deaths) in self.deaths.clone() {
            self.push(order, 0, DIED + deaths.count);
        }
        self.inherited.store(self.buffer.len() as u64, Ordering::SeqCst);
        for (order, parts) in running {
            self.push(order, parts, STARTED);
        }
        self.buffer.extend(new);
        self.file.set_len(0)?;
        self.file.rewind()?;
        (self.records, self.length) = (0, 0);
        self.append()
    }

    /// Why an invocation is paused that the process has died with this often.
    pub(crate) fn reason(deaths: u32) -> String {
        format!(
            "the process died while its last {deaths} attempts ran, each time before its journal had \
             grown; if the handler aborts, overflows its stack or needs too much memory, correct it; \
             then resume the invocation, or kill it"
        )
    }
}

/// Removes what this process has added to its log. Others may die with what it adds from now on.
fn forget_own(file: &File, inherited: &AtomicU64) {
    if let Err(error) = file.set_len(inherited.load(Ordering::SeqCst)) {
        warn!("handlers that run now may be taken for the cause of this end: {error}");
    }
}

fn entries(bytes: &[u8]) -> HashMap<u64, CrashEntry> {
    let mut entries: HashMap<u64, CrashEntry> = HashMap::new();
    // A part of a record at the end was being written when the process died.
    for record in bytes.as_chunks::<RECORD>().0 {
        let [order @ .., p0, p1, p2, p3, e0, e1, e2, e3] = *record;
        let parts = u32::from_le_bytes([p0, p1, p2, p3]);
        let event = u32::from_le_bytes([e0, e1, e2, e3]);
        if event == NOTHING {
            continue;
        }
        let entry = entries.entry(u64::from_le_bytes(order)).or_default();
        match event {
            STARTED => entry.running = Some(parts),
            FAILED => *entry = CrashEntry::default(),
            died => entry.deaths = died - DIED,
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{id::InvocationId, target::Target};

    const LIMIT: u32 = 3;

    /// Starts a process that finds these parts in the journal of the only invocation. Returns its log,
    /// and whether the invocation is paused.
    fn start(path: &std::path::Path, parts: u32) -> (CrashLog, bool) {
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false).open(path).unwrap();
        let id = InvocationId::new(7, 1, 1);
        let stored = StoredInvocation::new(id, Target::new("Service", "handler", ""));
        let unfinished = [StoredInvocation { parts, ..stored }];
        let (log, fatal) = CrashLog::take_over(file, LIMIT, &unfinished).unwrap();
        (log, fatal.get(&7) == Some(&LIMIT))
    }

    /// The invocation runs when the process dies.
    fn die(mut log: CrashLog, parts: u32) {
        log.started(7, parts);
        log.write([].into_iter());
    }

    #[test]
    fn an_invocation_is_paused_after_three_deaths_in_a_row() {
        let path = tempfile::NamedTempFile::new().unwrap();
        for _ in 0..3 {
            let (log, paused) = start(path.path(), 0);
            assert!(!paused);
            die(log, 0);
        }
        let (log, paused) = start(path.path(), 0);
        assert!(paused);
        // It is resumed by hand, and has three attempts again.
        die(log, 0);
        assert!(!start(path.path(), 0).1);
    }

    #[test]
    fn a_journal_that_grows_a_failure_and_a_regular_stop_end_the_row() {
        let path = tempfile::NamedTempFile::new().unwrap();
        for what in ["growth", "failure", "stop"] {
            for _ in 0..2 {
                die(start(path.path(), 1).0, 1);
            }
            let (mut log, _) = start(path.path(), 1);
            match what {
                "growth" => die(log, 0),
                "failure" => {
                    log.started(7, 1);
                    log.failed(7);
                    log.write([].into_iter());
                }
                _ => {
                    log.started(7, 1);
                    log.write([].into_iter());
                    log.close();
                }
            }
            for _ in 0..2 {
                let (log, paused) = start(path.path(), 1);
                assert!(!paused, "{what}");
                if what != "growth" {
                    die(log, 1);
                }
            }
            start(path.path(), 1).0.failed(7);
            std::fs::write(path.path(), "").unwrap();
        }
    }

    #[test]
    fn the_end_by_a_second_signal_counts_nothing_and_forgets_nothing() {
        let path = tempfile::NamedTempFile::new().unwrap();
        for _ in 0..2 {
            die(start(path.path(), 0).0, 0);
        }
        for _ in 0..3 {
            let (mut log, paused) = start(path.path(), 0);
            assert!(!paused);
            log.started(7, 0);
            log.started(8, 0);
            log.write([].into_iter());
            forget_own(&log.file, &log.inherited);
        }
        die(start(path.path(), 0).0, 0);
        assert!(start(path.path(), 0).1);
    }

    #[test]
    fn a_process_that_starts_no_attempts_does_not_end_the_row() {
        let path = tempfile::NamedTempFile::new().unwrap();
        for _ in 0..2 {
            die(start(path.path(), 0).0, 0);
            // Such as the command line tool.
            start(path.path(), 0).0.close();
        }
        die(start(path.path(), 0).0, 0);
        assert!(start(path.path(), 0).1);
    }

    #[test]
    fn a_log_that_is_written_anew_keeps_what_runs() {
        let path = tempfile::NamedTempFile::new().unwrap();
        for _ in 0..3 {
            let (mut log, paused) = start(path.path(), 0);
            assert!(!paused);
            log.started(7, 0);
            log.write([].into_iter());
            for order in 0..MAX_RECORDS as u64 {
                log.started(100 + order, 0);
                log.write([(7, 0)].into_iter());
            }
            assert!(log.records < MAX_RECORDS);
        }
        assert!(start(path.path(), 0).1);
    }

    #[test]
    fn the_file_grows_in_steps() {
        let path = tempfile::NamedTempFile::new().unwrap();
        let length = || std::fs::metadata(path.path()).unwrap().len();
        let (mut log, _) = start(path.path(), 0);
        for _ in 0..ROOM / RECORD as u64 {
            log.started(7, 0);
            log.write([].into_iter());
            assert_eq!(length(), ROOM);
        }
        log.started(7, 0);
        log.write([].into_iter());
        assert_eq!(length(), 2 * ROOM);
        log.close();
        assert_eq!(length(), 0);
    }

    #[test]
    fn half_a_record_is_ignored() {
        let path = tempfile::NamedTempFile::new().unwrap();
        die(start(path.path(), 0).0, 0);
        let mut bytes = std::fs::read(path.path()).unwrap();
        bytes.truncate(RECORD);
        bytes.extend([7; RECORD - 1]);
        std::fs::write(path.path(), bytes).unwrap();
        assert_eq!(start(path.path(), 0).0.deaths.len(), 1);
    }
}
