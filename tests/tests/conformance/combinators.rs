//! Combinators of durable operations.

use restate_core::Json;
use restate_ingress::{IngressClient, IngressError, InvocationHandle};
use restate_tests::services::{
    AwaitableCommand, Command, InterpretRequest, RejectAwakeable, ResolveAwakeable,
    VirtualObjectCommandInterpreterClient,
};

use crate::{
    polling::{eventually, once, unique},
    scenario::Setup,
    signals::{reject_signal, resolve_signal},
};

pub async fn awakeable_or_timeout_by_await_any(setup: Setup) {
    let commands = vec![awakeable("awk1"), AwaitableCommand::Sleep { timeout_millis: 100 }];
    let result = execute(&setup, Command::AwaitAny { commands }).await;
    assert_eq!(result.unwrap(), "sleep");
}

pub async fn awakeable_or_timeout_by_its_own_command(setup: Setup) {
    let awakeable_key = "should-time-out".to_owned();
    let command = Command::AwaitAwakeableOrTimeout { awakeable_key, timeout_millis: 100 };
    let error = execute(&setup, command).await.unwrap_err();
    assert!(error.terminal().unwrap().message().contains("await-timeout"), "{error}");
}

pub async fn first_successful_awakeable(setup: Setup) {
    let commands = vec![
        awakeable("awk0"),
        run_that_fails("run0"),
        awakeable("awk1"),
        run_that_fails("run1"),
        awakeable("awk2"),
        run_that_fails("run2"),
    ];
    let interpreter = interpreter(&setup);
    let result = tokio::spawn(program(&interpreter, Command::AwaitAnySuccessful { commands }));
    eventually("the last awakeable is there", async || {
        interpreter.has_awakeable("awk2".to_owned()).await.unwrap().then_some(())
    })
    .await;
    for created in ["awk0", "awk1"] {
        let there = interpreter.has_awakeable(created.to_owned()).idempotency_key(once());
        assert!(there.await.unwrap(), "{created}");
    }

    let rejected = RejectAwakeable { awakeable_key: "awk2".to_owned(), reason: "fail".to_owned() };
    interpreter.reject_awakeable(Json(rejected)).idempotency_key(once()).await.unwrap();
    let value = "awk1-result".to_owned();
    let resolved = ResolveAwakeable { awakeable_key: "awk1".to_owned(), value };
    interpreter.resolve_awakeable(Json(resolved)).idempotency_key(once()).await.unwrap();
    assert_eq!(result.await.unwrap().unwrap(), "awk1-result");
}

pub async fn first_successful_or_all_failed_of_signals(setup: Setup) {
    let submitted = submit(&setup, Command::AwaitAnySuccessful { commands: three_signals() }).await;
    let id = submitted.invocation_id();
    reject_signal(&setup, id, "sig0", "fail0").await;
    reject_signal(&setup, id, "sig2", "fail2").await;
    resolve_signal(&setup, id, "sig1", "success1").await;
    results_in(&submitted, "success1").await;
}

pub async fn all_successful_or_first_failed_of_signals(setup: Setup) {
    let commands = three_signals();
    let submitted = submit(&setup, Command::AwaitAllSucceededOrFirstFailed { commands }).await;
    let id = submitted.invocation_id();
    resolve_signal(&setup, id, "sig0", "val0").await;
    resolve_signal(&setup, id, "sig1", "val1").await;
    resolve_signal(&setup, id, "sig2", "val2").await;
    results_in(&submitted, "val0|val1|val2").await;
}

pub async fn all_completed_of_signals(setup: Setup) {
    let submitted = submit(&setup, Command::AwaitAllCompleted { commands: three_signals() }).await;
    let id = submitted.invocation_id();
    resolve_signal(&setup, id, "sig0", "val0").await;
    reject_signal(&setup, id, "sig1", "err1").await;
    resolve_signal(&setup, id, "sig2", "val2").await;
    results_in(&submitted, "ok:val0|err:err1|ok:val2").await;
}

pub async fn first_completed_of_signals(setup: Setup) {
    let submitted = submit(&setup, Command::AwaitAny { commands: three_signals() }).await;
    resolve_signal(&setup, submitted.invocation_id(), "sig1", "first").await;
    results_in(&submitted, "first").await;
}

pub async fn run_wins_the_race_against_a_signal(setup: Setup) {
    let commands = vec![signal("sig"), run("runval")];
    let result = execute(&setup, Command::AwaitFirstCompleted { commands }).await;
    assert_eq!(result.unwrap(), "runval");
}

pub async fn a_signal_wins_after_a_run_has_failed(setup: Setup) {
    let commands = vec![run_that_fails("fail"), signal("sig")];
    let submitted = submit(&setup, Command::AwaitFirstSucceededOrAllFailed { commands }).await;
    resolve_signal(&setup, submitted.invocation_id(), "sig", "sigval").await;
    results_in(&submitted, "sigval").await;
}

pub async fn all_succeeded_of_run_and_signal(setup: Setup) {
    let commands = vec![run("runval"), signal("sig")];
    let submitted = submit(&setup, Command::AwaitAllSucceededOrFirstFailed { commands }).await;
    resolve_signal(&setup, submitted.invocation_id(), "sig", "sigval").await;
    results_in(&submitted, "runval|sigval").await;
}

pub async fn all_completed_of_runs_and_signal(setup: Setup) {
    let commands = vec![run("runval"), signal("sig"), run_that_fails("fail")];
    let submitted = submit(&setup, Command::AwaitAllCompleted { commands }).await;
    resolve_signal(&setup, submitted.invocation_id(), "sig", "sigval").await;
    results_in(&submitted, "ok:runval|ok:sigval|err:fail").await;
}

fn awakeable(key: &str) -> AwaitableCommand {
    AwaitableCommand::CreateAwakeable { awakeable_key: key.to_owned() }
}

fn signal(name: &str) -> AwaitableCommand {
    AwaitableCommand::CreateSignal { signal_name: name.to_owned() }
}

fn three_signals() -> Vec<AwaitableCommand> {
    vec![signal("sig0"), signal("sig1"), signal("sig2")]
}

fn run(value: &str) -> AwaitableCommand {
    AwaitableCommand::RunReturns { value: value.to_owned() }
}

fn run_that_fails(reason: &str) -> AwaitableCommand {
    AwaitableCommand::RunThrowTerminalException { reason: reason.to_owned() }
}

type Interpreter = VirtualObjectCommandInterpreterClient<IngressClient>;

fn interpreter(setup: &Setup) -> Interpreter {
    VirtualObjectCommandInterpreterClient::new(setup.client(), unique("interpreter"))
}

fn program(
    interpreter: &Interpreter,
    command: Command,
) -> impl Future<Output = Result<String, IngressError>> + Send + use<> {
    let request = InterpretRequest { commands: vec![command] };
    interpreter.interpret_commands(Json(request)).idempotency_key(once()).call()
}

/// Executes a command under a unique key, and waits for its result.
pub async fn execute(setup: &Setup, command: Command) -> Result<String, IngressError> {
    program(&interpreter(setup), command).await
}

/// Starts a command under a unique key.
pub async fn submit(setup: &Setup, command: Command) -> InvocationHandle {
    let request = InterpretRequest { commands: vec![command] };
    let call = interpreter(setup).interpret_commands(Json(request)).idempotency_key(once());
    call.one_way().await.unwrap()
}

async fn results_in(submitted: &InvocationHandle, expected: &str) {
    assert_eq!(submitted.attach::<String>().await.unwrap(), expected);
}
