//! The processes that are measured, observed through `/proc`.

use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::SocketAddr,
    process::{Command, Stdio},
    time::Duration,
};

use restate_tests::process::OwnedChild;
use rustix::process::{Pid, Signal, kill_process};

use crate::Failed;

/// A running program; it is ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: OwnedChild,
    end: End,
}

/// How a program is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// At once, as a crash would.
    Kill,
    /// By asking it, so that it ends its own processes.
    Quit,
}

/// The resources that processes have used since they started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    /// CPU time in nanoseconds.
    pub(crate) cpu: u64,
    /// Bytes written to disk.
    pub(crate) written: u64,
    /// Bytes in memory (resident set size).
    pub(crate) resident: u64,
}

impl Process {
    /// Starts a program.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Failed> {
        let name = command.get_program().to_string_lossy();
        let name = name.rsplit('/').next().unwrap_or_default().to_owned();
        let spawned = command.spawn();
        let child = spawned.map_err(|error| Failed::new(format!("cannot run {name}: {error}")))?;
        Ok(Self { name, child: child.into(), end: End::Kill })
    }

    /// Asks it to end with `SIGQUIT` when this is dropped, and waits until it has.
    pub(crate) fn quitting(mut self) -> Self {
        self.end = End::Quit;
        self
    }

    /// Starts one of our programs and waits until it prints its address.
    pub(crate) fn start_serving(command: &mut Command) -> Result<(Self, SocketAddr), Failed> {
        let mut process = Self::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let address = process.read_address()?;
        Ok((process, address))
    }

    /// Waits until one of our programs prints another address.
    pub(crate) fn read_address(&mut self) -> Result<SocketAddr, Failed> {
        let line = self.read_line()?;
        let address = line.rsplit("http://").next().and_then(|address| address.trim().parse().ok());
        address.ok_or_else(|| Failed::new(format!("{} does not say where it serves", self.name)))
    }

    /// Writes an empty line to one of our programs and returns the line that answers it.
    pub(crate) fn ask(&mut self) -> Result<String, Failed> {
        let stdin = self.child.stdin.as_mut().expect("the input of our programs is piped");
        stdin.write_all(b"\n")?;
        self.read_line()
    }

    fn read_line(&mut self) -> Result<String, Failed> {
        let stdout = self.child.stdout.as_mut().expect("the output of our programs is piped");
        let mut line = Vec::new();
        // Byte by byte: a buffer would swallow the beginning of the next line.
        let mut byte = [0];
        while stdout.read(&mut byte)? == 1 {
            match byte {
                [b'\n'] => return Ok(String::from_utf8_lossy(&line).into_owned()),
                [byte] => line.push(byte),
            }
        }
        Err(Failed::new(format!("{} has exited", self.name)))
    }

    /// Kills it, as a crash would.
    pub(crate) fn kill(&mut self) {
        self.child.end();
    }

    /// Whether it has exited.
    pub(crate) fn has_exited(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// The resources that it and the processes it has started have used so far.
    pub(crate) fn usage(&self) -> Result<Usage, Failed> {
        let mut family = family(self.child.id())?.into_iter();
        let parent = Usage::of_one(family.next().unwrap_or_default())?;
        // Those that end meanwhile no longer count.
        Ok(family.filter_map(|id| Usage::of_one(id).ok()).fold(parent, Usage::and))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.end == End::Quit {
            let id = Pid::from_child(&self.child);
            // An error means that it has already exited.
            let _ = kill_process(id, Signal::QUIT);
            let _ = self.child.wait();
        }
    }
}

impl Usage {
    fn of_one(id: u32) -> Result<Self, Failed> {
        let directory = format!("/proc/{id}");
        let stat = fs::read_to_string(format!("{directory}/stat"))?;
        let status = fs::read_to_string(format!("{directory}/status"))?;
        let written = fs::read_to_string(format!("{directory}/io"))?;
        Ok(Usage {
            cpu: cpu(&stat).ok_or_else(|| Failed::new("/proc/*/stat is not as documented"))?,
            written: field(&written, "write_bytes:"),
            resident: field(&status, "VmRSS:") * 1024,
        })
    }

    fn and(self, other: Self) -> Self {
        Self {
            cpu: self.cpu + other.cpu,
            written: self.written + other.written,
            resident: self.resident + other.resident,
        }
    }

    /// The resources that all of `processes` have used so far.
    pub(crate) fn of(processes: &[Process]) -> Result<Self, Failed> {
        processes.iter().try_fold(Self::default(), |sum, process| Ok(sum.and(process.usage()?)))
    }

    /// Waits until `processes` are idle, and returns the resources that they have used.
    pub(crate) fn at_rest(processes: &[Process]) -> Result<Self, Failed> {
        const INTERVAL: Duration = Duration::from_millis(100);
        const LONGEST: u32 = 20;

        let mut usage = Self::of(processes)?;
        for _ in 0..LONGEST {
            std::thread::sleep(INTERVAL);
            let before = std::mem::replace(&mut usage, Self::of(processes)?);
            // Less than a quarter of a processor counts as idle: all peers poll or clean up.
            if u128::from(usage.cpu - before.cpu) < INTERVAL.as_nanos() / 4 {
                break;
            }
        }
        Ok(usage)
    }
}

/// A process and all its living descendants, the process itself first.
fn family(id: u32) -> Result<Vec<u32>, Failed> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let id = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        let Some(id) = id else { continue };
        // It may have ended since the directory was read.
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok();
        parents.extend(stat.as_deref().and_then(parent).map(|parent| (id, parent)));
    }
    let mut family = vec![id];
    let mut known = BTreeSet::from([id]);
    let mut next = 0;
    while let Some(&of) = family.get(next) {
        let children = parents.iter().filter(|(_, parent)| *parent == of).map(|(id, _)| *id);
        family.extend(children.filter(|id| known.insert(*id)));
        next += 1;
    }
    Ok(family)
}

fn parent(stat: &str) -> Option<u32> {
    fields(stat)?.nth(1)?.parse().ok()
}

/// CPU time of all threads, with the resolution of the kernel's clock ticks.
fn cpu(stat: &str) -> Option<u64> {
    times(stat, 11)
}

/// CPU time of all terminated descendants.
pub(crate) fn cpu_of_children(stat: &str) -> Option<u64> {
    times(stat, 13)
}

/// The sum of two consecutive fields in clock ticks, as nanoseconds.
fn times(stat: &str, first: usize) -> Option<u64> {
    let mut times = fields(stat)?.skip(first);
    let ticks = times.next()?.parse::<u64>().ok()? + times.next()?.parse::<u64>().ok()?;
    Some(ticks * (1_000_000_000 / rustix::param::clock_ticks_per_second()))
}

/// The fields after the program's name, which is the only one that may contain spaces.
fn fields(stat: &str) -> Option<impl Iterator<Item = &str>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace())
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|value| value.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_watched_and_stopped() {
        let script = "echo serving on http://127.0.0.1:1; while read it; do echo heard; done";
        let mut shell = Command::new("sh");
        let (mut process, address) = Process::start_serving(shell.args(["-c", script])).unwrap();
        assert_eq!(address.port(), 1);
        assert_eq!(process.ask().unwrap(), "heard");
        assert!(process.usage().unwrap().resident > 0);
        assert!(!process.has_exited());
        let directory = format!("/proc/{}", process.child.id());
        drop(process);
        assert!(!fs::exists(directory).unwrap());
    }

    #[test]
    fn what_a_program_starts_counts_as_its_own() {
        let script = "sleep 60 & echo http://127.0.0.1:1; wait";
        let mut shell = Command::new("sh");
        let (process, _) = Process::start_serving(shell.args(["-c", script])).unwrap();
        let [shell, sleep] = *family(process.child.id()).unwrap() else { panic!("two processes") };
        assert_eq!(shell, process.child.id());
        let of_both = process.usage().unwrap().resident;
        let of_sleep = Usage::of_one(sleep).unwrap().resident;
        assert!(of_sleep > 0 && of_both > of_sleep);
        Command::new("kill").arg(sleep.to_string()).status().unwrap();
    }

    #[test]
    fn a_program_that_ends_itself_is_asked() {
        let directory = tempfile::tempdir().unwrap();
        let ended = directory.path().join("ended");
        let script = format!(
            "trap 'touch {}; exit' QUIT; echo http://127.0.0.1:1; while :; do sleep 0.01; done",
            ended.display()
        );
        let mut shell = Command::new("sh");
        let (process, _) = Process::start_serving(shell.args(["-c", &script])).unwrap();
        drop(process.quitting());
        assert!(ended.exists());
    }

    #[test]
    fn cpu_time_is_read_after_any_program_name() {
        let tick = 1_000_000_000 / rustix::param::clock_ticks_per_second();
        let stat = "7 (a) b) S 1 7 7 0 -1 0 0 0 0 0 30 12 4 5 20 0 1 0";
        assert_eq!(cpu(stat), Some(42 * tick));
        assert_eq!(cpu_of_children(stat), Some(9 * tick));
    }
}
