//! Executes programs of numbered commands.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, RandomState},
    pin::Pin,
    time::Duration,
};

use restate_core::{
    HandlerResult, Json, ObjectContext, SharedObjectContext, TerminalError, object,
};

use super::{
    program::{InterpreterCommand, Program},
    service_interpreter_helper::{
        EchoLaterRequest, IncrementViaAwakeableDanceRequest, InterpreterId,
        ServiceInterpreterHelperClient,
    },
};

/// Programs that call services, objects and themselves.
#[object(name = "ObjectInterpreter")]
pub trait ObjectInterpreter {
    /// The value of the counter.
    #[shared]
    async fn counter(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i32>;

    /// Executes a program, and waits for everything that it has started.
    async fn interpret(&self, ctx: ObjectContext<'_>, program: Json<Program>) -> HandlerResult<()>;
}

/// Executes commands, and checks their results.
#[derive(Clone, Copy, Debug, Default)]
pub struct InterpretProgram;

const COUNTER: &str = "counter";

impl ObjectInterpreter for InterpretProgram {
    async fn counter(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i32> {
        Ok(ctx.get(COUNTER).await?.unwrap_or_default())
    }

    async fn interpret(
        &self,
        ctx: ObjectContext<'_>,
        Json(program): Json<Program>,
    ) -> HandlerResult<()> {
        let mut started = Started::new();
        for (index, command) in program.commands.into_iter().enumerate() {
            execute(ctx, index, command, &mut started).await?;
        }
        for promise in started.into_values() {
            promise.await?;
        }
        Ok(())
    }
}

/// Operations that are not awaited yet, by the index of their command.
type Started<'a> = BTreeMap<usize, Promised<'a>>;

/// An operation that fails if its result is not the expected one.
type Promised<'a> = Pin<Box<dyn Future<Output = HandlerResult<()>> + Send + 'a>>;

async fn execute<'a>(
    ctx: ObjectContext<'a>,
    index: usize,
    command: InterpreterCommand,
    started: &mut Started<'a>,
) -> HandlerResult<()> {
    let helper = ServiceInterpreterHelperClient::new(**ctx);
    let this = || Json(InterpreterId { layer: 0, key: ctx.key().to_owned() });
    let hello = format!("hello-{index}");
    match command {
        InterpreterCommand::SetState { key } => {
            ctx.set(&format!("key-{key}"), format!("value-{key}"));
        }
        InterpreterCommand::GetState { key } => {
            ctx.get::<String>(&format!("key-{key}")).await?;
        }
        InterpreterCommand::ClearState { key } => ctx.clear(&format!("key-{key}")),
        InterpreterCommand::IncrementStateCounter => {
            let counter = ctx.get::<i32>(COUNTER).await?.unwrap_or_default();
            ctx.set(COUNTER, counter + 1);
        }
        InterpreterCommand::IncrementStateCounterIndirectly => {
            helper.increment_indirectly(this()).one_way().await?;
        }
        InterpreterCommand::IncrementViaDelayedCall { duration } => {
            helper.increment_indirectly(this()).delayed(millis(duration)?).await?;
        }
        InterpreterCommand::Sleep { duration } => ctx.sleep(millis(duration)?).await?,
        InterpreterCommand::CallService => {
            let reply = helper.echo(hello.clone()).call();
            started.insert(index, Box::pin(async move { expect(&hello, &reply.await?) }));
        }
        InterpreterCommand::CallSlowService { sleep } => {
            let request = EchoLaterRequest { sleep: sleep.try_into()?, parameter: hello.clone() };
            let reply = helper.echo_later(Json(request)).call();
            started.insert(index, Box::pin(async move { expect(&hello, &reply.await?) }));
        }
        InterpreterCommand::SideEffect => {
            let returned = ctx.run(|| async { Ok(hello.clone()) }).await?;
            expect(&hello, &returned)?;
        }
        InterpreterCommand::ThrowingSideEffect => ctx.run(|| async { by_chance() }).await?,
        InterpreterCommand::SlowSideEffect => {
            let effect = || async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok(())
            };
            ctx.run(effect).await?;
        }
        InterpreterCommand::RecoverTerminalCall => {
            expect_failure(&helper.terminal_failure().await)?;
        }
        InterpreterCommand::RecoverTerminalCallMaybeUnAwaited => {
            let reply = helper.terminal_failure().call();
            started.insert(index, Box::pin(async { expect_failure(&reply.await) }));
        }
        InterpreterCommand::ResolveAwakeable => {
            let awakeable = ctx.awakeable::<String>();
            helper.resolve_awakeable(awakeable.id().to_owned()).one_way().await?;
            started.insert(index, Box::pin(async { expect("ok", &awakeable.await?) }));
        }
        InterpreterCommand::RejectAwakeable => {
            let awakeable = ctx.awakeable::<String>();
            helper.reject_awakeable(awakeable.id().to_owned()).one_way().await?;
            started.insert(index, Box::pin(async { expect_failure(&awakeable.await) }));
        }
        InterpreterCommand::IncrementStateCounterViaAwakeable => {
            let first = ctx.awakeable::<String>();
            let Json(interpreter) = this();
            let tx_promise_id = first.id().to_owned();
            let dance = IncrementViaAwakeableDanceRequest { interpreter, tx_promise_id };
            helper.increment_via_awakeable_dance(Json(dance)).one_way().await?;
            ctx.resolve_awakeable(&first.await?, "ok".to_owned());
        }
        InterpreterCommand::CallObject { key, program } => {
            let other = ObjectInterpreterClient::new(ctx, key.to_string());
            let reply = other.interpret(Json(program)).call();
            started.insert(index, Box::pin(async { Ok(reply.await?) }));
        }
        InterpreterCommand::AwaitPromise { index } => {
            let promise = usize::try_from(index).ok().and_then(|at| started.remove(&at));
            if let Some(promise) = promise {
                promise.await?;
            }
        }
    }
    Ok(())
}

fn millis(duration: i32) -> HandlerResult<Duration> {
    Ok(Duration::from_millis(duration.try_into()?))
}

fn expect(expected: &str, actual: &str) -> HandlerResult<()> {
    if actual == expected {
        return Ok(());
    }
    Err(TerminalError::new(format!("`{expected}` was expected, not `{actual}`")).into())
}

fn expect_failure<T>(result: &Result<T, TerminalError>) -> HandlerResult<()> {
    match result {
        Ok(_) => Err(TerminalError::new("a failure was expected").into()),
        Err(_) => Ok(()),
    }
}

/// Random: the standard library seeds its hashers randomly.
fn by_chance() -> HandlerResult<()> {
    if RandomState::new().hash_one(()).is_multiple_of(2) {
        return Err("failed by chance".into());
    }
    Ok(())
}
