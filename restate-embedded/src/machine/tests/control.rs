use std::time::Duration;

use restate_core::wire::protocol::{CallCommand, SleepCommand, Suspension};

use super::script::{Messages, Script, Transcript, counter, worker};
use crate::machine::{Control, Input, ResumeOn, Waiter};

fn control(script: &mut Script, n: usize, control: Control) -> Transcript {
    script.step(Input::Control { id: script.id(n), control, waiter: Waiter(9) })
}

fn suspended(script: &mut Script) {
    let _ = script.call(worker(), 1);
    let suspension = Suspension { waiting_completions: vec![1], ..Suspension::default() };
    script.receive(1, 1, Messages::new().and(&suspension)).must_be(&["suspend #1"]);
}

#[test]
fn a_running_attempt_is_stopped_and_started_again_by_hand() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    control(&mut script, 1, Control::Pause).must_be(&[
        "pause #1",
        "stop 1",
        "report #1 paused",
        "tell 9 Done",
    ]);
    script.step(Input::Ended { id: script.id(1), attempt: 1 }).must_be(&[]);
    control(&mut script, 1, Control::Resume(ResumeOn::Pinned)).must_be(&[
        "resume #1",
        "start 2 of #1 on 0 parts",
        "tell 9 Done",
    ]);
}

#[test]
fn an_invocation_that_backs_off_is_resumed_at_once() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let _ = script.step(Input::Ended { id: script.id(1), attempt: 1 });
    control(&mut script, 1, Control::Resume(ResumeOn::Pinned)).must_be(&[
        "#1 goes on after a failure",
        "start 2 of #1 on 0 parts",
        "tell 9 Done",
    ]);
    script.tick(100).must_be(&[]);
}

#[test]
fn killing_an_invocation_kills_the_invocations_it_called() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let call = CallCommand {
        service_name: "Counter".into(),
        handler_name: "add".into(),
        key: "k".into(),
        invocation_id_notification_idx: 1,
        result_completion_id: 2,
        ..CallCommand::default()
    };
    let _ = script.receive(1, 1, Messages::new().and(&call));
    let _ = script.call(counter("k", "add"), 3);
    control(&mut script, 1, Control::Kill).must_be(&[
        "remove #1 and its journal",
        "remove #2",
        "stop 1",
        "stop 2",
        "start 3 of #3 on 0 parts",
        "tell 1 that #1 failed with 409",
        "tell 9 Done",
    ]);
}

#[test]
fn many_are_killed_in_one_step() {
    let mut script = Script::new();
    for waiter in 1..=4 {
        let _ = script.call(counter("k", "add"), waiter);
    }
    // One that holds the key, two that wait for it, and one that has ended by then.
    let ids = [3, 1, 2, 3].map(|n| script.id(n)).to_vec();
    let transcript =
        script.step(Input::ControlMany { ids, control: Control::Kill, waiter: Waiter(9) });
    let lines: Vec<_> = transcript.lines().filter(|line| !line.starts_with("find")).collect();
    let (outcomes, others) = lines.split_last().unwrap();
    assert_eq!(
        others,
        [
            "remove #3",
            "remove #1",
            "remove #2",
            "stop 1",
            "stop 2",
            "start 3 of #4 on 0 parts",
            "tell 3 that #3 failed with 409",
            "tell 1 that #1 failed with 409",
            "tell 2 that #2 failed with 409",
        ]
    );
    assert!(
        outcomes.starts_with("tell 9 Outcomes([(#3, Done), (#1, Done), (#2, Done)"),
        "{outcomes}"
    );
    assert!(outcomes.ends_with("(#3, Missing)])"), "{outcomes}");
}

#[test]
fn an_unfinished_invocation_cannot_be_purged_nor_a_waiting_one_paused() {
    let mut script = Script::new();
    suspended(&mut script);
    for (refused, of) in
        [(Control::Purge, "be purged"), (Control::PurgeJournal, "have its journal deleted")]
    {
        let transcript = control(&mut script, 1, refused);
        assert!(transcript.line(0).contains(&format!("cannot {of}")), "{transcript:?}");
    }
    let _ = script.call(counter("k", "add"), 2);
    let _ = script.call(counter("k", "add"), 3);
    let transcript = control(&mut script, 3, Control::Pause);
    assert!(transcript.line(0).contains("it waits for its key"), "{transcript:?}");
}

#[test]
fn sleeps_that_lost_a_race_are_removed_with_their_invocation() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let due = script.now + 50_000;
    let sleep = SleepCommand { wake_up_time: due, result_completion_id: 1, name: String::new() };
    let _ = script.receive(1, 1, Messages::new().and(&sleep));
    script.receive(1, 1, Messages::new().output("done")).must_be(&[
        "remove #1 and its journal",
        "remove timer sleep(1) of #1",
        "tell 1 that #1 returned b\"done\"",
    ]);
    script.tick(50_000).must_be(&["timers from 1060000 to 1110000"]);
}

#[test]
fn an_attempt_that_does_not_suspend_is_stopped() {
    let mut script = Script::with_inactivity(Duration::from_secs(1));
    let _ = script.call(worker(), 1);
    script.tick(1000).must_be(&["close input of 1"]);
    let abort = 600_000;
    let _ = script.tick(abort - 1);
    let transcript = script.tick(1);
    transcript.must_be(&["#1 failed, attempt 1", "stop 1", "report #1 retrying in 100"]);
}
