use bytes::Bytes;
use restate_core::wire::{
    framing::Frame,
    protocol::{
        MessageType, Notification, NotificationId, NotificationResult, RunCommand, SetStateCommand,
        VERSION,
    },
};

use super::script::{Messages, Script, Transcript, counter, worker};
use crate::{
    machine::{Input, Restart, ResumeOn, Waiter},
    model::{deployment::DeploymentId, target::Target, trace::Sampling},
};

/// A run step that is kept.
fn kept() -> Vec<Bytes> {
    let command = RunCommand { result_completion_id: 1, ..RunCommand::default() };
    let id = Some(NotificationId::CompletionId(1));
    let result = Some(NotificationResult::Value(Bytes::from_static(b"ran").into()));
    let completion = Notification { id, result };
    let completion = Frame::notification(MessageType::RunCompletion, &completion);
    vec![Frame::new(&command).raw().clone(), completion.raw().clone()]
}

/// How an invocation of `target` that ran in this process is restarted, with this journal.
fn restart_of(target: Target, journal: Vec<Bytes>) -> Restart {
    Restart {
        target,
        limit_key: None,
        input: Bytes::from_static(b"input"),
        journal,
        random_seed: Some(5),
        deployment: DeploymentId::IN_PROCESS,
        protocol: VERSION,
        on: ResumeOn::Newest,
    }
}

fn carry_out(script: &mut Script, restart: Restart) -> Transcript {
    script.step(Input::Restart { restart: Box::new(restart), waiter: Waiter(7) })
}

fn restart(script: &mut Script, target: Target, journal: Vec<Bytes>) -> Transcript {
    carry_out(script, restart_of(target, journal))
}

#[test]
fn what_is_kept_is_stored_with_the_new_invocation_and_replayed() {
    let mut script = Script::new();
    restart(&mut script, worker(), kept()).must_be(&[
        "create #1 Worker/run",
        "append #1.0: RunCommand, RunCompletion",
        "start 1 of #1 on 1 parts",
        "tell 7 that #1 is accepted: Now",
    ]);
    restart(&mut script, worker(), Vec::new()).must_be(&[
        "create #2 Worker/run",
        "start 2 of #2 on 0 parts",
        "tell 7 that #2 is accepted: Now",
    ]);
}

#[test]
fn it_has_the_limits_and_the_seed_of_the_first_and_its_result_is_retained() {
    let mut script = Script::new();
    script.machine.record_traces(Sampling::ratio(1.0));
    let scoped = worker().within(Some("shop".into()));
    let limited = Restart { limit_key: Some("ann".into()), ..restart_of(scoped.clone(), kept()) };
    let _ = carry_out(&mut script, limited);
    let stored = script.find(1);
    assert_eq!(stored.target, scoped);
    assert_eq!((stored.limit_key.as_deref(), stored.random_seed), (Some("ann"), Some(5)));
    assert!(stored.retained);
    assert!(stored.trace.is_some());
}

#[test]
fn entries_are_kept_from_the_version_on_that_sends_the_seed() {
    for (protocol, too_old) in [(4, true), (5, true), (6, false), (7, false)] {
        let mut script = Script::new();
        let restarted =
            carry_out(&mut script, Restart { protocol, ..restart_of(worker(), kept()) });
        let says = format!("tell 7 Refused(\"its journal is written in version {protocol} of");
        assert_eq!(restarted.line(0).starts_with(&says), too_old, "{restarted:?}");
    }
}

#[test]
fn a_change_of_state_that_is_kept_is_not_repeated() {
    let mut script = Script::new();
    let set = Frame::new(&SetStateCommand::default()).raw().clone();
    restart(&mut script, counter("k", "add"), vec![set]).must_be(&[
        "create #1 Counter/k/add",
        "append #1.0: SetStateCommand",
        "start 1 of #1 on 1 parts",
        "tell 7 that #1 is accepted: Now",
    ]);
}

#[test]
fn it_waits_for_its_key_and_is_not_untouched() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    restart(&mut script, counter("k", "add"), kept()).must_be(&[
        "create #2 Counter/k/add",
        "append #2.0: RunCommand, RunCompletion",
        "tell 7 that #2 is accepted: Now",
    ]);
    script.receive(1, 1, Messages::new().output("done")).must_be(&[
        "remove #1",
        "start 2 of #2 on 1 parts",
        r#"tell 1 that #1 returned b"done""#,
    ]);
}

#[test]
fn without_a_service_nothing_can_be_kept() {
    let mut script = Script::new();
    let gone = || Target::new("Gone", "h", "");
    restart(&mut script, gone(), kept())
        .must_be(&[r#"tell 7 Refused("no service that is bound or deployed has its handler")"#]);
    restart(&mut script, gone(), Vec::new()).must_be(&[
        "create #1 Gone/h",
        "tell 7 that #1 is accepted: Now",
        "report #1 unbound",
    ]);
}
