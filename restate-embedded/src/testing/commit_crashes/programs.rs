//! Random programs, killed at every commit: they end as they do undisturbed.

use std::time::Duration;

use futures::future::{BoxFuture, Either, join_all, select};
use proptest::prelude::*;
use restate_core::{
    Call, Context, Json, Service, Target, TerminalError,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use serde::{Deserialize, Serialize};

use super::{Sum, after, before, dying, total};
use crate::{
    engine::{Client, ClientError, Engine, EngineBuilder},
    store::MemoryStore,
    testing::Fault,
};

#[derive(Clone, Debug, Deserialize, Serialize)]
enum Step {
    Call(i64),
    OneWay(i64),
    Delayed(i64, u64),
    Sleep(u64),
    Run(i64),
    /// A command that is refused with a failure, which the program takes for a result.
    Refused(Refused),
    /// A step that ends before a sleep that would never do.
    BeforeSleep(u64, i64),
    Join(Vec<Vec<Step>>),
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
enum Refused {
    /// Attaching to something that is not an id.
    Attach,
    /// A call of an object in a scope.
    ScopedCall,
    /// A delay beyond all time.
    LongDelay,
    /// A sleep beyond all time.
    LongSleep,
}

/// What a program does last, to be refused for good.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
enum End {
    /// It completes an awakeable that is none.
    Awakeable,
    /// It signals something that is not an id.
    Signal,
    /// It sends a call of an object in a scope.
    ScopedSend,
    /// It sends a request over the message limit.
    LongSend,
    /// It calls with a request over the limit, and would go on after that.
    LongCall,
    /// A step has a result over the limit.
    LongRun,
    /// Its response is over the limit.
    LongResponse,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Program {
    steps: Vec<Step>,
    end: Option<End>,
}

const MESSAGE_LIMIT: usize = 20_000;

fn long() -> String {
    "x".repeat(MESSAGE_LIMIT)
}

fn whole_programs() -> impl Strategy<Value = Program> {
    let end = prop::sample::select(vec![
        None,
        Some(End::Awakeable),
        Some(End::Signal),
        Some(End::ScopedSend),
        Some(End::LongSend),
        Some(End::LongCall),
        Some(End::LongRun),
        Some(End::LongResponse),
    ]);
    (programs(), end).prop_map(|(steps, end)| Program { steps, end })
}

fn programs() -> impl Strategy<Value = Vec<Step>> {
    let refused =
        vec![Refused::Attach, Refused::ScopedCall, Refused::LongDelay, Refused::LongSleep];
    // Up to the end of representable time.
    let seconds = prop_oneof![1_000_000..1_000_000_000_u64, (u64::MAX / 1000 - 9)..u64::MAX / 1000];
    let step = prop_oneof![
        (1..1000_i64).prop_map(Step::Call),
        (1..1000_i64).prop_map(Step::OneWay),
        (1..1000_i64, 0..3_u64).prop_map(|(delta, delay)| Step::Delayed(delta, delay)),
        (0..3_u64).prop_map(Step::Sleep),
        any::<i32>().prop_map(|value| Step::Run(value.into())),
        prop::sample::select(refused).prop_map(Step::Refused),
        (seconds, 1..1000_i64).prop_map(|(seconds, delta)| Step::BeforeSleep(seconds, delta)),
    ];
    let step = step.prop_recursive(2, 8, 3, |step| {
        prop::collection::vec(prop::collection::vec(step, 1..3), 1..4).prop_map(Step::Join)
    });
    prop::collection::vec(step, 1..5)
}

/// Executes `steps`; lists the results of its runs, in the order of the program.
fn execute<'a>(
    ctx: Context<'a>,
    steps: &'a [Step],
) -> BoxFuture<'a, Result<Vec<i64>, TerminalError>> {
    Box::pin(async move {
        let add = |delta: i64| -> Call<Context<'a>, i64, i64> {
            Call::new(&ctx, Target::object("Sum", "key", "add"), delta)
        };
        let mut results = Vec::new();
        let mut sent = Vec::new();
        for step in steps {
            match step {
                Step::Call(delta) => drop(add(*delta).await?),
                Step::OneWay(delta) => sent.push(add(*delta).one_way().await?),
                Step::Delayed(delta, delay) => {
                    sent.push(add(*delta).delayed(Duration::from_millis(*delay)).await?);
                }
                Step::Sleep(millis) => ctx.sleep(Duration::from_millis(*millis)).await?,
                Step::Run(value) => results.push(ctx.run(|| async { Ok(*value) }).await?),
                Step::Refused(refused) => {
                    let failed = match refused {
                        Refused::Attach => ctx.invocation("nope").attach::<i64>().await.map(drop),
                        Refused::ScopedCall => add(1).scope("s").await.map(drop),
                        Refused::LongDelay => add(1).delayed(Duration::MAX).await.map(drop),
                        Refused::LongSleep => ctx.sleep(Duration::MAX).await,
                    };
                    results.push(failed.map_or_else(|error| error.code().into(), |()| 0));
                }
                Step::BeforeSleep(seconds, delta) => {
                    let sleep = ctx.sleep(Duration::from_secs(*seconds));
                    match select(sleep, add(*delta).call()).await {
                        // The longest are refused.
                        Either::Left((slept, _)) => {
                            results.push(slept.map_or_else(|error| error.code().into(), |()| -1));
                        }
                        Either::Right((added, _)) => drop(added?),
                    }
                }
                Step::Join(branches) => {
                    for branch in join_all(branches.iter().map(|steps| execute(ctx, steps))).await {
                        results.extend(branch?);
                    }
                }
            }
        }
        for sent in sent {
            sent.attach::<i64>().await?;
        }
        Ok(results)
    })
}

/// Does what is refused for good. The text is to be returned.
async fn end(ctx: Context<'_>, end: End) -> Result<String, TerminalError> {
    let send = |text: String| -> Call<Context<'_>, String, String> {
        Call::new(&ctx, Target::object("Sum", "other", "echo"), text)
    };
    match end {
        End::Awakeable => ctx.resolve_awakeable("sign_1nope", 1_i64),
        End::Signal => ctx.invocation("inv_1nope").signal("go", 1_i64).await?,
        End::ScopedSend => drop(send(String::new()).scope("s").one_way().await?),
        End::LongSend => drop(send(long()).one_way().await?),
        End::LongCall => drop(send(long()).await),
        End::LongRun => drop(ctx.run(|| async { Ok(long()) }).await),
        End::LongResponse => return Ok(long()),
    }
    // Whether it is refused at once or when the attempt waits next.
    ctx.sleep(Duration::from_millis(1)).await?;
    Ok(String::new())
}

/// What a program returns: its results, and a text that may be long.
type Output = (Vec<i64>, String);

/// Executes the program that it is called with.
struct Interpreter;

impl Service for Interpreter {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service(
            "Interpreter",
            &[HandlerDescriptor::plain::<Json<Program>, Json<Output>>("run")],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|ctx: Context<'a>, Json(program): Json<Program>| async move {
            let results = execute(ctx, &program.steps).await?;
            let text = match program.end {
                Some(last) => end(ctx, last).await?,
                None => String::new(),
            };
            Ok(Json((results, text)))
        })
    }
}

/// What the program returns or the code that it fails with, and what it has added up to.
async fn outcome(client: &Client, program: &Program) -> Result<Outcome, ClientError> {
    let target = Target::service("Interpreter", "run");
    let call: Call<_, _, Json<Output>> = Call::new(client, target, Json(program.clone()));
    let returned = match call.idempotency_key("once").await {
        Ok(Json((results, _))) => Ok(results),
        Err(ClientError::Failed(error)) => Err(error.code()),
        Err(stopped) => return Err(stopped),
    };
    Ok((returned, total(client).await?))
}

type Outcome = (Result<Vec<i64>, u16>, i64);

fn engine(inactivity: Duration) -> EngineBuilder {
    let engine = Engine::builder().bind(Interpreter).bind(Sum);
    engine.inactivity_timeout(inactivity).message_limit(MESSAGE_LIMIT)
}

async fn undisturbed(program: &Program) -> Outcome {
    let engine = engine(Duration::from_secs(60)).in_memory().start().await.unwrap();
    outcome(&engine.client(), program).await.unwrap()
}

async fn killed_at_every_commit(
    program: &Program,
    fault: fn(u32) -> Fault,
    inactivity: Duration,
) -> Result<(), TestCaseError> {
    let expected = undisturbed(program).await;
    let code = match program.end {
        None => None,
        Some(End::Awakeable | End::Signal | End::ScopedSend) => Some(400),
        Some(_) => Some(413),
    };
    prop_assert_eq!(expected.0.as_ref().err().copied(), code, "{:?}", program);
    for commits in 0.. {
        let disk = MemoryStore::default();
        let store = dying(&disk, fault(commits));
        let first = engine(inactivity).store(store).start().await.unwrap();
        let survived = outcome(&first.client(), program).await.is_ok();
        drop(first);

        let second = engine(inactivity).store(disk.reopen()).start().await.unwrap();
        let outcome = outcome(&second.client(), program).await.unwrap();
        prop_assert_eq!(&outcome, &expected, "killed at commit {}", commits);
        if survived {
            break;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 32,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn b14_c9_a_program_killed_at_every_commit_does_what_it_does_undisturbed(
        program in whole_programs(),
        stored in any::<bool>(),
        inactivity in prop_oneof![Just(Duration::ZERO), Just(Duration::from_secs(60))],
    ) {
        let fault = if stored { after } else { before };
        tokio::runtime::Runtime::new()
            .unwrap()
            .block_on(killed_at_every_commit(&program, fault, inactivity))?;
    }
}
