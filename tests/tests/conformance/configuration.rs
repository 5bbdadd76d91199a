//! Where behaviours are shown, and how that is configured.

use std::fmt;

/// An engine, or several of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// The embedded engine.
    Embedded,
    /// A Restate server.
    Server,
    /// Three Restate servers.
    Cluster,
}

/// How a platform differs from what it is without configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    Default,
    /// Every wait suspends.
    AlwaysSuspending,
    /// State is not sent along with requests.
    LazyState,
    LazyStateAlwaysSuspending,
    /// Timers are not kept in memory.
    PersistedTimers,
    /// One thread and one partition do everything.
    SinglePartition,
}

impl Configuration {
    /// Whether every wait suspends.
    pub fn suspends(self) -> bool {
        matches!(self, Self::AlwaysSuspending | Self::LazyStateAlwaysSuspending)
    }

    /// Whether state is not sent along with requests.
    pub fn reads_state_lazily(self) -> bool {
        matches!(self, Self::LazyState | Self::LazyStateAlwaysSuspending)
    }

    /// Variables in the environment of a Restate server.
    pub fn environment(self) -> &'static [(&'static str, &'static str)] {
        const SUSPEND: (&str, &str) = ("RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT", "0s");
        const LAZY: (&str, &str) = ("RESTATE_WORKER__INVOKER__DISABLE_EAGER_STATE", "true");
        match self {
            Self::Default => &[],
            Self::AlwaysSuspending => &[SUSPEND],
            Self::LazyState => &[LAZY],
            Self::LazyStateAlwaysSuspending => &[LAZY, SUSPEND],
            Self::PersistedTimers => &[("RESTATE_WORKER__NUM_TIMERS_IN_MEMORY_LIMIT", "1")],
            Self::SinglePartition => &[
                ("RESTATE_DEFAULT_NUM_PARTITIONS", "1"),
                ("RESTATE_DEFAULT_THREAD_POOL_SIZE", "1"),
            ],
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedded => "embedded",
            Self::Server => "server",
            Self::Cluster => "cluster",
        })
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::AlwaysSuspending => "always_suspending",
            Self::LazyState => "lazy_state",
            Self::LazyStateAlwaysSuspending => "lazy_state_always_suspending",
            Self::PersistedTimers => "persisted_timers",
            Self::SinglePartition => "single_partition",
        })
    }
}
