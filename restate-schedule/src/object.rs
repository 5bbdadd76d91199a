//! The object that is a schedule.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use restate::{
    HandlerResult, ObjectContext, SharedObjectContext, StateKey, TerminalError, well_known::Empty,
};

use crate::{
    contract::{
        ChangeResponse, Definition, DescribeResponse, FireRequest, Mode, Outcome, Plan, Progress,
        PutRequest, PutResponse, Schedule, ScheduleClient, Spec, TriggerResponse, WatchRequest,
    },
    directory::{directory_of, name},
    error::InvalidSpec,
    names::check_name,
    overlap::Firings,
    times::{Times, jitter_of},
};

const DEFINITION: StateKey<Definition> = StateKey::new("definition");
const PROGRESS: StateKey<Progress> = StateKey::new("progress");

/// Keeps a schedule in its state.
///
/// Exactly one `Fire` counts: the one for `Progress::next`. All others were sent before a change, a pause
/// or a deletion, and do nothing.
pub(crate) struct Keeper;

#[restate::handlers]
impl Schedule for Keeper {
    async fn put(&self, ctx: ObjectContext<'_>, request: PutRequest) -> HandlerResult<PutResponse> {
        let mode = request.mode();
        let respond = |outcome: Outcome| Ok(PutResponse { outcome: outcome.into() });
        let stored = DEFINITION.get(ctx).await?;
        match (mode, &stored) {
            (Mode::Create, Some(_)) => return respond(Outcome::Exists),
            (Mode::Change, None) => return respond(Outcome::NotFound),
            _ => {}
        }
        check_name(ctx.key()).map_err(refused)?;
        let spec = request.spec.unwrap_or_default();
        Times::of(&spec).map_err(refused)?;
        let call = request.call.or_else(|| stored.as_ref().and_then(|it| it.call.clone()));
        let call = call.filter(|call| !call.service.is_empty() && !call.handler.is_empty());
        let Some(call) = call else {
            return Err(refused(InvalidSpec::Call("it names no service and handler".into())).into());
        };
        let definition = Definition {
            spec: Some(spec.clone()),
            call: Some(call),
            declared_by: request.declared_by,
        };
        if stored.as_ref() == Some(&definition) {
            return respond(Outcome::Unchanged);
        }
        let mut progress = PROGRESS.get(ctx).await?.unwrap_or_default();
        let next = next_after_now(ctx, &spec).await?;
        if next.is_none() {
            return respond(Outcome::Never);
        }
        progress.next = next.filter(|_| !progress.paused);
        send_next(ctx, &spec, progress.next).await?;
        DEFINITION.set(ctx, definition);
        PROGRESS.set(ctx, progress);
        if stored.is_some() {
            return respond(Outcome::Changed);
        }
        directory_of(ctx, ctx.key()).add(name(ctx.key())).await?;
        respond(Outcome::Created)
    }

    async fn pause(&self, ctx: ObjectContext<'_>, _: Empty) -> HandlerResult<ChangeResponse> {
        let Some(mut progress) = PROGRESS.get(ctx).await? else { return found(false) };
        (progress.paused, progress.next) = (true, None);
        PROGRESS.set(ctx, progress);
        found(true)
    }

    async fn resume(&self, ctx: ObjectContext<'_>, _: Empty) -> HandlerResult<ChangeResponse> {
        let Some(definition) = DEFINITION.get(ctx).await? else { return found(false) };
        let mut progress = PROGRESS.get(ctx).await?.unwrap_or_default();
        if progress.paused {
            let spec = definition.spec.unwrap_or_default();
            progress.paused = false;
            progress.next = next_after_now(ctx, &spec).await?;
            send_next(ctx, &spec, progress.next).await?;
            PROGRESS.set(ctx, progress);
        }
        found(true)
    }

    async fn trigger(&self, ctx: ObjectContext<'_>, _: Empty) -> HandlerResult<TriggerResponse> {
        let Some(definition) = DEFINITION.get(ctx).await? else {
            return Ok(TriggerResponse::default());
        };
        let key = format!("schedule/{}/{}", ctx.key(), ctx.invocation_id());
        let call = definition.call.unwrap_or_default().into_call(&ctx, key);
        let id = call.one_way().await?.invocation_id().await?;
        Ok(TriggerResponse { invocation_id: id.to_string() })
    }

    async fn rearm(&self, ctx: ObjectContext<'_>, _: Empty) -> HandlerResult<ChangeResponse> {
        let Some(definition) = DEFINITION.get(ctx).await? else { return found(false) };
        let next = PROGRESS.get(ctx).await?.and_then(|progress| progress.next);
        send_next(ctx, &definition.spec.unwrap_or_default(), next).await?;
        found(true)
    }

    async fn delete(&self, ctx: ObjectContext<'_>, _: Empty) -> HandlerResult<ChangeResponse> {
        if DEFINITION.get(ctx).await?.is_none() {
            return found(false);
        }
        ctx.clear_all();
        directory_of(ctx, ctx.key()).remove(name(ctx.key())).await?;
        found(true)
    }

    async fn describe(
        &self,
        ctx: SharedObjectContext<'_>,
        _: Empty,
    ) -> HandlerResult<DescribeResponse> {
        let definition = DEFINITION.get(ctx).await?;
        Ok(DescribeResponse { definition, progress: PROGRESS.get(ctx).await? })
    }

    async fn fire(&self, ctx: ObjectContext<'_>, request: FireRequest) -> HandlerResult<()> {
        let time = request.time;
        let Some(mut progress) = PROGRESS.get(ctx).await? else { return Ok(()) };
        if progress.next != Some(time) {
            return Ok(());
        }
        let Some(definition) = DEFINITION.get(ctx).await? else { return Ok(()) };
        let spec = definition.spec.clone().unwrap_or_default();
        let Plan { due, next } = plan(ctx, &spec, time).await?;
        // First, and stored: whatever happens to this call, the schedule goes on.
        progress.next = next;
        send_next(ctx, &spec, next).await?;
        PROGRESS.set(ctx, progress.clone());
        let mut firings = Firings { ctx, definition, progress };
        for time in due {
            firings.fire(time).await?;
        }
        PROGRESS.set(ctx, firings.progress);
        Ok(())
    }

    async fn watch(
        &self,
        ctx: SharedObjectContext<'_>,
        request: WatchRequest,
    ) -> HandlerResult<()> {
        // However it ends, what waits for it is next.
        let _ = ctx.invocation(request.invocation_id.clone()).attach::<Bytes>().await;
        ScheduleClient::new(ctx, ctx.key()).ended(request).one_way().await?;
        Ok(())
    }

    async fn ended(&self, ctx: ObjectContext<'_>, request: WatchRequest) -> HandlerResult<()> {
        let Some(definition) = DEFINITION.get(ctx).await? else { return Ok(()) };
        let mut progress = PROGRESS.get(ctx).await?.unwrap_or_default();
        if progress.last.as_ref().is_none_or(|last| last.invocation_id != request.invocation_id) {
            return Ok(());
        }
        progress.watched = false;
        let mut firings = Firings { ctx, definition, progress };
        firings.start_waiting().await?;
        PROGRESS.set(ctx, firings.progress);
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn refused(reason: InvalidSpec) -> TerminalError {
    TerminalError::bad_request(reason.to_string())
}

fn found(found: bool) -> HandlerResult<ChangeResponse> {
    Ok(ChangeResponse { found })
}

/// The first time after now.
async fn next_after_now(ctx: ObjectContext<'_>, spec: &Spec) -> Result<Option<i64>, TerminalError> {
    let now = millis(ctx.now().await?);
    Ok(journaled(ctx, spec, |times| Plan { due: Vec::new(), next: times.after(now) }).await?.next)
}

/// What to fire now that `expected` has come.
async fn plan(ctx: ObjectContext<'_>, spec: &Spec, expected: i64) -> Result<Plan, TerminalError> {
    let now = millis(ctx.now().await?);
    // Being late by the jitter is not being late, and a clock that was set back makes no time early.
    let now = now.saturating_sub(jitter_of(spec, ctx.key(), expected)).max(expected);
    journaled(ctx, spec, |times| times.plan(expected, now)).await
}

/// Computes times once for all attempts: the next may have other rules of time zones.
async fn journaled(
    ctx: ObjectContext<'_>,
    spec: &Spec,
    compute: impl FnOnce(Times) -> Plan,
) -> Result<Plan, TerminalError> {
    let plan = || async { Ok(compute(Times::of(spec).map_err(refused)?)) };
    ctx.run(plan).name("times").read_only().await
}

/// Sends the delayed call for `next`.
async fn send_next(
    ctx: ObjectContext<'_>,
    spec: &Spec,
    next: Option<i64>,
) -> Result<(), TerminalError> {
    let Some(time) = next else { return Ok(()) };
    let at = time.saturating_add(jitter_of(spec, ctx.key(), time)).unsigned_abs();
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(at);
    ScheduleClient::new(ctx, ctx.key()).fire(FireRequest { time }).at(at).await?;
    Ok(())
}

fn millis(time: SystemTime) -> i64 {
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
