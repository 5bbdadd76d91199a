use bytes::Bytes;
use restate_core::wire::protocol::{
    CallCommand, ErrorMessage, NotificationId, NotificationResult, OneWayCallCommand,
    SetStateCommand, SleepCommand, Suspension, Value, Void,
};

use super::script::{Messages, Script, counter, worker};
use crate::machine::Operation;

fn set_state() -> Messages {
    Messages::new().and(&SetStateCommand {
        key: Bytes::from_static(b"total"),
        value: Some(Value::default()),
        name: String::new(),
    })
}

#[test]
fn j1_one_exclusive_handler_holds_the_key_and_the_next_follows_in_order() {
    let mut script = Script::new();
    script
        .call(counter("k", "add"), 1)
        .must_be(&["create #1 Counter/k/add", "start 1 of #1 on 0 parts"]);
    script.call(counter("k", "add"), 2).must_be(&["create #2 Counter/k/add"]);
    script.call(counter("k", "add"), 3).must_be(&["create #3 Counter/k/add"]);
    script.receive(1, 1, Messages::new().output("1")).must_be(&[
        "remove #1",
        "start 2 of #2 on 0 parts",
        "tell 1 that #1 returned b\"1\"",
    ]);
    script.receive(2, 2, Messages::new().output("2")).must_be(&[
        "remove #2",
        "start 3 of #3 on 0 parts",
        "tell 2 that #2 returned b\"2\"",
    ]);
}

#[test]
fn j1_other_keys_and_shared_handlers_do_not_wait() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    script
        .call(counter("other", "add"), 2)
        .must_be(&["create #2 Counter/other/add", "start 2 of #2 on 0 parts"]);
    script
        .call(counter("k", "get"), 3)
        .must_be(&["create #3 Counter/k/get", "start 3 of #3 on 0 parts"]);
}

#[test]
fn j1_handlers_of_a_service_run_side_by_side() {
    let mut script = Script::new();
    for n in 1..=3 {
        let (create, start) =
            (format!("create #{n} Worker/run"), format!("start {n} of #{n} on 0 parts"));
        script.call(worker(), n).must_be(&[&create, &start]);
    }
}

/// A handler calls the counter `key`, and waits for the response.
pub(super) fn call_of(key: &str) -> Messages {
    Messages::new().and(&CallCommand {
        service_name: "Counter".into(),
        handler_name: "add".into(),
        key: key.into(),
        invocation_id_notification_idx: 1,
        result_completion_id: 2,
        ..CallCommand::default()
    })
}

/// A handler sends to the counter `k`, to be executed at this time.
fn send_to_own_key(invoke_time: u64) -> Messages {
    Messages::new().and(&OneWayCallCommand {
        service_name: "Counter".into(),
        handler_name: "add".into(),
        key: "k".into(),
        invoke_time,
        invocation_id_notification_idx: 1,
        ..OneWayCallCommand::default()
    })
}

#[test]
fn j2_a_call_of_the_own_key_waits_until_one_of_the_two_is_cancelled() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    script.receive(1, 1, call_of("k")).must_be(&[
        "create #2 Counter/k/add",
        "append #1.0: CallCommand, CallInvocationIdCompletion",
        "deliver to 1: CallInvocationIdCompletion",
        "report #2 in a deadlock",
    ]);
    let cancel = Operation::Signal(NotificationId::SignalId(1), NotificationResult::Void(Void {}));
    script.operate(2, cancel).must_be(&[
        "remove #2",
        "append #1.1: CallCompletion",
        "deliver to 1: CallCompletion",
    ]);
}

#[test]
fn j2_a_deadlock_is_reported_by_the_call_that_closes_it() {
    let mut script = Script::new();
    let _ = script.call(counter("a", "add"), 1);
    let _ = script.call(counter("b", "add"), 2);
    script.receive(1, 1, call_of("b")).must_be(&[
        "create #3 Counter/b/add",
        "append #1.0: CallCommand, CallInvocationIdCompletion",
        "deliver to 1: CallInvocationIdCompletion",
    ]);
    script.receive(2, 2, call_of("a")).must_be(&[
        "create #4 Counter/a/add",
        "append #2.0: CallCommand, CallInvocationIdCompletion",
        "deliver to 2: CallInvocationIdCompletion",
        "report #4 in a deadlock",
    ]);
}

#[test]
fn j3_a_one_way_call_of_the_own_key_queues_behind_its_caller() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    script.receive(1, 1, send_to_own_key(0)).must_be(&[
        "create #2 Counter/k/add",
        "append #1.0: OneWayCallCommand, CallInvocationIdCompletion",
        "deliver to 1: CallInvocationIdCompletion",
    ]);
    script.receive(1, 1, Messages::new().output("done")).must_be(&[
        "remove #1 and its journal",
        "start 2 of #2 on 0 parts",
        "tell 1 that #1 returned b\"done\"",
    ]);
}

#[test]
fn d12_e3_a_delayed_call_holds_no_key_and_queues_when_it_is_due() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    let _ = script.receive(1, 1, send_to_own_key(script.now + 500));
    script
        .receive(1, 1, Messages::new().output("done"))
        .must_be(&["remove #1 and its journal", "tell 1 that #1 returned b\"done\""]);
    script
        .call(counter("k", "add"), 3)
        .must_be(&["create #3 Counter/k/add", "start 2 of #3 on 0 parts"]);
    script.call(counter("k", "add"), 4).must_be(&["create #4 Counter/k/add"]);
    script.tick(500).must_be(&["remove timer release of #2", "find #2", "release #2"]);
    script.receive(3, 2, Messages::new().output("3")).must_be(&[
        "remove #3",
        "start 3 of #4 on 0 parts",
        "tell 3 that #3 returned b\"3\"",
    ]);
    script.receive(4, 3, Messages::new().output("4")).must_be(&[
        "remove #4",
        "start 4 of #2 on 0 parts",
        "tell 4 that #4 returned b\"4\"",
    ]);
}

#[test]
fn j4_a_key_stays_locked_while_its_holder_is_suspended() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    let sleep = SleepCommand {
        wake_up_time: script.now + 80_000,
        result_completion_id: 1,
        name: String::new(),
    };
    let _ = script.receive(1, 1, Messages::new().and(&sleep));
    let _ = script.tick(60_000);
    let suspension = Suspension { waiting_completions: vec![1], ..Suspension::default() };
    script.receive(1, 1, Messages::new().and(&suspension)).must_be(&["suspend #1"]);
    script.call(counter("k", "add"), 2).must_be(&["create #2 Counter/k/add"]);
}

#[test]
fn a_key_stays_locked_while_its_holder_backs_off() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    let _ = script.call(counter("k", "add"), 2);
    let error = Messages::new().and(&ErrorMessage::default());
    script.receive(1, 1, error).must_be(&["#1 failed, attempt 1", "report #1 retrying in 100"]);
    script.tick(100).must_be(&["start 2 of #1 on 0 parts after 1 failures"]);
}

#[test]
fn an_invocation_cancelled_in_its_queue_never_runs() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    let _ = script.call(counter("k", "add"), 2);
    let cancel = Operation::Signal(NotificationId::SignalId(1), NotificationResult::Void(Void {}));
    script.operate(2, cancel).must_be(&["remove #2", "tell 2 that #2 failed with 409"]);
    script
        .receive(1, 1, Messages::new().output("1"))
        .must_be(&["remove #1", "tell 1 that #1 returned b\"1\""]);
}

#[test]
fn state_is_written_with_the_command_that_says_so() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    script.receive(1, 1, set_state()).must_be(&["set state of k", "append #1.0: SetStateCommand"]);
}

#[test]
fn j5_writing_state_without_the_right_to_ends_the_invocation() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let refused = &["remove #1", "stop 1", "tell 1 that #1 failed with 400"];
    script.receive(1, 1, set_state()).must_be(refused);
}
