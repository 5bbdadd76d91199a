//! What is wrong with a schedule.

use std::{error::Error, fmt};

/// Why a timetable cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSpec {
    /// The cron expression cannot be read.
    Cron {
        /// The expression.
        expression: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No time zone of the IANA database has this name.
    UnknownTimeZone {
        /// The name.
        name: String,
    },
    /// An interval of zero.
    ZeroInterval,
    /// The end is before the start.
    EndBeforeStart,
    /// A time is before the year 1970 or after the year 9999.
    TimeOutOfRange,
    /// A duration is negative or longer than a hundred thousand years.
    DurationOutOfRange,
    /// The specification names neither cron nor an interval nor a time.
    NoTiming,
    /// No date has ever matched the cron expression, such as 30 February, or all times have passed.
    NeverFires,
    /// The name of the schedule is empty, longer than 200 bytes, or has control characters.
    Name,
    /// The call cannot be encoded; the text says why.
    Call(String),
}

impl fmt::Display for InvalidSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron { expression, reason } => write!(
                f,
                "`{expression}` is not a cron expression: {reason}; give five fields, or six with seconds \
                 first, such as `0 9 * * MON-FRI`"
            ),
            Self::UnknownTimeZone { name } => write!(
                f,
                "`{name}` is not a time zone; give a name of the IANA database, such as `Europe/Berlin`"
            ),
            Self::ZeroInterval => f.write_str("the interval is zero; give at least one millisecond"),
            Self::EndBeforeStart => f.write_str("the end is before the start; swap them"),
            Self::TimeOutOfRange => {
                f.write_str("a time is out of range; give one from the years 1970 to 9999")
            }
            Self::DurationOutOfRange => f.write_str(
                "a duration is out of range; give one that is not negative and shorter than 100,000 years",
            ),
            Self::NoTiming => f.write_str(
                "the specification has no time; set `cron`, `interval` or `once`",
            ),
            Self::NeverFires => f.write_str(
                "the schedule never fires; give a time in the future, or a date that exists",
            ),
            Self::Name => f.write_str(
                "the name of a schedule has 1 to 200 bytes and no control characters; give another one",
            ),
            Self::Call(reason) => write!(f, "the call cannot be stored: {reason}"),
        }
    }
}

impl Error for InvalidSpec {}

/// Why a schedule was not created, changed or found. `E` is the error of the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScheduleError<E> {
    /// It cannot be kept. Nothing has changed.
    Invalid(InvalidSpec),
    /// There is a schedule of this name; [`change`](crate::Schedules::change) it, or choose another name.
    Exists(String),
    /// There is no schedule of this name.
    NotFound(String),
    /// The object of the schedule could not be called.
    Call(E),
}

impl<E: fmt::Display> fmt::Display for ScheduleError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(reason) => reason.fmt(f),
            Self::Exists(name) => {
                write!(f, "there is a schedule `{name}`; change it, or choose another name")
            }
            Self::NotFound(name) => write!(f, "there is no schedule `{name}`; create it"),
            Self::Call(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for ScheduleError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Call(error) => error.source(),
            _ => None,
        }
    }
}

impl<E> From<InvalidSpec> for ScheduleError<E> {
    fn from(reason: InvalidSpec) -> Self {
        Self::Invalid(reason)
    }
}
