//! What is done with invocations that are over, unknown, or left by their clients.

use std::{collections::HashSet, time::Duration};

use restate_core::wire::protocol::{
    AttachInvocationCommand, GetInvocationOutputCommand, InvocationTarget, NotificationId,
    NotificationResult, Void,
};

use super::script::{Messages, Script, request, worker};
use crate::{
    machine::{
        Control, Input, InvocationRef, Invoke, Operation, Origin, Recipient, Request, Waiter,
    },
    model::{id::InvocationId, settings::Settings},
};

/// A client sends to the worker, whose result is retained.
fn send(script: &mut Script) {
    let request = Request { idempotency_key: Some("k".into()), ..request(worker()) };
    let _ = script.step(Input::Invoke(Invoke { request, origin: Origin::Send(Waiter(1)) }));
}

fn operations() -> [Operation; 5] {
    let signal = NotificationId::SignalId(17);
    let void = NotificationResult::Void(Void {});
    [
        Operation::Attach(Recipient::Client(Waiter(7))),
        Operation::Peek(Recipient::Client(Waiter(7))),
        Operation::Locate(Waiter(7)),
        Operation::Signal(signal.clone(), void.clone()),
        Operation::ClientSignal(signal, void, Waiter(7)),
    ]
}

#[test]
fn a_result_is_told_to_whoever_asks_later() {
    let mut script = Script::new();
    send(&mut script);
    let _ = script.receive(1, 1, Messages::new().output("done"));
    let found = "find Worker/run by \"k\"";
    let result = "tell 7 that #1 returned b\"done\"";
    let located = "tell 7 that #1 is accepted: Before";
    let replies = [&[result][..], &[result], &[located], &[], &["tell 7 Done"]];
    for (operation, reply) in operations().into_iter().zip(replies) {
        let invocation = InvocationRef::Idempotent(worker(), "k".into());
        let transcript = script.step(Input::Operate { invocation, operation });
        transcript.must_be(&[&[found, "find #1"], reply].concat());
    }
}

#[test]
fn what_never_existed_is_not_found() {
    let mut script = Script::new();
    let missing = &["tell 7 NotFound"][..];
    let replies = [missing, missing, missing, &[], &["tell 7 Done"]];
    for (operation, reply) in operations().into_iter().zip(replies) {
        let invocation = InvocationRef::Idempotent(worker(), "k".into());
        let transcript = script.step(Input::Operate { invocation, operation });
        transcript.must_be(&[&["find Worker/run by \"k\""], reply].concat());
    }
}

/// A handler attaches to an invocation, and looks whether it has a result.
fn attach_and_look(id: InvocationId) -> Messages {
    let target = Some(InvocationTarget::InvocationId(id.to_string()));
    let (result_completion_id, name) = (1, String::new());
    let attach = AttachInvocationCommand { target: target.clone(), result_completion_id, name };
    let name = String::new();
    let look = GetInvocationOutputCommand { target, result_completion_id: 2, name };
    Messages::new().and(&attach).and(&look)
}

#[test]
fn a_handler_is_answered_at_once_when_an_invocation_is_over_or_unknown() {
    let mut script = Script::new();
    send(&mut script);
    let _ = script.receive(1, 1, Messages::new().output("done"));
    let _ = script.call(worker(), 2);
    let of_completed = attach_and_look(script.id(1));
    let transcript = script.receive(2, 2, of_completed);
    assert_eq!(
        transcript.lines().last(),
        Some("deliver to 2: AttachInvocationCompletion, GetInvocationOutputCompletion")
    );
    let transcript = script.receive(2, 2, attach_and_look(InvocationId::new(1, 1, 1)));
    assert_eq!(
        transcript.lines().last(),
        Some("deliver to 2: AttachInvocationCompletion, GetInvocationOutputCompletion")
    );
}

#[test]
fn a_handler_that_looks_at_a_running_invocation_does_not_wait() {
    let mut script = Script::new();
    send(&mut script);
    let _ = script.call(worker(), 2);
    let of_running = attach_and_look(script.id(1));
    script.receive(2, 2, of_running).must_be(&[
        "#2 awaits #1",
        "append #2.0: AttachInvocationCommand, GetInvocationOutputCommand, \
         GetInvocationOutputCompletion",
        "deliver to 2: GetInvocationOutputCompletion",
    ]);
}

#[test]
fn a_client_that_leaves_can_ask_for_the_result_later() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let _ = script.call(worker(), 2);
    let leave = |client| Input::Leave { client: Waiter(client), waiter: Waiter(9) };
    script.step(leave(2)).must_be(&["retain #2", "tell 9 that #2 is accepted: Before"]);
    script.step(leave(2)).must_be(&["tell 9 NotFound"]);
    let ended = script.receive(2, 2, Messages::new().output("done"));
    ended.must_be(&["complete #2", "add timer expire of #2 at 87400000"]);
    script.operate(1, Operation::Attach(Recipient::Client(Waiter(3)))).must_be(&[]);
    script.step(leave(1)).must_be(&["retain #1", "tell 9 that #1 is accepted: Before"]);
    script.step(leave(3)).must_be(&["tell 9 that #1 is accepted: Before"]);
}

#[test]
fn a_client_that_is_gone_is_told_nothing() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    script.operate(1, Operation::Attach(Recipient::Client(Waiter(2)))).must_be(&[]);
    script.step(Input::Gone(HashSet::from([Waiter(1)]))).must_be(&[]);
    let ended = script.receive(1, 1, Messages::new().output("done"));
    ended.must_be(&["remove #1", "tell 2 that #1 returned b\"done\""]);
}

#[test]
fn a_signal_of_a_client_is_answered_when_it_is_stored() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let signal = |n| {
        let void = NotificationResult::Void(Void {});
        Operation::ClientSignal(NotificationId::SignalId(n), void, Waiter(7))
    };
    let signalled = ["append #1.0: Signal", "deliver to 1: Signal", "tell 7 Done"];
    script.operate(1, signal(17)).must_be(&signalled);
    // The signal of a cancellation ends an invocation that no attempt has touched.
    let request = Request { due: script.now + 500, ..request(worker()) };
    let _ = script.step(Input::Invoke(Invoke { request, origin: Origin::Call(Waiter(2)) }));
    let cancelled = ["remove #2", "tell 2 that #2 failed with 409", "tell 7 Done"];
    script.operate(2, signal(1)).must_be(&cancelled);
}

/// A machine that keeps results for ten seconds, and journals for this many.
fn keeping(journal: u64) -> Script {
    let retention = Duration::from_secs(10);
    let journal_retention = Duration::from_secs(journal);
    Script::with(Settings { retention, journal_retention, ..Settings::default() })
}

#[test]
fn a_journal_is_kept_no_longer_than_its_result() {
    for journal in [10, 11] {
        let mut script = keeping(journal);
        send(&mut script);
        let ended = script.receive(1, 1, Messages::new().run(1).output("done"));
        ended.must_be(&[
            "append #1.0: RunCommand, RunCompletion",
            "complete #1",
            "add timer expire of #1 at 1010000",
        ]);
    }
    let mut script = keeping(4);
    send(&mut script);
    let ended = script.receive(1, 1, Messages::new().run(1).output("done"));
    ended.must_be(&[
        "append #1.0: RunCommand, RunCompletion",
        "complete #1",
        "add timer expire of #1 at 1010000",
        "add timer forgetjournal of #1 at 1004000",
    ]);
    script.tick(4000).must_be(&["remove timer forgetjournal of #1", "forget journal of #1"]);
}

#[test]
fn a_journal_that_is_not_kept_is_not_written_at_the_end() {
    let mut script = keeping(0);
    send(&mut script);
    let ended = script.receive(1, 1, Messages::new().run(1).output("done"));
    ended.must_be(&["complete #1", "add timer expire of #1 at 1010000"]);
}

#[test]
fn a_result_or_its_journal_is_removed_by_hand() {
    let mut script = Script::new();
    send(&mut script);
    let _ = script.receive(1, 1, Messages::new().output("done"));
    let control = |control| Input::Control { id: script.id(1), control, waiter: Waiter(7) };
    let (journal, result) = (control(Control::PurgeJournal), control(Control::Purge));
    script.step(journal).must_be(&["find #1", "forget journal of #1", "tell 7 Done"]);
    script.step(result).must_be(&["find #1", "expire #1", "tell 7 Done"]);
}
