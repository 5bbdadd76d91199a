use bytes::Bytes;
use restate_core::engine::protocol::{
    ErrorMessage, NotificationId, NotificationResult, SetStateCommand, Value, Void,
};

use super::script::{Messages, Script, counter, worker};
use crate::machine::{Input, Operation, Query, Subject};

fn set_state() -> Messages {
    Messages::new().and(&SetStateCommand {
        key: Bytes::from_static(b"total"),
        value: Some(Value::default()),
        name: String::new(),
    })
}

#[test]
fn one_exclusive_handler_holds_the_key_and_the_next_follows_in_order() {
    let mut script = Script::new();
    script
        .call(counter("k", "add"), 1)
        .must_be(&["create #1 Counter/k/add", "start 1 of #1 on 0 parts"]);
    script.call(counter("k", "add"), 2).must_be(&["create #2 Counter/k/add"]);
    script.call(counter("k", "add"), 3).must_be(&["create #3 Counter/k/add"]);
    script.receive(1, 1, Messages::new().output("1")).must_be(&[
        "remove #1",
        "tell 1 that #1 returned b\"1\"",
        "start 2 of #2 on 0 parts",
    ]);
    script.receive(2, 2, Messages::new().output("2")).must_be(&[
        "remove #2",
        "tell 2 that #2 returned b\"2\"",
        "start 3 of #3 on 0 parts",
    ]);
}

#[test]
fn other_keys_and_shared_handlers_do_not_wait() {
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
fn a_key_stays_locked_while_its_holder_is_tried_again() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    let _ = script.call(counter("k", "add"), 2);
    let error = Messages::new().and(&ErrorMessage::default());
    script.receive(1, 1, error).must_be(&["report #1 retrying in 100"]);
    script.tick(100).must_be(&["start 2 of #1 on 0 parts after 1 failures"]);
}

#[test]
fn who_is_cancelled_in_the_queue_never_runs() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    let _ = script.call(counter("k", "add"), 2);
    let cancel = Operation::Signal(NotificationId::SignalId(1), NotificationResult::Void(Void {}));
    let query = Query { subject: Subject::Id(script.id(2)), operation: cancel, reading: None };
    script.step(Input::Operate(query)).must_be(&["remove #2", "tell 2 that #2 failed with 409"]);
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
fn who_may_not_write_state_fails_the_attempt() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let refused = &["append #1.0: SetStateCommand", "stop 1", "report #1 retrying in 100"];
    script.receive(1, 1, set_state()).must_be(refused);
}
