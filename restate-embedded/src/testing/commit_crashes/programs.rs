//! Random programs, killed at every commit: they end as they do undisturbed.

use std::time::Duration;

use futures::future::{BoxFuture, join_all};
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
    Join(Vec<Vec<Step>>),
}

fn programs() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..1000_i64).prop_map(Step::Call),
        (1..1000_i64).prop_map(Step::OneWay),
        (1..1000_i64, 0..3_u64).prop_map(|(delta, delay)| Step::Delayed(delta, delay)),
        (0..3_u64).prop_map(Step::Sleep),
        any::<i32>().prop_map(|value| Step::Run(value.into())),
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

/// Executes the program that it is called with.
struct Interpreter;

impl Service for Interpreter {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service(
            "Interpreter",
            &[HandlerDescriptor::plain::<Json<Vec<Step>>, Json<Vec<i64>>>("run")],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|ctx: Context<'a>, Json(steps): Json<Vec<Step>>| async move {
            Ok(Json(execute(ctx, &steps).await?))
        })
    }
}

/// What the program returns, and what it has added up to.
async fn outcome(client: &Client, program: &[Step]) -> Result<(Vec<i64>, i64), ClientError> {
    let target = Target::service("Interpreter", "run");
    let call: Call<_, _, Json<Vec<i64>>> = Call::new(client, target, Json(program.to_vec()));
    let Json(results) = call.idempotency_key("once").await?;
    Ok((results, total(client).await?))
}

fn engine(inactivity: Duration) -> EngineBuilder {
    Engine::builder().bind(Interpreter).bind(Sum).inactivity_timeout(inactivity)
}

async fn undisturbed(program: &[Step]) -> (Vec<i64>, i64) {
    let engine = engine(Duration::from_secs(60)).in_memory().start().await.unwrap();
    outcome(&engine.client(), program).await.unwrap()
}

async fn killed_at_every_commit(
    program: &[Step],
    fault: fn(u32) -> Fault,
    inactivity: Duration,
) -> Result<(), TestCaseError> {
    let expected = undisturbed(program).await;
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
        program in programs(),
        stored in any::<bool>(),
        inactivity in prop_oneof![Just(Duration::ZERO), Just(Duration::from_secs(60))],
    ) {
        let fault = if stored { after } else { before };
        tokio::runtime::Runtime::new()
            .unwrap()
            .block_on(killed_at_every_commit(&program, fault, inactivity))?;
    }
}
