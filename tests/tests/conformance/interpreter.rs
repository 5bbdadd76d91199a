//! Programs with every command of the interpreters.

use restate_core::Json;
use restate_tests::services::{InterpreterCommand as Command, ObjectInterpreterClient, Program};

use crate::{
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
    let interpreter = ObjectInterpreterClient::new(setup.client(), unique("interpreter"));
    let program = Json(Program { commands });
    interpreter.interpret(program).idempotency_key(once()).await.unwrap();
    eventually("four commands have incremented the counter", async || {
        (interpreter.counter().await.unwrap() == 4).then_some(())
    })
    .await;
    let called = ObjectInterpreterClient::new(setup.client(), "7");
    assert_eq!(called.counter().idempotency_key(once()).await.unwrap(), 1);
}
