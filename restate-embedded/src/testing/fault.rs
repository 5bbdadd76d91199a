/// Something that goes wrong with the disk of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The commit with this number, from 0, fails, as does everything after; nothing of it is
    /// stored.
    CrashBefore(u32),
    /// The commit with this number, from 0, fails, as does everything after; all of it is stored.
    CrashAfter(u32),
}
