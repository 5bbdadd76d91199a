//! Other programs that tests and benchmarks start.

use std::{
    ops::{Deref, DerefMut},
    process::Child,
};

/// A process that is killed when this is dropped, so that a test that fails leaves none behind.
#[derive(Debug)]
pub struct OwnedChild(Child);

impl OwnedChild {
    /// Kills the process, as a power failure would, and waits for its end.
    pub fn end(&mut self) {
        // Errors mean that it has exited already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl From<Child> for OwnedChild {
    fn from(child: Child) -> Self {
        Self(child)
    }
}

impl Deref for OwnedChild {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for OwnedChild {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for OwnedChild {
    fn drop(&mut self) {
        self.end();
    }
}
