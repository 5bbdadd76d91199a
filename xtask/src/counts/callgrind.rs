//! Runs programs in valgrind, and reads the profiles that it writes.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

use crate::command::{Failed, output};

/// The cost of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Instructions of the program itself, including SQLite. Those of the C library are left out:
    /// they differ between processors, as it picks its copy routines by the processor's features.
    pub(crate) instructions: u64,
    /// Calls of the allocator.
    pub(crate) allocations: u64,
}

/// The version of valgrind.
pub(crate) fn version() -> Result<String, Failed> {
    let found = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        let message = "valgrind is missing; install it, for example with `apt-get install \
                       valgrind`. Only `cargo xtask counts` needs it";
        return Err(Failed::Counts(message.to_owned()));
    }
    Ok(output(Command::new("valgrind").arg("--version"))?.trim().to_owned())
}

/// Counts one run of `case`, and leaves the profile at `to`, with the extension `.1`, for
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
        let message = format!("`{case}` has no counts; {} shows why", profile.display());
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
                    // The next line repeats the callee's cost, which is counted with the callee.
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
    fn only_the_program_itself_is_counted() {
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
