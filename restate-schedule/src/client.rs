//! The client of schedules.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use restate::{Call, Channel, InvocationId, Payload};

use crate::{
    contract::{
        ChangeResponse, ListRequest, Mode, Outcome, PutRequest, ScheduleClient, StoredCall,
    },
    description::Description,
    directory::{NOTHING, directories},
    error::{InvalidSpec, ScheduleError},
    names::check_name,
    timetable::Timetable,
};

/// How many objects with names are asked at a time.
const AT_ONCE: usize = 8;

/// Creates, lists, changes, pauses, resumes, triggers and deletes schedules.
///
/// Made from anything that carries calls: an engine's client, an ingress client, or the context of a
/// handler. A call to be scheduled comes from any client of its contract, and is not made meanwhile.
///
/// ```
/// use restate::{Context, HandlerResult};
/// use restate_schedule::{Schedules, Timetable};
/// # #[restate::service]
/// # pub trait Reports {
/// #     async fn send(&self, ctx: Context<'_>, to: String) -> HandlerResult<()>;
/// # }
///
/// async fn subscribe(ctx: Context<'_>, to: String) -> HandlerResult<()> {
///     let call = ReportsClient::new(ctx).send(to.clone());
///     let mondays = Timetable::cron("0 9 * * MON");
///     Schedules::new(ctx).put(format!("report for {to}"), mondays, call).await
///         .map_err(|error| restate::TerminalError::bad_request(error.to_string()))?;
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// Of each method: [`ScheduleError::Call`] when the object could not be called. What else can go wrong is
/// said there.
#[derive(Clone, Debug)]
pub struct Schedules<C> {
    channel: C,
}

impl<C: Channel> Schedules<C> {
    /// A client that calls through `channel`.
    pub fn new(channel: C) -> Self {
        Self { channel }
    }

    /// Creates the schedule `name`, which makes `call` at the times of `timetable`.
    ///
    /// # Errors
    ///
    /// [`Exists`](ScheduleError::Exists) if there is one of this name, also when a repeated attempt finds
    /// what the first one has created; use [`put`](Self::put) where attempts are repeated.
    /// [`Invalid`](ScheduleError::Invalid) when it cannot be kept.
    pub async fn create<K, Req: Payload, Res>(
        &self,
        name: impl Into<String>,
        timetable: Timetable,
        call: Call<K, Req, Res>,
    ) -> Result<(), ScheduleError<C::Error>> {
        self.send(name.into(), Mode::Create, timetable, Some(stored(call)?)).await
    }

    /// Creates the schedule `name`, or replaces its timetable and call. With the same ones, nothing changes, and
    /// missed times are still caught up with.
    ///
    /// # Errors
    ///
    /// [`Invalid`](ScheduleError::Invalid) when it cannot be kept.
    pub async fn put<K, Req: Payload, Res>(
        &self,
        name: impl Into<String>,
        timetable: Timetable,
        call: Call<K, Req, Res>,
    ) -> Result<(), ScheduleError<C::Error>> {
        self.send(name.into(), Mode::CreateOrChange, timetable, Some(stored(call)?)).await
    }

    /// Replaces the timetable of a schedule, from now on. A paused one stays paused.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ScheduleError::NotFound), or [`Invalid`](ScheduleError::Invalid) when it cannot be kept;
    /// then nothing has changed.
    pub async fn change(
        &self,
        name: impl Into<String>,
        timetable: Timetable,
    ) -> Result<(), ScheduleError<C::Error>> {
        self.send(name.into(), Mode::Change, timetable, None).await
    }

    /// Stops firing until [`resume`](Self::resume).
    ///
    /// # Errors
    ///
    /// [`NotFound`](ScheduleError::NotFound).
    pub async fn pause(&self, name: impl Into<String>) -> Result<(), ScheduleError<C::Error>> {
        let name = name.into();
        let response = self.schedule(&name)?.pause(NOTHING).call().await;
        found(name, response)
    }

    /// Fires again from the next time on. Times that have passed meanwhile do not fire.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ScheduleError::NotFound).
    pub async fn resume(&self, name: impl Into<String>) -> Result<(), ScheduleError<C::Error>> {
        let name = name.into();
        let response = self.schedule(&name)?.resume(NOTHING).call().await;
        found(name, response)
    }

    /// Makes the call of a schedule now, whatever else runs. Its times stay the same.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ScheduleError::NotFound).
    pub async fn trigger(
        &self,
        name: impl Into<String>,
    ) -> Result<InvocationId, ScheduleError<C::Error>> {
        let name = name.into();
        let response = self.schedule(&name)?.trigger(NOTHING).call().await;
        let id = response.map_err(ScheduleError::Call)?.invocation_id;
        if id.is_empty() { Err(ScheduleError::NotFound(name)) } else { Ok(id.into()) }
    }

    /// Deletes a schedule. What it has started continues.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ScheduleError::NotFound).
    pub async fn delete(&self, name: impl Into<String>) -> Result<(), ScheduleError<C::Error>> {
        let name = name.into();
        let response = self.schedule(&name)?.delete(NOTHING).call().await;
        found(name, response)
    }

    /// The schedule as it is.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ScheduleError::NotFound).
    pub async fn describe(
        &self,
        name: impl Into<String>,
    ) -> Result<Description, ScheduleError<C::Error>> {
        let name = name.into();
        let response = self.schedule(&name)?.describe(NOTHING).call().await;
        let response = response.map_err(ScheduleError::Call)?;
        Description::of(response).ok_or(ScheduleError::NotFound(name))
    }

    /// The names of all schedules that begin with `prefix`, sorted. Asks 64 objects.
    ///
    /// # Errors
    ///
    /// Only [`Call`](ScheduleError::Call).
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, ScheduleError<C::Error>> {
        let request = || ListRequest { prefix: prefix.to_owned() };
        let asked = directories(&self.channel).map(|directory| directory.list(request()).call());
        let names: Vec<_> = stream::iter(asked)
            .buffered(AT_ONCE)
            .try_fold(Vec::new(), async |mut all, response| {
                all.extend(response.names);
                Ok(all)
            })
            .await
            .map_err(ScheduleError::Call)?;
        Ok(sorted(names))
    }

    fn schedule(&self, name: &str) -> Result<ScheduleClient<C>, ScheduleError<C::Error>> {
        check_name(name)?;
        Ok(ScheduleClient::new(self.channel.clone(), name))
    }

    async fn send(
        &self,
        name: String,
        mode: Mode,
        timetable: Timetable,
        call: Option<StoredCall>,
    ) -> Result<(), ScheduleError<C::Error>> {
        timetable.check()?;
        let spec = Some(timetable.into_spec());
        let request = PutRequest { spec, call, mode: mode.into(), declared_by: String::new() };
        self.send_request(&name, request).await.map(|_| ())
    }

    pub(crate) async fn send_request(
        &self,
        name: &str,
        request: PutRequest,
    ) -> Result<Outcome, ScheduleError<C::Error>> {
        let response = self.schedule(name)?.put(request).call().await;
        let name = name.to_owned();
        match response.map_err(ScheduleError::Call)?.outcome() {
            done @ (Outcome::Created | Outcome::Changed | Outcome::Unchanged) => Ok(done),
            Outcome::Exists => Err(ScheduleError::Exists(name)),
            Outcome::NotFound => Err(ScheduleError::NotFound(name)),
            Outcome::Never => Err(InvalidSpec::NeverFires.into()),
        }
    }
}

fn stored<K, Req: Payload, Res>(call: Call<K, Req, Res>) -> Result<StoredCall, InvalidSpec> {
    StoredCall::of(call).map_err(|error| InvalidSpec::Call(error.message().to_owned()))
}

fn found<E>(name: String, response: Result<ChangeResponse, E>) -> Result<(), ScheduleError<E>> {
    let response = response.map_err(ScheduleError::Call)?;
    if response.found { Ok(()) } else { Err(ScheduleError::NotFound(name)) }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}
