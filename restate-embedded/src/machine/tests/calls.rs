use restate_core::wire::protocol::{
    CallCommand, NotificationId, NotificationResult, OneWayCallCommand, Void,
};

use super::script::{Messages, Script, request, worker};
use crate::machine::{Input, Invoke, Operation, Origin, Recipient, Request, Waiter};

/// A handler calls the worker, and waits for the response.
pub(super) fn call_worker() -> CallCommand {
    CallCommand {
        service_name: "Worker".into(),
        handler_name: "run".into(),
        invocation_id_notification_idx: 1,
        result_completion_id: 2,
        ..CallCommand::default()
    }
}

#[test]
fn a_call_is_stored_run_answered_and_forgotten() {
    let mut script = Script::new();
    script.call(worker(), 7).must_be(&["create #1 Worker/run", "start 1 of #1 on 0 parts"]);
    script
        .receive(1, 1, Messages::new().output("done"))
        .must_be(&["remove #1", "tell 7 that #1 returned b\"done\""]);
    script.step(Input::Ended { id: script.id(1), attempt: 1 }).must_be(&[]);
}

#[test]
fn a_send_is_acknowledged_and_its_result_retained_for_a_day() {
    let mut script = Script::new();
    let origin = Origin::Send(Waiter(7));
    script.step(Input::Invoke(Invoke { request: request(worker()), origin })).must_be(&[
        "create #1 Worker/run",
        "start 1 of #1 on 0 parts",
        "tell 7 that #1 is accepted: Now",
    ]);
    script
        .receive(1, 1, Messages::new().output("done"))
        .must_be(&["complete #1", "add timer expire of #1 at 87400000"]);
}

#[test]
fn a_run_is_acknowledged_once_its_result_is_in_the_journal() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    for part in 0..3 {
        script.receive(1, 1, Messages::new().run(part + 1)).must_be(&[
            &format!("append #1.{part}: RunCommand, RunCompletion"),
            "deliver to 1: ProposeRunCompletionAck",
        ]);
    }
}

#[test]
fn a_called_invocation_is_created_with_its_callers_command_and_returns_to_it() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    script.receive(1, 1, Messages::new().and(&call_worker())).must_be(&[
        "create #2 Worker/run",
        "append #1.0: CallCommand, CallInvocationIdCompletion",
        "deliver to 1: CallInvocationIdCompletion",
        "start 2 of #2 on 0 parts",
    ]);
    script.receive(2, 2, Messages::new().output("called")).must_be(&[
        "remove #2",
        "append #1.1: CallCompletion",
        "deliver to 1: CallCompletion",
    ]);
}

#[test]
fn d10_d11_a_delayed_call_waits_on_disk_until_it_is_due() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    let delayed = OneWayCallCommand {
        service_name: "Worker".into(),
        handler_name: "run".into(),
        invoke_time: script.now + 500,
        invocation_id_notification_idx: 1,
        ..OneWayCallCommand::default()
    };
    script.receive(1, 1, Messages::new().and(&delayed)).must_be(&[
        "create #2 Worker/run",
        "add timer release of #2 at 1000500",
        "append #1.0: OneWayCallCommand, CallInvocationIdCompletion",
        "deliver to 1: CallInvocationIdCompletion",
    ]);
    script.tick(499).must_be(&[]);
    script.tick(1).must_be(&[
        "remove timer release of #2",
        "find #2",
        "release #2",
        "start 2 of #2 on 0 parts",
    ]);
}

#[test]
fn a_client_that_asked_for_a_time_is_told_it_even_if_it_has_passed() {
    for (due, acceptance) in [(0, "Now"), (999_999, "At(999999)"), (1_000_001, "At(1000001)")] {
        let mut script = Script::new();
        let (request, origin) = (Request { due, ..request(worker()) }, Origin::Send(Waiter(7)));
        let sent = script.step(Input::Invoke(Invoke { request, origin }));
        let told = format!("tell 7 that #1 is accepted: {acceptance}");
        assert_eq!(sent.lines().last(), Some(&*told));
    }
}

#[test]
fn d4_a_call_without_a_time_or_with_a_past_one_starts_as_soon_as_possible() {
    for invoke_time in [0, 1, 999_999, 1_000_000] {
        let mut script = Script::new();
        let _ = script.call(worker(), 7);
        let send = OneWayCallCommand {
            service_name: "Worker".into(),
            handler_name: "run".into(),
            invoke_time,
            invocation_id_notification_idx: 1,
            ..OneWayCallCommand::default()
        };
        script.receive(1, 1, Messages::new().and(&send)).must_be(&[
            "create #2 Worker/run",
            "append #1.0: OneWayCallCommand, CallInvocationIdCompletion",
            "deliver to 1: CallInvocationIdCompletion",
            "start 2 of #2 on 0 parts",
        ]);
    }
}

#[test]
fn an_idempotency_key_is_looked_up_before_the_next_command_is_read() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    let keyed = CallCommand { idempotency_key: Some("k".into()), ..call_worker() };
    let messages = Messages::new().and(&keyed).run(3);
    script.receive(1, 1, messages).must_be(&[
        "find Worker/run by \"k\"",
        "create #2 Worker/run",
        "append #1.0: CallCommand, CallInvocationIdCompletion, RunCommand, RunCompletion",
        "deliver to 1: CallInvocationIdCompletion, ProposeRunCompletionAck",
        "start 2 of #2 on 0 parts",
    ]);
}

#[test]
fn a_read_sees_what_the_same_step_has_written() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    let keyed = CallCommand { idempotency_key: Some("k".into()), ..call_worker() };
    let again =
        CallCommand { invocation_id_notification_idx: 3, result_completion_id: 4, ..keyed.clone() };
    script.receive(1, 1, Messages::new().and(&keyed).and(&again)).must_be(&[
        "find Worker/run by \"k\"",
        "create #2 Worker/run",
        "find Worker/run by \"k\"",
        "#1 awaits #2",
        "append #1.0: CallCommand, CallInvocationIdCompletion, CallCommand, \
         CallInvocationIdCompletion",
        "deliver to 1: CallInvocationIdCompletion, CallInvocationIdCompletion",
        "start 2 of #2 on 0 parts",
    ]);
}

#[test]
fn attaching_waits_and_looking_does_not() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    let attach = Operation::Attach(Recipient::Client(Waiter(8)));
    let peek = Operation::Peek(Recipient::Client(Waiter(9)));
    script.operate(1, attach).must_be(&[]);
    script.operate(1, peek).must_be(&["tell 9 NotReady"]);
    script.receive(1, 1, Messages::new().output("done")).must_be(&[
        "remove #1",
        "tell 7 that #1 returned b\"done\"",
        "tell 8 that #1 returned b\"done\"",
    ]);
}

#[test]
fn a_signal_reaches_the_attempt_through_the_journal() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    let cancel = Operation::Signal(NotificationId::SignalId(1), NotificationResult::Void(Void {}));
    script.operate(1, cancel).must_be(&["append #1.0: Signal", "deliver to 1: Signal"]);
}
