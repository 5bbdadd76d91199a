//! Counts the syncs and writes of a program with strace, which needs no privileges, and also sees those
//! of the processes that the program starts, and of libraries that call the kernel without the C library.

use std::{
    ffi::OsStr,
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::{Failed, data::data_directory};

/// Where strace writes a line for each `fsync` and `fdatasync`, and for each write to a position in a file.
#[derive(Debug)]
pub(crate) struct SyncLog {
    directory: TempDir,
}

impl SyncLog {
    pub(crate) fn new() -> Result<Self, Failed> {
        let found = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
        found.map_err(|error| {
            Failed::new(format!(
                "cannot run strace, which counts syncs: {error}; it is in the package strace, in 5.3 or \
                 newer"
            ))
        })?;
        let directory = data_directory()?;
        // A program may run as another user, as Postgres does.
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o777))?;
        Ok(Self { directory })
    }

    /// A command that runs `program` so that its syncs are counted.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut strace = Command::new("strace");
        // `-D`: the program is our child and strace is not, so it is observed and ended as ever.
        // `--seccomp-bpf`: other system calls are as fast as ever.
        // `-s 0`: the log has no data.
        strace.args(["-D", "-f", "--seccomp-bpf", "-qqq", "-s", "0", "-e", "signal=none"]);
        strace.args(["-e", "trace=fsync,fdatasync,pwrite64,pwritev,pwritev2", "-o"]);
        strace.arg(self.file()).arg("--").arg(program);
        strace
    }

    /// The syncs and writes so far.
    pub(crate) fn count(&self) -> Result<Logged, Failed> {
        Ok(logged(&fs::read_to_string(self.file())?))
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("syncs")
    }
}

/// What a program has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) syncs: u64,
    /// Bytes that writes to files have passed to the kernel.
    pub(crate) written: u64,
}

/// Reads a log. A call during which other threads called something has two lines: its arguments, and
/// `<... fsync resumed>` with its result.
fn logged(log: &str) -> Logged {
    let syncs = log.lines().filter(|line| line.contains("sync(")).count() as u64;
    let writes = log.lines().filter(|line| line.contains("pwrite"));
    let results = writes.filter_map(|line| line.rsplit_once("= ")?.1.trim().parse::<u64>().ok());
    Logged { syncs, written: results.sum() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Process;

    #[test]
    fn a_call_counts_once_even_if_it_is_interrupted() {
        let log = "7 fsync(4) = 0\n8 fdatasync(5 <unfinished ...>\n7 pwrite64(4, \"\"..., 24, 8) = 24\n\
                   7 pwrite64(4, \"\"..., 4096, 32 <unfinished ...>\n8 <... fdatasync resumed>) = 0\n\
                   7 <... pwrite64 resumed>) = 4096\n";
        assert_eq!(logged(log), Logged { syncs: 2, written: 4120 });
    }

    #[test]
    fn syncs_of_a_program_and_its_children_are_counted() {
        let log = SyncLog::new().unwrap();
        let file = log.directory.path().join("written");
        let script = format!(
            "echo it > {0}; sync {0}; sync -d {0}; echo http://127.0.0.1:1; read it",
            file.display()
        );
        let mut command = log.command("sh");
        let (process, _) = Process::start_serving(command.args(["-c", &script])).unwrap();
        assert_eq!(log.count().unwrap().syncs, 2);
        drop(process);
    }
}
