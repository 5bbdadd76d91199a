//! The platforms that are tested, and their configurations.

use std::fmt;

/// An engine, or several of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// The embedded engine.
    Embedded,
    /// The embedded engine, and an endpoint that it drives over HTTP.
    Deployment,
    /// A Restate server.
    Server,
    /// Three Restate servers.
    Cluster,
    /// The embedded engine, and the suite's services in another program.
    Program,
    /// A Restate server, and the suite's services in another program.
    ProgramOnServer,
}

impl Platform {
    /// Whether it needs a Restate server.
    pub fn is_a_server(self) -> bool {
        match self {
            Self::Embedded | Self::Deployment | Self::Program => false,
            Self::Server | Self::Cluster | Self::ProgramOnServer => true,
        }
    }
}

/// A difference from the default configuration of a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    Default,
    /// Every wait suspends.
    AlwaysSuspending,
    /// State is read on demand instead of being sent with each request.
    LazyState,
    LazyStateAlwaysSuspending,
    /// Handlers are reached over HTTP/1.1: a request has ended before its response begins, so every wait
    /// suspends.
    RequestResponse,
    /// Timers are not cached in memory.
    PersistedTimers,
    /// One thread and one partition.
    SinglePartition,
}

impl Configuration {
    /// Whether every wait suspends.
    pub fn suspends(self) -> bool {
        matches!(
            self,
            Self::AlwaysSuspending | Self::LazyStateAlwaysSuspending | Self::RequestResponse
        )
    }

    /// Whether state is read on demand.
    pub fn reads_state_lazily(self) -> bool {
        matches!(self, Self::LazyState | Self::LazyStateAlwaysSuspending)
    }

    /// Environment variables for a Restate server.
    pub fn environment(self) -> &'static [(&'static str, &'static str)] {
        const SUSPEND: (&str, &str) = ("RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT", "0s");
        const LAZY: (&str, &str) = ("RESTATE_WORKER__INVOKER__DISABLE_EAGER_STATE", "true");
        match self {
            Self::Default | Self::RequestResponse => &[],
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
            Self::Deployment => "deployment",
            Self::Server => "server",
            Self::Cluster => "cluster",
            Self::Program => "program",
            Self::ProgramOnServer => "program_on_server",
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
            Self::RequestResponse => "request_response",
            Self::SinglePartition => "single_partition",
        })
    }
}
