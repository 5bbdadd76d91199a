//! Figures of the whole process, under the names that all clients of Prometheus give them.

use std::fs;

use super::{Exposition, Kind};

/// Clock ticks in a second of `/proc`, which Linux shows to programs on all of today's processors.
const TICKS: f64 = 100.0;

/// Adds the figures of this process. Only Linux tells them; elsewhere nothing is added.
pub fn expose_process(exposition: &mut Exposition) {
    let Some(process) = Process::read() else { return };
    let mut gauge = |name, help, value: Option<f64>| {
        if let Some(value) = value {
            exposition.family(name, Kind::Gauge, help).sample(&[], value);
        }
    };
    gauge(
        "process_resident_memory_bytes",
        "Resident memory size in bytes.",
        process.resident_bytes,
    );
    gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", process.virtual_bytes);
    gauge("process_open_fds", "Number of open file descriptors.", process.open_files);
    gauge("process_max_fds", "Maximum number of open file descriptors.", process.max_files);
    gauge("process_threads", "Number of OS threads in the process.", process.threads);
    let started = "Start time of the process since the Unix epoch in seconds.";
    gauge("process_start_time_seconds", started, process.started);
    exposition
        .family(
            "process_cpu_seconds_total",
            Kind::Counter,
            "Total user and system CPU time spent in seconds.",
        )
        .sample(&[], process.cpu_seconds);
}

struct Process {
    cpu_seconds: f64,
    started: Option<f64>,
    resident_bytes: Option<f64>,
    virtual_bytes: Option<f64>,
    threads: Option<f64>,
    open_files: Option<f64>,
    max_files: Option<f64>,
}

impl Process {
    fn read() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The name of the program may contain spaces and parentheses; the fields after it are numbers.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |field: usize| fields.get(field)?.parse().ok();
        let (user, system): (f64, f64) = (ticks(11)?, ticks(12)?);
        let since_boot: Option<f64> = ticks(19);
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let boot = fs::read_to_string("/proc/stat").unwrap_or_default();
        let boot = number_after(&boot, "btime");
        Some(Self {
            cpu_seconds: (user + system) / TICKS,
            started: boot.zip(since_boot).map(|(boot, ticks)| boot + ticks / TICKS),
            resident_bytes: number_after(&status, "VmRSS:").map(|kib| kib * 1024.0),
            virtual_bytes: number_after(&status, "VmSize:").map(|kib| kib * 1024.0),
            threads: number_after(&status, "Threads:"),
            open_files: open_files(),
            max_files: number_after(&limits, "Max open files"),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus has no other numbers")]
fn open_files() -> Option<f64> {
    // One of them is the listing itself.
    Some((fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1)) as f64)
}

/// The number after this text at the beginning of a line.
fn number_after(text: &str, start: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(start))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn linux_tells_the_figures_of_the_process() {
        let process = Process::read().unwrap();
        assert!(process.started.unwrap() > 1e9 && process.cpu_seconds >= 0.0);
        assert!(process.resident_bytes.unwrap() > 1e5);
        assert!(process.virtual_bytes.unwrap() >= process.resident_bytes.unwrap());
        assert!(process.threads.unwrap() >= 1.0 && process.open_files.unwrap() >= 3.0);
        assert!(process.max_files.unwrap() >= process.open_files.unwrap());
    }
}
