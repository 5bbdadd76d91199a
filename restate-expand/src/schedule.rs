//! The schedule that a contract declares for a handler.

use std::time::Duration;

/// When a handler is called, and with what; `restate-schedule` reads it from the handler's metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// A cron expression.
    pub cron: Option<String>,
    /// The IANA name of its time zone.
    pub time_zone: Option<String>,
    /// A fixed interval, instead of cron.
    pub interval: Option<Duration>,
    /// The longest delay of a firing.
    pub jitter: Option<Duration>,
    /// What happens while the last call runs.
    pub overlap: Option<Overlap>,
    /// What happens with missed times.
    pub catch_up: Option<CatchUp>,
    /// How far back `CatchUp::All` reaches.
    pub window: Option<Duration>,
    /// The key of the object that is called.
    pub key: Option<String>,
    /// The request as JSON.
    pub request: Option<String>,
}

/// What happens at a time when the last call has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// The time is skipped.
    Skip,
    /// The call waits for the last one.
    Queue,
    /// The last call is cancelled.
    Cancel,
    /// The calls run beside each other.
    Allow,
}

/// What happens with times at which nothing could fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatchUp {
    /// The last one fires.
    Last,
    /// None fires.
    None,
    /// All fire.
    All,
}

impl Schedule {
    /// The names and values of the metadata that says the same.
    pub(crate) fn metadata(&self) -> Vec<(String, String)> {
        let millis = |duration: Duration| format!("{}ms", duration.as_millis());
        let values = [
            ("cron", self.cron.clone()),
            ("time_zone", self.time_zone.clone()),
            ("interval", self.interval.map(millis)),
            ("jitter", self.jitter.map(millis)),
            ("overlap", self.overlap.map(|it| format!("{it:?}").to_lowercase())),
            ("catch_up", self.catch_up.map(|it| format!("{it:?}").to_lowercase())),
            ("window", self.window.map(millis)),
            ("key", self.key.clone()),
            ("request", self.request.clone()),
        ];
        let given = values.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.map(|(name, value)| (format!("restate.schedule.{name}"), value)).collect()
    }
}
