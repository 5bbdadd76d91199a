//! Schedules as clients see them.

use std::time::{Duration, SystemTime};

use restate::InvocationId;

use crate::{
    contract::{DescribeResponse, Run},
    timetable::Timetable,
};

/// A schedule at a point in time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Description {
    /// When it fires.
    pub timetable: Timetable,
    /// The service that it calls.
    pub service: String,
    /// The key that it calls, if the service has keys.
    pub key: Option<String>,
    /// The handler that it calls.
    pub handler: String,
    /// The contract that declares it; `None` if a client has created it.
    pub declared_by: Option<String>,
    /// Whether it is paused.
    pub paused: bool,
    /// The next time, without jitter; `None` if it is paused or no time is left.
    pub next: Option<SystemTime>,
    /// The last firing.
    pub last: Option<Firing>,
    /// The number of firings.
    pub fired: u64,
    /// The number of times that were skipped because the last call had not ended.
    pub skipped: u64,
    /// The number of times whose calls wait for the last one.
    pub queued: usize,
}

/// A call that a schedule has made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Firing {
    /// The time of the schedule, without jitter.
    pub time: SystemTime,
    /// The invocation, whose result can be attached to.
    pub invocation_id: InvocationId,
}

impl Description {
    pub(crate) fn of(response: DescribeResponse) -> Option<Self> {
        let definition = response.definition?;
        let (call, progress) =
            (definition.call.unwrap_or_default(), response.progress.unwrap_or_default());
        Some(Self {
            timetable: Timetable::stored(definition.spec.unwrap_or_default()),
            service: call.service,
            key: call.key,
            handler: call.handler,
            declared_by: Some(definition.declared_by).filter(|it| !it.is_empty()),
            paused: progress.paused,
            next: progress.next.map(time),
            last: progress.last.map(Firing::of),
            fired: progress.fired,
            skipped: progress.skipped,
            queued: progress.queue.len(),
        })
    }
}

impl Firing {
    fn of(run: Run) -> Self {
        Self { time: time(run.time), invocation_id: run.invocation_id.into() }
    }
}

fn time(millis: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(millis.unsigned_abs())
}
