//! Spans of invocations whose traces are recorded.

use std::collections::BTreeSet;

use bytes::Bytes;
use restate_core::{
    trace::{Step, TraceParent},
    wire::protocol::{
        CallCommand, ErrorBehavior, ErrorMessage, Failure, Header, InputCommand, OneWayCallCommand,
        ProposeRunCompletion, ProposedRunResult, RunCommand, SleepCommand,
    },
};

use super::{
    calls::call_worker,
    script::{Messages, Script, Transcript, request, worker},
};
use crate::{
    machine::{Input, Invoke, Origin, Request, Waiter, journal},
    model::{
        id::IdSource,
        trace::{Invoker, Sampling, Trace},
    },
    store::StoredInvocation,
};

fn recorded(share: f64) -> Script {
    let mut script = Script::new();
    script.machine.record_traces(Sampling::ratio(share));
    script
}

/// A client calls the worker as part of this span.
fn call_within(script: &mut Script, parent: &str) -> Transcript {
    let headers = vec![Header { key: "traceparent".into(), value: parent.into() }];
    let input = journal::frame(&InputCommand { headers, ..InputCommand::default() });
    let request = Request { input, ..request(worker()) };
    script.step(Input::Invoke(Invoke { request, origin: Origin::Call(Waiter(7)) }))
}

fn span_of_client() -> TraceParent {
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().unwrap()
}

fn spans(transcript: &Transcript) -> Vec<&str> {
    transcript.lines().filter(|line| line.contains(" ms: ")).collect()
}

#[test]
fn a_call_is_shown_as_request_invocation_and_attempts() {
    let mut script = recorded(1.0);
    script.call(worker(), 7).must_be(&[
        "create #1 Worker/run",
        "trace #1: 0 sleeps, in an attempt",
        "start 1 of #1 on 0 parts",
    ]);
    script.now += 5;
    let error = ErrorMessage { message: "no".into(), ..ErrorMessage::default() };
    let failed = script.receive(1, 1, Messages::new().and(&error));
    assert_eq!(spans(&failed), ["attempt #1 of 5 ms: no"]);
    let _ = script.tick(100);
    script.now += 7;
    let ended = script.receive(1, 2, Messages::new().output("done"));
    assert_eq!(
        spans(&ended),
        ["attempt #1 of 7 ms: ok", "invocation #1 of 112 ms: ok", "ingress #1 of 112 ms: ok"]
    );
}

#[test]
fn the_spans_of_a_call_are_a_tree() {
    let mut script = recorded(1.0);
    let _ = script.call(worker(), 7);
    let until = script.now + 10;
    let sleep =
        |n| SleepCommand { wake_up_time: until, result_completion_id: n, name: String::new() };
    let error = ErrorMessage { message: "no".into(), ..ErrorMessage::default() };
    let all = Messages::new().and(&call_worker()).and(&sleep(3)).and(&sleep(4)).run(5).run(6);
    let _ = script.receive(1, 1, all);
    let _ = script.receive(2, 2, Messages::new().output("called"));
    let _ = script.tick(10);
    let _ = script.receive(1, 1, Messages::new().and(&error));
    let _ = script.tick(100);
    let _ = script.receive(1, 3, Messages::new().output("done"));

    let (called, caller) = (script.id(2).to_string(), script.id(1).to_string());
    let the = |step: Step, invocation: &str| {
        let mut spans = script.spans.iter();
        spans.find(|span| span.step == step && span.invocation == invocation).unwrap()
    };
    let (ingress, invocation) = (the(Step::Ingress, &caller), the(Step::Invocation, &caller));
    assert_eq!((ingress.parent, invocation.parent), (0, ingress.id));
    let (outgoing, inner) = (the(Step::OutgoingCall, &called), the(Step::Invocation, &called));
    assert_eq!((outgoing.parent, inner.parent), (invocation.id, outgoing.id));
    assert_eq!(the(Step::Attempt, &called).parent, inner.id);
    // Two sleeps, two runs and two attempts.
    let within = script.spans.iter().filter(|span| span.parent == invocation.id);
    assert_eq!(within.clone().filter(|span| span.invocation == caller).count(), 6);
    assert_eq!(within.count(), 7);
    let ids: BTreeSet<_> = script.spans.iter().map(|span| span.id).collect();
    assert_eq!(ids.len(), script.spans.len());
    assert!(script.spans.iter().all(|span| span.trace == ingress.trace));
}

#[test]
fn a_trace_that_a_client_began_goes_on() {
    let mut script = recorded(0.0);
    let parent = span_of_client();
    let _ = call_within(&mut script, &parent.to_string());
    let _ = script.receive(1, 1, Messages::new().output("done"));
    assert_eq!(script.spans.len(), 3);
    assert!(script.spans.iter().all(|span| span.trace == parent.trace));
    let ingress = script.spans.iter().find(|span| span.step == Step::Ingress).unwrap();
    assert_eq!(ingress.parent, parent.span);
}

#[test]
fn a_handler_with_spans_of_its_own_says_which_of_them_calls() {
    let parent = span_of_client();
    let own = TraceParent { span: 0xabc, ..parent };
    let foreign = TraceParent { trace: 1, ..own };
    for (named, is_taken) in [(own, true), (foreign, false)] {
        let mut script = recorded(0.0);
        let _ = call_within(&mut script, &parent.to_string());
        let headers = vec![Header { key: "traceparent".into(), value: named.to_string() }];
        let call = CallCommand { headers, ..call_worker() };
        let _ = script.receive(1, 1, Messages::new().and(&call));
        let _ = script.receive(2, 2, Messages::new().output("called"));
        let outgoing = script.spans.iter().find(|span| span.step == Step::OutgoingCall).unwrap();
        assert_eq!((outgoing.trace, outgoing.parent == own.span), (parent.trace, is_taken));
    }
}

#[test]
fn the_spans_of_a_failed_call_have_its_error() {
    let mut script = recorded(1.0);
    let _ = script.call(worker(), 7);
    script.now += 5;
    let behavior = ErrorBehavior::Fail.into();
    let error = ErrorMessage { behavior, message: "no".into(), ..ErrorMessage::default() };
    let ended = script.receive(1, 1, Messages::new().and(&error));
    assert_eq!(
        spans(&ended),
        ["attempt #1 of 5 ms: no", "invocation #1 of 5 ms: no", "ingress #1 of 5 ms: no"]
    );
}

#[test]
fn a_request_that_waits_for_no_result_is_shown_at_once() {
    let mut script = recorded(1.0);
    let origin = Origin::Send(Waiter(7));
    let sent = script.step(Input::Invoke(Invoke { request: request(worker()), origin }));
    assert_eq!(spans(&sent), ["ingress #1 of 0 ms: ok"]);
    script.now += 5;
    let ended = script.receive(1, 1, Messages::new().output("done"));
    assert_eq!(spans(&ended), ["attempt #1 of 5 ms: ok", "invocation #1 of 5 ms: ok"]);
}

#[test]
fn calls_of_a_handler_belong_to_its_trace() {
    let mut script = recorded(1.0);
    let _ = script.call(worker(), 7);
    let send = OneWayCallCommand {
        service_name: "Worker".into(),
        handler_name: "run".into(),
        invocation_id_notification_idx: 3,
        ..OneWayCallCommand::default()
    };
    let called = script.receive(1, 1, Messages::new().and(&call_worker()).and(&send));
    assert_eq!(spans(&called), ["send #3 of 0 ms: ok"]);
    script.now += 5;
    let ended = script.receive(2, 2, Messages::new().output("done"));
    assert_eq!(
        spans(&ended),
        ["attempt #2 of 5 ms: ok", "invocation #2 of 5 ms: ok", "call #2 of 5 ms: ok"]
    );
    let ended = script.receive(3, 3, Messages::new().output("done"));
    assert_eq!(spans(&ended), ["attempt #3 of 5 ms: ok", "invocation #3 of 5 ms: ok"]);
}

#[test]
fn a_run_is_shown_with_its_name_and_error() {
    let mut script = recorded(1.0);
    let _ = script.call(worker(), 7);
    let run = |n: u32, name: &str| {
        Messages::new().and(&RunCommand { result_completion_id: n, name: name.into() })
    };
    let result = |n, result| {
        Messages::new().and(&ProposeRunCompletion { result_completion_id: n, result: Some(result) })
    };
    let _ = script.receive(1, 1, run(1, "charge"));
    let _ = script.receive(1, 1, run(2, "ship"));
    script.now += 5;
    let value = ProposedRunResult::Value(Bytes::from_static(b"ran"));
    assert_eq!(spans(&script.receive(1, 1, result(2, value))), ["run `ship` #1 of 5 ms: ok"]);
    script.now += 7;
    let failure = Failure { message: "no money".into(), ..Failure::default() };
    let failed = script.receive(1, 1, result(1, ProposedRunResult::Failure(failure)));
    assert_eq!(spans(&failed), ["run `charge` #1 of 7 ms: no money"]);
}

#[test]
fn a_sleep_is_shown_when_it_ends() {
    let mut script = recorded(1.0);
    let _ = script.call(worker(), 7);
    let sleep = |n: u32, until| {
        let (wake_up_time, name) = (until, String::new());
        Messages::new().and(&SleepCommand { wake_up_time, result_completion_id: n, name })
    };
    let until = script.now + 30;
    let _ = script.receive(1, 1, sleep(1, until + 100));
    script.now += 10;
    let began = script.receive(1, 1, sleep(2, until));
    assert_eq!(began.line(1), "trace #1: 2 sleeps, in an attempt");
    let woke = script.tick(20);
    assert_eq!(woke.line(1), "trace #1: 1 sleeps, in an attempt");
    assert_eq!(spans(&woke), ["sleep #1 of 20 ms: ok"]);
}

#[test]
fn an_attempt_that_its_process_did_not_outlive_has_ended() {
    let mut script = recorded(1.0);
    let id = IdSource::seeded(0, 9).next_id(script.now);
    let trace = Trace { attempt: Some((script.now - 20, 4)), ..Trace::new(1, 0, Invoker::Ingress) };
    let trace = Some(Box::new(trace));
    let stored = StoredInvocation { trace, ..StoredInvocation::new(id, worker()) };
    let recovered = script.recover(vec![stored]);
    assert_eq!(
        spans(&recovered),
        ["attempt #1 of 20 ms: the process has ended during the attempt"]
    );
}

#[test]
fn a_client_says_whether_its_trace_is_recorded() {
    let mut script = recorded(0.0);
    script.call(worker(), 7).must_be(&["create #1 Worker/run", "start 1 of #1 on 0 parts"]);
    let ended = script.receive(1, 1, Messages::new().output("done"));
    assert!(spans(&ended).is_empty(), "{ended:?}");
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
    let _ = call_within(&mut script, &format!("{trace}-01"));
    let ended = script.receive(2, 2, Messages::new().output("done"));
    assert_eq!(spans(&ended).len(), 3, "{ended:?}");
    let mut script = recorded(1.0);
    let _ = call_within(&mut script, &format!("{trace}-00"));
    let ended = script.receive(1, 1, Messages::new().output("done"));
    assert!(spans(&ended).is_empty(), "{ended:?}");
}
