//! How far a long command is, on standard error, if a person looks at it.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::mpsc::{RecvTimeoutError, channel},
    thread,
    time::Duration,
};

/// How often it is shown anew.
const INTERVAL: Duration = Duration::from_millis(100);

/// The length of a bar.
const WIDTH: u64 = 30;

/// Does the work, and shows after each interval what `line` returns. Nothing is shown if standard error is
/// no terminal, nor if the work takes less than an interval.
pub(crate) fn shown<T>(line: impl Fn() -> String + Send, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    thread::scope(|scope| {
        let (done, is_done) = channel::<()>();
        scope.spawn(move || {
            let mut widest = 0;
            while let Err(RecvTimeoutError::Timeout) = is_done.recv_timeout(INTERVAL) {
                let line = line();
                widest = widest.max(line.chars().count());
                // Nobody is told how far it is if this fails.
                let _ = write!(io::stderr(), "\r{line:<widest$}");
            }
            if widest > 0 {
                let _ = write!(io::stderr(), "\r{:widest$}\r", "");
            }
        });
        let outcome = work();
        drop(done);
        outcome
    })
}

/// A bar, such as `backup [#####.....] 50 %`.
pub(crate) fn bar(what: &str, done: u64, total: u64) -> String {
    let done = done.min(total);
    let share = |of: u64| done.saturating_mul(of).checked_div(total).unwrap_or(0);
    let full = usize::try_from(share(WIDTH)).unwrap_or(0);
    let empty = usize::try_from(WIDTH).unwrap_or(0) - full;
    format!("{what} [{}{}] {:>3} %", "#".repeat(full), ".".repeat(empty), share(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_empty_half_and_full() {
        assert_eq!(bar("backup", 0, 0), format!("backup [{}]   0 %", ".".repeat(30)));
        let half = format!("backup [{}{}]  50 %", "#".repeat(15), ".".repeat(15));
        assert_eq!(bar("backup", 5, 10), half);
        assert_eq!(bar("backup", 11, 10), format!("backup [{}] 100 %", "#".repeat(30)));
    }

    #[test]
    fn work_is_done_once_and_its_outcome_returned() {
        let mut times = 0;
        assert_eq!(
            shown(String::new, || {
                times += 1;
                7
            }),
            7
        );
        assert_eq!(times, 1);
    }
}
