//! How deeply values can be nested: whatever can be written can be read, in either encoding.
//!
//! Messages have [`MAX_LEVELS`], which is what prost reads; JSON counts as prost does. A stack that
//! is too small for them must not decide, as its overflow ends the process: reading and writing watch
//! how much of it they use, and start again on a thread with a large one.

use std::{cell::Cell, fmt, panic, ptr, thread};

use crate::payload::PayloadError;

/// Messages below the outermost one. An entry of a map counts as one, and so does the message in it.
pub(crate) const MAX_LEVELS: usize = 100;

/// Stack that a value may use on the thread of its handler, one level more or less. Threads have
/// 2 MiB unless told otherwise, and the handler needs some of them.
const SMALL: usize = 512 << 10;

/// Stack of the thread that takes over; only what is used takes memory. It suffices for levels of
/// 600 KiB, about 5,000 fields without optimization.
const LARGE: usize = 64 << 20;

/// What remains of the large stack for the level that finds it used up.
const RESERVE: usize = 2 << 20;

/// A value that is nested too deeply.
#[derive(Debug)]
pub(crate) enum TooDeep {
    /// More than [`MAX_LEVELS`].
    Levels,
    /// Its fields take more of the stack than there is.
    Stack,
}

impl fmt::Display for TooDeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Levels => write!(f, "messages are nested more than {MAX_LEVELS} levels deep"),
            Self::Stack => f.write_str("messages are nested too deeply for their size"),
        }
    }
}

impl std::error::Error for TooDeep {}

/// The part of a stack that may be used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stack {
    start: usize,
    size: usize,
}

impl Stack {
    fn from_here(size: usize) -> Self {
        Self { start: here(), size }
    }

    /// The stack of the value that is being coded on this thread, or else a new one.
    pub(super) fn current() -> Self {
        NESTING.get().stack.unwrap_or_else(|| Self::from_here(SMALL))
    }

    pub(super) fn is_used_up(self) -> bool {
        self.start.abs_diff(here()) > self.size
    }
}

/// The end of the stack, roughly.
fn here() -> usize {
    let local = 0_u8;
    ptr::from_ref(&local).addr()
}

#[derive(Clone, Copy)]
struct Nesting {
    level: usize,
    /// Set while [`with_room`] is at work.
    stack: Option<Stack>,
    ran_out: bool,
    audience: Audience,
}

/// Who reads what is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Programs, which get all values.
    Programs,
    /// People: fields that are redacted have a mark in place of their value.
    People,
    /// Files that people keep, and programs decode: such fields have another value of their type.
    Files,
}

thread_local! {
    static NESTING: Cell<Nesting> =
        const {
            let audience = Audience::Programs;
            Cell::new(Nesting { level: 0, stack: None, ran_out: false, audience })
        };
}

/// Runs `inner`, which reads or writes what is one level below.
pub(crate) fn nested<T, E>(
    error: impl FnOnce(TooDeep) -> E,
    inner: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    struct Leave;

    impl Drop for Leave {
        fn drop(&mut self) {
            let nesting = NESTING.get();
            NESTING.set(Nesting { level: nesting.level - 1, ..nesting });
        }
    }

    let nesting = NESTING.get();
    if nesting.level == MAX_LEVELS {
        return Err(error(TooDeep::Levels));
    }
    if nesting.stack.is_some_and(Stack::is_used_up) {
        ran_out();
        return Err(error(TooDeep::Stack));
    }
    NESTING.set(Nesting { level: nesting.level + 1, ..nesting });
    let _leave = Leave;
    inner()
}

/// Notes that the stack is used up, so that [`with_room`] tries again with a large one.
pub(super) fn ran_out() {
    NESTING.set(Nesting { ran_out: true, ..NESTING.get() });
}

/// Runs `code`, which reads or writes a value; on a large stack if it runs out of this one.
pub(super) fn with_room<T: Send>(
    code: impl Fn() -> Result<T, PayloadError> + Sync,
) -> Result<T, PayloadError> {
    let outer = NESTING.get();
    if outer.stack.is_some() {
        // Part of a larger value, which is tried again as a whole.
        return code();
    }
    let (result, ran_out) = on_stack(SMALL, outer, &code);
    if ran_out { with_large_stack(code) } else { result }
}

/// Runs `code`, which reads or writes a value, on a large stack.
pub(super) fn with_large_stack<T: Send>(
    code: impl Fn() -> Result<T, PayloadError> + Sync,
) -> Result<T, PayloadError> {
    let outer = NESTING.get();
    if outer.stack.is_some() {
        return code();
    }
    let run = || on_stack(LARGE - RESERVE, outer, &code).0;
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("restate-deep".to_owned()).stack_size(LARGE);
        let thread = builder.spawn_scoped(scope, run).map_err(PayloadError::new::<T>)?;
        thread.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked))
    })
}

/// Runs `code`, which writes values for people: without those of fields that are redacted.
pub(crate) fn for_people<T>(code: impl FnOnce() -> T) -> T {
    for_audience(Audience::People, code)
}

/// Runs `code`, which writes values for files that people keep: fields that are redacted have another
/// value.
pub(crate) fn for_files<T>(code: impl FnOnce() -> T) -> T {
    for_audience(Audience::Files, code)
}

fn for_audience<T>(audience: Audience, code: impl FnOnce() -> T) -> T {
    let _restore = Restore(NESTING.get());
    NESTING.set(Nesting { audience, ..NESTING.get() });
    code()
}

/// Who reads the value that is being written on this thread.
pub(super) fn audience() -> Audience {
    NESTING.get().audience
}

struct Restore(Nesting);

impl Drop for Restore {
    fn drop(&mut self) {
        NESTING.set(self.0);
    }
}

/// Runs `code` with `size` bytes of this thread's stack, and tells whether they were too few.
/// `outer` is the nesting of the thread that began with it.
fn on_stack<T>(size: usize, outer: Nesting, code: impl Fn() -> T) -> (T, bool) {
    let _restore = Restore(NESTING.get());
    NESTING.set(Nesting { stack: Some(Stack::from_here(size)), ran_out: false, ..outer });
    let result = code();
    (result, NESTING.get().ran_out)
}
