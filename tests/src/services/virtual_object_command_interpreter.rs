//! Executes programs of durable operations, alone and combined.

use std::{env, pin::Pin, time::Duration};

use futures::future::{Either, join_all, select, select_all, select_ok, try_join_all};
use restate_core::{
    HandlerResult, Json, ObjectContext, SharedObjectContext, TerminalError, object,
};

use super::commands::{
    AwaitableCommand, Command, InterpretRequest, RejectAwakeable, ResolveAwakeable,
};

/// Programs of durable operations, one at a time for each key.
#[object(name = "VirtualObjectCommandInterpreter")]
pub trait VirtualObjectCommandInterpreter {
    /// Executes a program; answers with the result of its last command.
    #[handler(name = "interpretCommands")]
    async fn interpret_commands(
        &self,
        ctx: ObjectContext<'_>,
        request: Json<InterpretRequest>,
    ) -> HandlerResult<String>;

    /// Resolves an awakeable that a program has created.
    #[shared]
    #[handler(name = "resolveAwakeable")]
    async fn resolve_awakeable(
        &self,
        ctx: SharedObjectContext<'_>,
        request: Json<ResolveAwakeable>,
    ) -> HandlerResult<()>;

    /// Rejects an awakeable that a program has created.
    #[shared]
    #[handler(name = "rejectAwakeable")]
    async fn reject_awakeable(
        &self,
        ctx: SharedObjectContext<'_>,
        request: Json<RejectAwakeable>,
    ) -> HandlerResult<()>;

    /// Whether a program has created an awakeable of this name.
    #[shared]
    #[handler(name = "hasAwakeable")]
    async fn has_awakeable(
        &self,
        ctx: SharedObjectContext<'_>,
        awakeable_key: String,
    ) -> HandlerResult<bool>;

    /// The results of all commands so far.
    #[shared]
    #[handler(name = "getResults")]
    async fn get_results(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Vec<String>>>;
}

/// Interprets commands with the combinators of ordinary async code.
#[derive(Clone, Copy, Debug, Default)]
pub struct InterpretCommands;

const RESULTS: &str = "results";

impl VirtualObjectCommandInterpreter for InterpretCommands {
    async fn interpret_commands(
        &self,
        ctx: ObjectContext<'_>,
        Json(InterpretRequest { commands }): Json<InterpretRequest>,
    ) -> HandlerResult<String> {
        let mut result = String::new();
        for command in commands {
            result = execute(ctx, command).await?;
            let Json(mut results) = ctx.get::<Json<Vec<_>>>(RESULTS).await?.unwrap_or_default();
            results.push(result.clone());
            ctx.set(RESULTS, Json(results));
        }
        Ok(result)
    }

    async fn resolve_awakeable(
        &self,
        ctx: SharedObjectContext<'_>,
        Json(request): Json<ResolveAwakeable>,
    ) -> HandlerResult<()> {
        Ok(resolve(ctx, request).await?)
    }

    async fn reject_awakeable(
        &self,
        ctx: SharedObjectContext<'_>,
        Json(request): Json<RejectAwakeable>,
    ) -> HandlerResult<()> {
        Ok(reject(ctx, request).await?)
    }

    async fn has_awakeable(
        &self,
        ctx: SharedObjectContext<'_>,
        awakeable_key: String,
    ) -> HandlerResult<bool> {
        Ok(ctx.get::<String>(&state_key(&awakeable_key)).await?.is_some())
    }

    async fn get_results(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Vec<String>>> {
        Ok(ctx.get(RESULTS).await?.unwrap_or_default())
    }
}

async fn execute(ctx: ObjectContext<'_>, command: Command) -> Result<String, TerminalError> {
    match command {
        Command::AwaitOne { command } => awaitable(ctx, command).await,
        Command::AwaitAny { commands } | Command::AwaitFirstCompleted { commands } => {
            select_all(awaitables(ctx, commands)).await.0
        }
        Command::AwaitAnySuccessful { commands }
        | Command::AwaitFirstSucceededOrAllFailed { commands } => {
            let (value, _) = select_ok(awaitables(ctx, commands)).await?;
            Ok(value)
        }
        Command::AwaitAllSucceededOrFirstFailed { commands } => {
            Ok(try_join_all(awaitables(ctx, commands)).await?.join("|"))
        }
        Command::AwaitAllCompleted { commands } => {
            let settled = join_all(awaitables(ctx, commands)).await.into_iter().map(shown);
            Ok(settled.collect::<Vec<_>>().join("|"))
        }
        Command::AwaitAwakeableOrTimeout { awakeable_key, timeout_millis } => {
            let awakeable = awaitable(ctx, AwaitableCommand::CreateAwakeable { awakeable_key });
            match select(awakeable, ctx.sleep(Duration::from_millis(timeout_millis))).await {
                Either::Left((value, _)) => value,
                Either::Right((slept, _)) => {
                    slept?;
                    Err(TerminalError::new("await-timeout"))
                }
            }
        }
        Command::ResolveAwakeable(request) => {
            resolve(*ctx, request).await?;
            Ok(String::new())
        }
        Command::RejectAwakeable(request) => {
            reject(*ctx, request).await?;
            Ok(String::new())
        }
        Command::GetEnvVariable { env_name } => {
            ctx.run(|| async { Ok(env::var(env_name).unwrap_or_default()) }).await
        }
    }
}

fn shown(settled: Result<String, TerminalError>) -> String {
    match settled {
        Ok(value) => format!("ok:{value}"),
        Err(error) => format!("err:{}", error.message()),
    }
}

type Awaitable<'a> = Pin<Box<dyn Future<Output = Result<String, TerminalError>> + Send + 'a>>;

fn awaitables(ctx: ObjectContext<'_>, commands: Vec<AwaitableCommand>) -> Vec<Awaitable<'_>> {
    commands.into_iter().map(|command| awaitable(ctx, command)).collect()
}

/// Records the operation immediately; the returned future waits for its result.
fn awaitable(ctx: ObjectContext<'_>, command: AwaitableCommand) -> Awaitable<'_> {
    match command {
        AwaitableCommand::CreateAwakeable { awakeable_key } => {
            let awakeable = ctx.awakeable::<String>();
            ctx.set(&state_key(&awakeable_key), awakeable.id().to_owned());
            Box::pin(awakeable)
        }
        AwaitableCommand::CreateSignal { signal_name } => Box::pin(ctx.signal(&signal_name)),
        AwaitableCommand::Sleep { timeout_millis } => {
            let sleep = ctx.sleep(Duration::from_millis(timeout_millis));
            Box::pin(async { sleep.await.map(|()| "sleep".to_owned()) })
        }
        AwaitableCommand::RunReturns { value } => Box::pin(ctx.run(|| async {
            work().await;
            Ok(value)
        })),
        AwaitableCommand::RunThrowTerminalException { reason } => Box::pin(ctx.run(|| async {
            work().await;
            Err(TerminalError::new(reason).into())
        })),
    }
}

/// Makes a closure wait, as those with real side effects do.
async fn work() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

async fn resolve(
    ctx: SharedObjectContext<'_>,
    ResolveAwakeable { awakeable_key, value }: ResolveAwakeable,
) -> Result<(), TerminalError> {
    ctx.resolve_awakeable(&created(ctx, &awakeable_key).await?, value);
    Ok(())
}

async fn reject(
    ctx: SharedObjectContext<'_>,
    RejectAwakeable { awakeable_key, reason }: RejectAwakeable,
) -> Result<(), TerminalError> {
    ctx.reject_awakeable(&created(ctx, &awakeable_key).await?, TerminalError::new(reason));
    Ok(())
}

async fn created(
    ctx: SharedObjectContext<'_>,
    awakeable_key: &str,
) -> Result<String, TerminalError> {
    let id = ctx.get::<String>(&state_key(awakeable_key)).await?;
    id.ok_or_else(|| TerminalError::new(format!("there is no awakeable `{awakeable_key}` yet")))
}

fn state_key(awakeable_key: &str) -> String {
    format!("awk-{awakeable_key}")
}
