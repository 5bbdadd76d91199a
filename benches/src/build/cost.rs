use std::{
    fs,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{Failed, process::cpu_of_children};

/// The cost of running a program and its children.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Cost {
    pub(super) seconds: f64,
    /// CPU time of all threads and processes.
    pub(super) cpu_seconds: f64,
}

/// Runs a program to its end, and returns its cost and its standard error.
pub(super) fn run(command: &mut Command) -> Result<(Cost, String), Failed> {
    let name = command.get_program().to_string_lossy().into_owned();
    let (started, before) = (Instant::now(), children()?);
    let output = command.stdin(Stdio::null()).output();
    let seconds = started.elapsed().as_secs_f64();
    let output = output.map_err(|error| Failed::new(format!("cannot run {name}: {error}")))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(Failed::new(format!("{name} failed: {}\n{said}", output.status)));
    }
    let cpu = Duration::from_nanos(children()? - before);
    Ok((Cost { seconds, cpu_seconds: cpu.as_secs_f64() }, said))
}

/// CPU time of all terminated child processes.
fn children() -> Result<u64, Failed> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    cpu_of_children(&stat).ok_or_else(|| Failed::new("/proc/*/stat is not as documented"))
}
