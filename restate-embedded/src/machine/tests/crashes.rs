use prost::Message as _;
use restate_core::wire::protocol::Suspension;

use super::script::{Messages, Script, counter, worker};
use crate::{
    machine::Input,
    model::{id::IdSource, target::Target},
    store::{Phase, StoredFailure, StoredInvocation},
};

fn stored(target: Target, phase: Phase, n: u64) -> StoredInvocation {
    let id = IdSource::seeded(n, n).next_id(0);
    StoredInvocation { retained: true, phase, parts: 4, ..StoredInvocation::new(id, target) }
}

#[test]
fn a_ready_invocation_starts_on_its_journal() {
    let mut script = Script::new();
    script.recover(vec![stored(worker(), Phase::Ready, 1)]).must_be(&["start 1 of #1 on 4 parts"]);
}

#[test]
fn attempts_go_on_counting_failures_until_the_journal_grows() {
    let mut script = Script::new();
    let failure = StoredFailure { error: "refused".into(), step: None, attempt: 1 };
    let failed =
        StoredInvocation { failure: Some(Box::new(failure)), ..stored(worker(), Phase::Ready, 1) };
    script.recover(vec![failed]).must_be(&["start 1 of #1 on 4 parts after 1 failures"]);
    script
        .step(Input::Ended { id: script.id(1), attempt: 1 })
        .must_be(&["#1 failed, attempt 2", "report #1 retrying in 200"]);
    script.tick(200).must_be(&["start 2 of #1 on 4 parts after 2 failures"]);
    let progress = script.receive(1, 2, Messages::new().run(1));
    assert_eq!(progress.line(1), "#1 goes on after a failure", "{progress:?}");
}

#[test]
fn a_suspended_invocation_keeps_its_key_and_waits() {
    let mut script = Script::new();
    let awaiting = Suspension { waiting_completions: vec![3], ..Suspension::default() };
    let suspended = Phase::Suspended(awaiting.encode_to_vec().into());
    let unfinished = vec![
        stored(counter("k", "add"), suspended, 1),
        stored(counter("k", "add"), Phase::Ready, 2),
    ];
    script.recover(unfinished).must_be(&[]);
}

#[test]
fn an_invocation_of_an_unbound_service_is_kept() {
    let mut script = Script::new();
    let gone = Target::new("Gone", "run", "");
    script.recover(vec![stored(gone, Phase::Ready, 1)]).must_be(&["report #1 unbound"]);
}

#[test]
fn messages_of_an_attempt_that_was_given_up_are_ignored() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    let _ = script.step(Input::Ended { id: script.id(1), attempt: 1 });
    let _ = script.tick(100);
    script.receive(1, 1, Messages::new().output("old")).must_be(&[]);
    script.step(Input::Ended { id: script.id(1), attempt: 1 }).must_be(&[]);
    script
        .receive(1, 2, Messages::new().output("new"))
        .must_be(&["remove #1", "tell 7 that #1 returned b\"new\""]);
}

#[test]
fn a_message_cut_in_two_is_one_message() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    let whole = Messages::new().output("done").into_bytes();
    for (chunk, effects) in [
        (whole.slice(..5), &[][..]),
        (whole.slice(5..), &["remove #1", "tell 7 that #1 returned b\"done\""]),
    ] {
        script
            .step(Input::Received { id: script.id(1), attempt: 1, chunk, response: None })
            .must_be(effects);
    }
}

#[test]
fn a_draining_machine_closes_inputs_and_starts_nothing() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    let _ = script.call(counter("k", "add"), 2);
    script.step(Input::Drain).must_be(&["close input of 1"]);
    script.call(worker(), 3).must_be(&["create #3 Worker/run"]);
    script
        .receive(1, 1, Messages::new().output("1"))
        .must_be(&["remove #1", "tell 1 that #1 returned b\"1\""]);
}
