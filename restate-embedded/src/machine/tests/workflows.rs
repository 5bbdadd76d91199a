use bytes::Bytes;
use restate_core::wire::protocol::{
    CompletePromiseCommand, Completion, GetPromiseCommand, OutputResult, PeekPromiseCommand,
    Suspension, Value,
};

use super::script::{Messages, Script, request, worker};
use crate::{
    id::InvocationId,
    machine::Subject,
    machine::{Input, Invoke, Operation, Origin, PromiseOperation, PromiseQuery, Query, Waiter},
    store::{AwaitingEntry, Caller, Phase, PromiseName, StoredInvocation, StoredPromise},
    target::{Object, Target},
};

fn signup(handler: &'static str) -> Target {
    Target::new("Signup", handler, "k")
}

fn get() -> Messages {
    let key = "done".to_owned();
    Messages::new().and(&GetPromiseCommand { key, result_completion_id: 1, name: String::new() })
}

fn query(script: &Script, n: usize, completion: u32, operation: PromiseOperation) -> PromiseQuery {
    let promise = PromiseName { object: Object::new("Signup", "k"), name: "done".into() };
    PromiseQuery { promise, asker: script.id(n), completion, operation }
}

fn value() -> OutputResult {
    OutputResult::Value(Bytes::from_static(b"yes").into())
}

/// A workflow's `run`, invoked when there is none.
fn run(script: &mut Script) {
    let invoke = Invoke { request: request(signup("run")), origin: Origin::Call(Waiter(1)) };
    let found = "find Workflow(Object { service: \"Signup\", key: \"k\", scope: None })";
    script.step(Input::Invoke(invoke.clone())).must_be(&[found]);
    let subject = Subject::Workflow(Object::new("Signup", "k"));
    let query = Query { subject, operation: Operation::Invoke(invoke), reading: None };
    script
        .step(Input::Found { query, found: None })
        .must_be(&["create #1 Signup/k/run", "start 1 of #1 on 0 parts"]);
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
fn a_second_run_is_refused_and_a_second_send_told_so() {
    let mut script = Script::new();
    run(&mut script);
    let stored = StoredInvocation {
        idempotency_key: Some("".into()),
        retained: true,
        ..StoredInvocation::new(script.id(1), signup("run"))
    };
    let over = StoredInvocation { phase: Phase::Completed(value()), ..stored.clone() };
    for found in [stored, over] {
        for (origin, told) in [
            (Origin::Call(Waiter(2)), "tell 2 that #1 failed with 409"),
            (Origin::Send(Waiter(3)), "tell 3 that #1 is accepted: Before"),
        ] {
            let operation = Operation::Invoke(Invoke { request: request(signup("run")), origin });
            let subject = Subject::Workflow(Object::new("Signup", "k"));
            let query = Query { subject, operation, reading: None };
            let found = Some(Box::new(found.clone()));
            script.step(Input::Found { query, found }).must_be(&[told]);
        }
    }
}

#[test]
fn a_promise_wakes_who_waits_for_it() {
    let mut script = Script::new();
    run(&mut script);
    script.receive(1, 1, get()).must_be(&["append #1.0: GetPromiseCommand", "find promise done"]);
    let wait = query(&script, 1, 1, PromiseOperation::Await);
    script
        .step(Input::Promise { query: wait, found: StoredPromise::default() })
        .must_be(&["#1 awaits promise done"]);
    let suspension = Suspension { waiting_completions: vec![1], ..Suspension::default() };
    script.receive(1, 1, Messages::new().and(&suspension)).must_be(&["suspend #1"]);

    script
        .call(signup("confirm"), 2)
        .must_be(&["create #2 Signup/k/confirm", "start 2 of #2 on 0 parts"]);
    let complete = CompletePromiseCommand {
        key: "done".into(),
        completion: Some(Completion::Value(Value::from(Bytes::from_static(b"yes")))),
        result_completion_id: 1,
        name: String::new(),
    };
    script
        .receive(2, 2, Messages::new().and(&complete))
        .must_be(&["append #2.0: CompletePromiseCommand", "find promise done"]);
    let entry = AwaitingEntry::Promise;
    let awaiters = vec![Caller { id: script.id(1), completion: 1, entry }];
    let found = StoredPromise { result: None, awaiters };
    let completed = query(&script, 2, 1, PromiseOperation::Complete(value()));
    script.step(Input::Promise { query: completed, found }).must_be(&[
        "complete promise done",
        "resume #1",
        "append #2.1: CompletePromiseCompletion",
        "append #1.1: GetPromiseCompletion",
        "deliver to 2: CompletePromiseCompletion",
        "start 3 of #1 on 2 parts",
    ]);
}

#[test]
fn a_completed_promise_is_read_at_once_and_not_completed_again() {
    let mut script = Script::new();
    run(&mut script);
    let key = "done".to_owned();
    let peek = PeekPromiseCommand { key, result_completion_id: 2, name: String::new() };
    let both = get().and(&peek);
    script.receive(1, 1, both).must_be(&["append #1.0: GetPromiseCommand", "find promise done"]);
    let found = StoredPromise { result: Some(value()), awaiters: Vec::new() };
    let wait = query(&script, 1, 1, PromiseOperation::Await);
    script.step(Input::Promise { query: wait, found: found.clone() }).must_be(&[
        "append #1.1: GetPromiseCompletion, PeekPromiseCommand",
        "find promise done",
        "deliver to 1: GetPromiseCompletion",
    ]);
    let again = query(&script, 1, 3, PromiseOperation::Complete(value()));
    script.step(Input::Promise { query: again, found }).must_be(&[
        "append #1.2: CompletePromiseCompletion",
        "deliver to 1: CompletePromiseCompletion",
    ]);
}

#[test]
fn promises_are_for_workflows() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let refused = &["append #1.0: GetPromiseCommand", "stop 1", "report #1 retrying in 100"];
    script.receive(1, 1, get()).must_be(refused);
}

#[test]
fn of_those_invoked_before_the_workflow_was_bound_one_runs() {
    let mut script = Script::new();
    let early = |n: u64| StoredInvocation::new(InvocationId::new(n, n), signup("run"));
    let (first, second) = (early(1), early(2));
    let find = "find Workflow(Object { service: \"Signup\", key: \"k\", scope: None })";
    script.recover(vec![first.clone(), second]).must_be(&[find, find]);
    let answer = |n: usize, found: Option<StoredInvocation>, script: &Script| Input::Found {
        query: Query {
            subject: Subject::Workflow(Object::new("Signup", "k")),
            operation: Operation::Adopt(script.id(n)),
            reading: None,
        },
        found: found.map(Box::new),
    };
    let missing = answer(1, None, &script);
    script.step(missing).must_be(&["adopt #1", "start 1 of #1 on 0 parts"]);
    let found = answer(2, Some(first), &script);
    script.step(found).must_be(&["remove #2"]);
}
