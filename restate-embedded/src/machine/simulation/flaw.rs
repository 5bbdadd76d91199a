use super::random::Random;
use crate::store::Write;

/// What is wrong with a store that a simulation has to find out about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It says that it has stored what it has not.
    CommitsNothing,
    /// It loses a part of some journals.
    LosesEntries,
    /// It loses the end of some invocations.
    LosesResults,
    /// It loses some timers.
    LosesTimers,
    /// It loses some changes of state.
    LosesState,
}

impl Flaw {
    /// Whether this write is lost.
    pub(super) fn loses(self, write: &Write, random: &mut Random) -> bool {
        let lossy = match self {
            Self::CommitsNothing => false,
            Self::LosesEntries => matches!(write, Write::Append { .. }),
            Self::LosesResults => matches!(write, Write::Complete { .. }),
            Self::LosesTimers => matches!(write, Write::AddTimer(_)),
            Self::LosesState => matches!(write, Write::SetState { .. }),
        };
        lossy && random.once_in(10)
    }
}
