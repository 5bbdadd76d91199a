//! Programs in valgrind, and the profiles that it writes.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

use crate::command::{Failed, output};

/// What a case has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Instructions of the program itself, SQLite among it. Those of the C library differ between
    /// processors: it copies with what the one at hand does best.
    pub(crate) instructions: u64,
    /// Calls for memory.
    pub(crate) allocations: u64,
}

/// The version of valgrind.
pub(crate) fn version() -> Result<String, Failed> {
    let found = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        let message = "valgrind is missing, which counts instructions; install it, as with \
                       `apt-get install valgrind`. All other checks are in `cargo xtask check` and \
                       `cargo xtask test`, which do without";
        return Err(Failed::Counts(message.to_owned()));
    }
    Ok(output(Command::new("valgrind").arg("--version"))?.trim().to_owned())
}

/// Counts what a run of `case` takes, and leaves the profile at `to`, with `.1` at the end, for
/// `callgrind_annotate`.
pub(crate) fn count(program: &Path, case: &str, to: &Path) -> Result<Counts, Failed> {
    output(
        Command::new("valgrind")
            .args(["--tool=callgrind", "--zero-before=*::measured", "--dump-after=*::measured"])
            .args(["--compress-strings=no", "--compress-pos=no", "--quiet"])
            .arg(format!("--callgrind-out-file={}", to.display()))
            .arg(program)
            .arg(case)
            .env_clear(),
    )?;
    let profile = to.with_extension("1");
    let text = fs::read_to_string(&profile).map_err(Failed::files("a profile of valgrind"))?;
    let counts = read(&text, &program.to_string_lossy());
    if counts.instructions == 0 {
        let message = format!("nothing was counted of `{case}`; {} says why", profile.display());
        return Err(Failed::Counts(message));
    }
    Ok(counts)
}

/// The counts of `program` in a profile.
fn read(profile: &str, program: &str) -> Counts {
    let mut counts = Counts { instructions: 0, allocations: 0 };
    let (mut is_own, mut allocates, mut is_call) = (false, false, false);
    for line in profile.lines() {
        if let Some((key, value)) = line.split_once('=') {
            match key {
                "ob" => is_own = value == program,
                "cfn" => allocates = ALLOCATING.contains(&value),
                "calls" => {
                    let times = value.split(' ').next().and_then(|times| times.parse().ok());
                    if is_own && allocates {
                        counts.allocations += times.unwrap_or(0);
                    }
                    // What follows is what the called function took, which is counted there.
                    is_call = true;
                }
                _ => {}
            }
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            let cost = line.rsplit(' ').next().and_then(|cost| cost.parse::<u64>().ok());
            if is_own && !is_call {
                counts.instructions += cost.unwrap_or(0);
            }
            is_call = false;
        }
    }
    counts
}

const ALLOCATING: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

#[cfg(test)]
mod tests {
    use super::{Counts, read};

    #[test]
    fn only_what_the_program_itself_does_is_counted() {
        let profile = "\
version: 1
events: Ir
fl=main.rs
ob=/bin/measured
fn=measured
0 10
cob=/lib/libc.so.6
cfi=malloc.c
cfn=malloc
calls=3 0
0 300
cfn=measured::inner
calls=1 0
0 7

ob=/lib/libc.so.6
fn=malloc
0 300

ob=/bin/measured
fn=measured::inner
0 7
totals: 317
";
        let counts = Counts { instructions: 17, allocations: 3 };
        assert_eq!(read(profile, "/bin/measured"), counts);
    }
}
