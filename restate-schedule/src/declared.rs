//! Schedules that contracts declare.

use std::{collections::BTreeSet, error::Error, fmt, time::Duration};

use bytes::Bytes;
use restate::{
    Channel, Format, Service,
    contract::{HandlerDescriptor, ServiceDescriptor, ServiceKind},
};

use crate::{
    client::Schedules,
    contract::{Mode, Outcome, PutRequest, StoredCall},
    error::{InvalidSpec, ScheduleError},
    timetable::{CatchUp, Overlap, Timetable},
};

/// The metadata that a contract's `schedule` becomes.
const PREFIX: &str = "restate.schedule.";

/// The schedules that the contracts of a program declare.
///
/// ```no_run
/// use restate::{Context, Engine, HandlerResult};
/// use restate_schedule::{Declared, Schedules, directory, schedule};
///
/// #[restate::service]
/// pub trait Reports {
///     #[handler(schedule(cron = "0 9 * * MON-FRI", time_zone = "Europe/Berlin", overlap = "skip"))]
///     async fn send(&self, ctx: Context<'_>) -> HandlerResult<()>;
/// }
/// # struct ByMail;
/// # impl Reports for ByMail {
/// #     async fn send(&self, _: Context<'_>) -> HandlerResult<()> { Ok(()) }
/// # }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let reports = ReportsServer::new(ByMail);
/// let declared = Declared::by("reports").service(&reports)?;
/// let engine =
///     Engine::builder().bind(reports).bind(schedule()).bind(directory()).start().await?;
/// Schedules::new(engine.client()).reconcile(&declared).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is scheduled until it is given to `Schedules::reconcile`"]
pub struct Declared {
    program: String,
    schedules: Vec<Declaration>,
}

#[derive(Clone, Debug)]
struct Declaration {
    name: String,
    timetable: Timetable,
    call: StoredCall,
}

/// What has changed when schedules were reconciled: the names of schedules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconciled {
    /// Those that were not there.
    pub started: Vec<String>,
    /// Those with another timetable or request than before.
    pub changed: Vec<String>,
    /// Those that no contract declares any more.
    pub stopped: Vec<String>,
}

impl Declared {
    /// No schedules yet. `program` keeps them apart from those of other programs on the same engine; it stays
    /// the same in every version of the program.
    pub fn by(program: impl Into<String>) -> Self {
        Self { program: program.into(), schedules: Vec::new() }
    }

    /// Adds the schedules of a service that the program binds. Their names are
    /// `declared/PROGRAM/SERVICE/HANDLER`.
    ///
    /// # Errors
    ///
    /// A schedule that cannot be kept, such as one whose request its handler cannot read.
    pub fn service(mut self, service: &impl Service) -> Result<Self, InvalidDeclaration> {
        let descriptor = service.descriptor();
        for handler in descriptor.handlers() {
            if !handler.metadata.iter().any(|(name, _)| name.starts_with(PREFIX)) {
                continue;
            }
            let name = format!("{}{}/{}", self.prefix(), descriptor.name(), handler.name());
            let declaration = Declaration::of(name, descriptor, handler);
            self.schedules.push(declaration.map_err(|reason| InvalidDeclaration {
                handler: format!("{}/{}", descriptor.name(), handler.name()),
                reason,
            })?);
        }
        Ok(self)
    }

    fn prefix(&self) -> String {
        format!("declared/{}/", self.program)
    }
}

impl Declaration {
    fn of(
        name: String,
        service: &ServiceDescriptor,
        handler: &HandlerDescriptor,
    ) -> Result<Self, InvalidSpec> {
        let timetable = timetable(handler)?;
        timetable.check()?;
        let has_request = handler.input() != Format::Empty;
        let request = value(handler, "request").filter(|_| has_request).unwrap_or_default();
        let (body, content_type) = (
            Bytes::from_static(request.as_bytes()),
            if has_request { "application/json" } else { "" },
        );
        let given = Some(content_type).filter(|it| !it.is_empty());
        let unreadable =
            |error: restate::TerminalError| InvalidSpec::Call(error.message().to_owned());
        handler.check_request(given, body.clone()).map_err(unreadable)?;
        let key = match service.kind() {
            ServiceKind::Service => None,
            _ => match value(handler, "key") {
                Some(key) => Some(key.to_owned()),
                None => handler.key_of(given, body.clone()).map_err(unreadable)?,
            },
        };
        if key.is_none() && service.kind() != ServiceKind::Service {
            return Err(InvalidSpec::Call("its request holds no key".to_owned()));
        }
        let call = StoredCall {
            service: service.name().to_owned(),
            key,
            handler: handler.name().to_owned(),
            body,
            content_type: content_type.to_owned(),
            ..StoredCall::default()
        };
        Ok(Self { name, timetable, call })
    }
}

fn timetable(handler: &HandlerDescriptor) -> Result<Timetable, InvalidSpec> {
    let timetable = match (value(handler, "cron"), millis(handler, "interval")) {
        (Some(cron), _) => Timetable::cron(cron),
        (None, Some(interval)) => Timetable::every(interval),
        (None, None) => return Err(InvalidSpec::NoTiming),
    };
    let overlap = match value(handler, "overlap") {
        Some("queue") => Overlap::Queue,
        Some("cancel") => Overlap::Cancel,
        Some("allow") => Overlap::Allow,
        _ => Overlap::Skip,
    };
    let catch_up = match value(handler, "catch_up") {
        Some("none") => CatchUp::None,
        Some("all") => CatchUp::All(millis(handler, "window").unwrap_or(Duration::MAX)),
        _ => CatchUp::Last,
    };
    Ok(timetable
        .time_zone(value(handler, "time_zone").unwrap_or_default())
        .jitter(millis(handler, "jitter").unwrap_or_default())
        .overlap(overlap)
        .catch_up(catch_up))
}

fn value(handler: &HandlerDescriptor, name: &str) -> Option<&'static str> {
    let mut metadata = handler.metadata.iter();
    let is_it = |given: &str| given.strip_prefix(PREFIX) == Some(name);
    metadata.find(|(given, _)| is_it(given)).map(|(_, value)| *value)
}

fn millis(handler: &HandlerDescriptor, name: &str) -> Option<Duration> {
    let millis = value(handler, name)?.strip_suffix("ms")?.parse().ok()?;
    Some(Duration::from_millis(millis))
}

impl<C: Channel> Schedules<C> {
    /// Starts the declared schedules that are new, changes those that are different, and stops those that the
    /// program has declared before and declares no more. Logs each of these.
    ///
    /// Call it when the program starts, once its services are bound and, on a Restate server, registered.
    /// A schedule that stays the same is not touched, so that times which were missed are caught up with. A
    /// paused one stays paused.
    ///
    /// # Errors
    ///
    /// Of the first schedule that fails; those before it are reconciled, and it can be repeated.
    pub async fn reconcile(
        &self,
        declared: &Declared,
    ) -> Result<Reconciled, ScheduleError<C::Error>> {
        let mut reconciled = Reconciled::default();
        let prefix = declared.prefix();
        let mut old: BTreeSet<_> = self.list(&prefix).await?.into_iter().collect();
        for Declaration { name, timetable, call } in &declared.schedules {
            old.remove(name);
            let request = PutRequest {
                spec: Some(timetable.clone().into_spec()),
                call: Some(call.clone()),
                mode: Mode::CreateOrChange.into(),
                declared_by: declared.program.clone(),
            };
            match self.send_request(name, request).await? {
                Outcome::Created => {
                    tracing::info!(schedule = name, "schedule started");
                    reconciled.started.push(name.clone());
                }
                Outcome::Changed => {
                    tracing::info!(schedule = name, "schedule changed");
                    reconciled.changed.push(name.clone());
                }
                _ => {}
            }
        }
        for name in old {
            match self.delete(&name).await {
                // Another process of the same program has deleted it.
                Ok(()) | Err(ScheduleError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
            tracing::info!(schedule = name, "schedule stopped: no contract declares it any more");
            reconciled.stopped.push(name);
        }
        Ok(reconciled)
    }
}

/// A schedule in a contract that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDeclaration {
    handler: String,
    reason: InvalidSpec,
}

impl fmt::Display for InvalidDeclaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { handler, reason } = self;
        write!(f, "the schedule that the contract declares for {handler} cannot be kept: {reason}")
    }
}

impl Error for InvalidDeclaration {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.reason)
    }
}
