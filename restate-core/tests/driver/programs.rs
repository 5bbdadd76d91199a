//! Random programs, crashed at random points: their outcome is that of the undisturbed run.

use std::{fmt::Write, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::{BoxFuture, Either, join_all, select};
use proptest::prelude::*;
use restate_core::{ObjectContext, TerminalError};

use crate::{
    clients::{GreeterClient, handler},
    script::Script,
};

#[derive(Clone, Debug)]
enum Step {
    Call,
    OneWay,
    Sleep(u64),
    Run(u64),
    Set(u64),
    Join(Vec<Vec<Step>>),
    Race(Vec<Step>, Vec<Step>),
}

fn programs() -> impl Strategy<Value = Vec<Step>> {
    let leaf = prop_oneof![
        Just(Step::Call),
        Just(Step::OneWay),
        (1..100_u64).prop_map(Step::Sleep),
        any::<u64>().prop_map(Step::Run),
        any::<u64>().prop_map(Step::Set),
    ];
    let step = leaf.prop_recursive(3, 24, 3, |step| {
        let steps = prop::collection::vec(step, 1..4);
        prop_oneof![
            prop::collection::vec(steps.clone(), 1..4).prop_map(Step::Join),
            (steps.clone(), steps).prop_map(|(left, right)| Step::Race(left, right)),
        ]
    });
    prop::collection::vec(step, 1..5)
}

/// Executes `steps`; the text it returns depends on everything the program has seen, in order.
fn execute<'a>(
    ctx: ObjectContext<'a>,
    steps: &'a [Step],
) -> BoxFuture<'a, Result<String, TerminalError>> {
    Box::pin(async move {
        let mut seen = String::new();
        for step in steps {
            match step {
                Step::Call => {
                    let response = GreeterClient::new(ctx).greet("Pete").await?;
                    let _ = write!(seen, "{} ", String::from_utf8_lossy(&response));
                }
                Step::OneWay => {
                    GreeterClient::new(ctx).greet("Pete").one_way().await?;
                }
                Step::Sleep(millis) => ctx.sleep(Duration::from_millis(*millis)).await?,
                Step::Run(value) => {
                    let value = ctx.run(|| async { Ok(*value) }).await?;
                    let _ = write!(seen, "{value} ");
                }
                Step::Set(value) => ctx.set("value", *value),
                Step::Join(branches) => {
                    let branches = branches.iter().map(|branch| execute(ctx, branch));
                    for branch in join_all(branches).await {
                        let _ = write!(seen, "({}) ", branch?);
                    }
                }
                Step::Race(left, right) => {
                    match select(execute(ctx, left), execute(ctx, right)).await {
                        Either::Left((left, _)) => {
                            let _ = write!(seen, "left {} ", left?);
                        }
                        Either::Right((right, _)) => {
                            let _ = write!(seen, "right {} ", right?);
                        }
                    }
                }
            }
        }
        Ok(seen)
    })
}

/// Runs the program to its end. `order` determines which operation completes first, `crashes` before
/// which of these completions the attempt is lost.
fn run(program: &Arc<Vec<Step>>, order: u64, crashes: &[bool]) -> Vec<String> {
    let program = Arc::clone(program);
    let mut script = Script::start("", move |ctx, _| {
        let program = Arc::clone(&program);
        handler(async move { Ok(Bytes::from(execute(ctx, &program).await?)) })
    });
    for crash in crashes.iter().cycle() {
        script.sent();
        if script.outcome().is_some() {
            break;
        }
        if *crash {
            script.crash();
            script.sent();
        }
        assert!(script.complete_next(order), "the program waits for nothing");
    }
    script.journal().into_iter().filter(|entry| is_command(entry)).collect()
}

fn is_command(entry: &str) -> bool {
    entry.starts_with(|first: char| first.is_lowercase())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn b14_c9_a_program_that_crashes_does_what_it_does_undisturbed(
        program in programs(),
        order in any::<u64>(),
        crashes in prop::collection::vec(any::<bool>(), 1..16),
    ) {
        let program = Arc::new(program);
        let undisturbed = run(&program, order, &[false]);
        prop_assert_eq!(&run(&program, order, &crashes), &undisturbed);
        prop_assert_eq!(&run(&program, order, &[true]), &undisturbed);
    }
}
