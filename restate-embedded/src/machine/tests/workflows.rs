use bytes::Bytes;
use restate_core::wire::protocol::{
    CompletePromiseCommand, Completion, GetPromiseCommand, OutputResult, PeekPromiseCommand,
    Suspension, Value,
};

use super::script::{Messages, Script, Transcript, request, worker};
use crate::{
    machine::{Input, Invoke, Origin, Waiter},
    model::{id::InvocationId, target::Target},
    store::{PromiseName, StoredInvocation},
};

fn signup(handler: &'static str) -> Target {
    Target::new("Signup", handler, "k")
}

fn get() -> Messages {
    let key = "done".to_owned();
    Messages::new().and(&GetPromiseCommand { key, result_completion_id: 1, name: String::new() })
}

fn complete() -> Messages {
    Messages::new().and(&CompletePromiseCommand {
        key: "done".into(),
        completion: Some(Completion::Value(Value::from(Bytes::from_static(b"yes")))),
        result_completion_id: 3,
        name: String::new(),
    })
}

/// A workflow's `run` is invoked for the first time.
fn run(script: &mut Script) {
    script.call(signup("run"), 1).must_be(&[
        "find Signup/k/run by \"\"",
        "create #1 Signup/k/run",
        "start 1 of #1 on 0 parts",
    ]);
}

#[test]
fn a_run_is_retained_and_may_write_state() {
    let mut script = Script::new();
    run(&mut script);
    script.receive(1, 1, Messages::new().output("done")).must_be(&[
        "complete #1",
        "add timer expire of #1 at 87400000",
        "tell 1 that #1 returned b\"done\"",
    ]);
}

#[test]
fn a_second_run_is_refused_and_a_second_send_is_answered() {
    let mut script = Script::new();
    run(&mut script);
    let again = |script: &mut Script, reads: &[&str]| {
        for (origin, told) in [
            (Origin::Call(Waiter(2)), "tell 2 that #1 failed with 409"),
            (Origin::Send(Waiter(3)), "tell 3 that #1 is accepted: Before"),
        ] {
            let invoke = Invoke { request: request(signup("run")), origin };
            let expected: Vec<_> = reads.iter().copied().chain([told]).collect();
            script.step(Input::Invoke(invoke)).must_be(&expected);
        }
    };
    again(&mut script, &["find Signup/k/run by \"\""]);
    let _ = script.receive(1, 1, Messages::new().output("done"));
    again(&mut script, &["find Signup/k/run by \"\"", "find #1"]);
}

#[test]
fn a_promise_resumes_its_awaiter() {
    let mut script = Script::new();
    run(&mut script);
    script.receive(1, 1, get()).must_be(&[
        "find promise done",
        "#1 awaits promise done",
        "append #1.0: GetPromiseCommand",
    ]);
    let suspension = Suspension { waiting_completions: vec![1], ..Suspension::default() };
    script.receive(1, 1, Messages::new().and(&suspension)).must_be(&["suspend #1"]);

    script
        .call(signup("confirm"), 2)
        .must_be(&["create #2 Signup/k/confirm", "start 2 of #2 on 0 parts"]);
    script.receive(2, 2, complete()).must_be(&[
        "find promise done",
        "complete promise done",
        "resume #1",
        "append #2.0: CompletePromiseCommand, CompletePromiseCompletion",
        "append #1.1: GetPromiseCompletion",
        "deliver to 2: CompletePromiseCompletion",
        "start 3 of #1 on 2 parts",
    ]);
}

fn client_completes(script: &mut Script, waiter: u64) -> Transcript {
    script.step(Input::CompletePromise {
        promise: PromiseName { object: signup("run").object(), name: "done".into() },
        result: OutputResult::Value(Bytes::from_static(b"yes").into()),
        waiter: Waiter(waiter),
    })
}

#[test]
fn a_promise_that_a_client_completes_resumes_its_awaiter() {
    let mut script = Script::new();
    run(&mut script);
    let suspension = Suspension { waiting_completions: vec![1], ..Suspension::default() };
    let _ = script.receive(1, 1, get().and(&suspension));
    client_completes(&mut script, 2).must_be(&[
        "find promise done",
        "complete promise done",
        "resume #1",
        "append #1.1: GetPromiseCompletion",
        "start 2 of #1 on 2 parts",
        "tell 2 Done",
    ]);
    client_completes(&mut script, 3).must_be(&[
        "find promise done",
        "tell 3 Refused(\"the promise was completed before; a promise is completed once\")",
    ]);
}

#[test]
fn a_completed_promise_is_read_at_once_and_not_completed_again() {
    let mut script = Script::new();
    run(&mut script);
    let _ = script.receive(1, 1, complete());
    let key = "done".to_owned();
    let peek = PeekPromiseCommand { key, result_completion_id: 2, name: String::new() };
    script.receive(1, 1, get().and(&peek)).must_be(&[
        "find promise done",
        "find promise done",
        "append #1.1: GetPromiseCommand, GetPromiseCompletion, PeekPromiseCommand, \
         PeekPromiseCompletion",
        "deliver to 1: GetPromiseCompletion, PeekPromiseCompletion",
    ]);
    script.receive(1, 1, complete()).must_be(&[
        "find promise done",
        "append #1.2: CompletePromiseCommand, CompletePromiseCompletion",
        "deliver to 1: CompletePromiseCompletion",
    ]);
}

#[test]
fn a_promise_that_is_completed_is_found_by_the_next_command() {
    let mut script = Script::new();
    run(&mut script);
    let key = "done".to_owned();
    let get = GetPromiseCommand { key, result_completion_id: 1, name: String::new() };
    script.receive(1, 1, complete().and(&get)).must_be(&[
        "find promise done",
        "complete promise done",
        "find promise done",
        "append #1.0: CompletePromiseCommand, CompletePromiseCompletion, GetPromiseCommand, \
         GetPromiseCompletion",
        "deliver to 1: CompletePromiseCompletion, GetPromiseCompletion",
    ]);
}

#[test]
fn promises_are_for_workflows() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let refused = &[
        "append #1.0: GetPromiseCommand, GetPromiseCompletion",
        "deliver to 1: GetPromiseCompletion",
    ];
    script.receive(1, 1, get()).must_be(refused);
}

#[test]
fn of_invocations_from_before_the_workflow_was_bound_one_runs() {
    let mut script = Script::new();
    let early = |n: u64| StoredInvocation::new(InvocationId::new(n, n, n), signup("run"));
    let (first, second) = (early(1), early(2));
    let find = "find Signup/k/run by \"\"";
    script.recover(vec![first, second]).must_be(&[
        find,
        "adopt #1",
        find,
        "remove #2",
        "start 1 of #1 on 0 parts",
    ]);
}
