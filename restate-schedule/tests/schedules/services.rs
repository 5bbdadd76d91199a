//! What is scheduled here: a log that says when it was called and for which time.

use std::time::{Duration, SystemTime};

use restate::{
    Context, HandlerResult, Json, ObjectContext, SharedObjectContext,
    testing::{TestEngine, TestEngineBuilder},
};

/// When tests start.
pub(crate) fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

#[restate::object]
pub(crate) trait Log {
    async fn append(&self, ctx: ObjectContext<'_>, what: String) -> HandlerResult<()>;
    #[shared]
    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Vec<Line>>>;
}

/// The idempotency key of a call, or what was said, and the second at which that was.
pub(crate) type Line = (String, u64);

pub(crate) struct InState;

#[restate::handlers]
impl Log for InState {
    async fn append(&self, ctx: ObjectContext<'_>, what: String) -> HandlerResult<()> {
        let now = ctx.now().await?.duration_since(start()).unwrap_or_default();
        let what = ctx.idempotency_key().map_or(what, str::to_owned);
        let Json(mut lines) = ctx.get::<Json<Vec<Line>>>("lines").await?.unwrap_or_default();
        lines.push((what, now.as_secs()));
        ctx.set("lines", Json(lines));
        Ok(())
    }

    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Vec<Line>>> {
        Ok(ctx.get("lines").await?.unwrap_or_default())
    }
}

/// Works for as many seconds as it is told.
#[restate::service]
pub(crate) trait Work {
    async fn work(&self, ctx: Context<'_>, seconds: u64) -> HandlerResult<()>;
}

pub(crate) struct Sleeping;

#[restate::handlers]
impl Work for Sleeping {
    async fn work(&self, ctx: Context<'_>, seconds: u64) -> HandlerResult<()> {
        let log = LogClient::new(ctx, "work");
        log.append("begin".to_owned()).await?;
        let slept = ctx.sleep(Duration::from_secs(seconds)).await;
        log.append(if slept.is_ok() { "end" } else { "cancelled" }.to_owned()).one_way().await?;
        Ok(slept?)
    }
}

pub(crate) fn engine() -> TestEngineBuilder {
    TestEngine::builder()
        .bind(LogServer::new(InState))
        .bind(WorkServer::new(Sleeping))
        .bind(restate_schedule::schedule())
        .bind(restate_schedule::directory())
}

pub(crate) async fn lines(test: &TestEngine, log: &str) -> Vec<Line> {
    LogClient::new(test.client(), log).read().await.unwrap().0
}
