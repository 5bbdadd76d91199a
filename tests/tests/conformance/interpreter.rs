//! Programs with every command of the interpreters.

use restate_core::{Json, call::ServiceName};
use restate_tests::services::{InterpreterCommand as Command, Program};

use crate::{
    configuration::Platform,
    polling::{eventually, once, unique},
    scenario::Setup,
};

pub async fn every_command_does_what_it_says(setup: Setup) {
    let inner = Program { commands: vec![Command::CallService, Command::IncrementStateCounter] };
    let commands = vec![
        Command::SetState { key: 1 },
        Command::GetState { key: 1 },
        Command::ClearState { key: 1 },
        Command::IncrementStateCounter,
        Command::IncrementStateCounterIndirectly,
        Command::Sleep { duration: 1 },
        Command::CallService,
        Command::CallSlowService { sleep: 1 },
        Command::IncrementViaDelayedCall { duration: 1 },
        Command::SideEffect,
        Command::ThrowingSideEffect,
        Command::SlowSideEffect,
        Command::RecoverTerminalCall,
        Command::RecoverTerminalCallMaybeUnAwaited,
        Command::AwaitPromise { index: 6 },
        Command::ResolveAwakeable,
        Command::RejectAwakeable,
        Command::IncrementStateCounterViaAwakeable,
        Command::CallObject { key: 7, program: inner },
    ];
    let (client, program) = (setup.client(), Json(Program { commands }));
    let (outer, inner) = interpreters(setup.platform);
    let key = unique("interpreter");
    let interpreted = outer.call_keyed::<_, _, ()>(&client, key.as_str(), "interpret", program);
    interpreted.idempotency_key(once()).await.unwrap();
    eventually("four commands have incremented the counter", async || {
        let counter = outer.call_keyed::<_, _, i32>(&client, key.as_str(), "counter", ());
        (counter.await.unwrap() == 4).then_some(())
    })
    .await;
    let called = inner.call_keyed::<_, _, i32>(&client, "7", "counter", ());
    assert_eq!(called.idempotency_key(once()).await.unwrap(), 1);
}

/// The object that interprets a program, and the one that interprets the programs in it.
fn interpreters(platform: Platform) -> (ServiceName, ServiceName) {
    match platform {
        // Restate's suite has one for each level, so that they cannot call each other in a cycle.
        Platform::Program | Platform::ProgramOnServer => {
            (ServiceName::new("ObjectInterpreterL0"), ServiceName::new("ObjectInterpreterL1"))
        }
        _ => (ServiceName::new("ObjectInterpreter"), ServiceName::new("ObjectInterpreter")),
    }
}
