use std::num::NonZeroU32;

use restate_core::wire::protocol::{
    AwaitingOn, NotificationId, NotificationResult, SleepCommand, Suspension, Void,
};

use super::script::{Messages, Script, Transcript, counter, request, worker};
use crate::{
    machine::{
        Control, Input, Invoke, Operation, Origin, Precondition, Request, RuleChange, Waiter,
    },
    model::{rules::Rule, target::Target},
};

fn rule(pattern: &str, concurrency: u32) -> Rule {
    Rule {
        pattern: pattern.parse().unwrap(),
        concurrency: NonZeroU32::new(concurrency),
        description: None,
        disabled: false,
        version: 1,
        modified: 0,
    }
}

fn set(pattern: &str, concurrency: u32) -> Input {
    let changes = vec![RuleChange::Set(rule(pattern, concurrency), Precondition::None)];
    Input::ChangeRules { changes, waiter: Waiter(0) }
}

/// A client calls `target` in scope `s`.
fn call(script: &mut Script, target: Target, key: Option<&str>) -> Transcript {
    let request =
        Request { limit_key: key.map(Into::into), ..request(target.within(Some("s".into()))) };
    script.step(Input::Invoke(Invoke { request, origin: Origin::Call(Waiter(9)) }))
}

fn output() -> Messages {
    Messages::new().output("done")
}

#[test]
fn invocations_beyond_a_limit_run_in_order_of_arrival() {
    let mut script = Script::new();
    script.step(set("s", 1)).must_be(&["set rule s version 1", "tell 0 Done"]);
    call(&mut script, worker(), None)
        .must_be(&["create #1 Worker/run", "start 1 of #1 on 0 parts"]);
    call(&mut script, worker(), None).must_be(&["create #2 Worker/run"]);
    call(&mut script, worker(), Some("a")).must_be(&["create #3 Worker/run"]);
    call(&mut script, worker(), None).must_be(&["create #4 Worker/run"]);
    for (n, attempt) in [(1, 1), (2, 2), (3, 3)] {
        script.receive(n, attempt, output()).must_be(&[
            &format!("remove #{n}"),
            &format!("start {} of #{} on 0 parts", attempt + 1, n + 1),
            &format!("tell 9 that #{n} returned b\"done\""),
        ]);
    }
    assert_eq!(script.machine.activity(script.id(4)).unwrap().status, "running");
}

#[test]
fn a_limit_holds_back_only_its_own_scope_and_key() {
    let mut script = Script::new();
    let _ = script.step(set("s/a", 1));
    let _ = call(&mut script, worker(), Some("a"));
    call(&mut script, worker(), Some("a/x")).must_be(&["create #2 Worker/run"]);
    call(&mut script, worker(), Some("b"))
        .must_be(&["create #3 Worker/run", "start 2 of #3 on 0 parts"]);
    call(&mut script, worker(), None)
        .must_be(&["create #4 Worker/run", "start 3 of #4 on 0 parts"]);
    script.call(worker(), 1).must_be(&["create #5 Worker/run", "start 4 of #5 on 0 parts"]);
    assert_eq!(script.machine.activity(script.id(2)).unwrap().status, "held-back");
}

#[test]
fn an_invocation_held_back_by_a_narrow_limit_waits_for_the_wide_one_next() {
    let mut script = Script::new();
    let _ = script.step(set("s", 2));
    let _ = script.step(set("s/*", 1));
    let _ = call(&mut script, worker(), Some("a"));
    let _ = call(&mut script, worker(), Some("a"));
    let _ = call(&mut script, worker(), Some("b"));
    let _ = call(&mut script, worker(), Some("c"));
    // The one of `a` ends: the second of `a` arrived before the one of `c`.
    let transcript = script.receive(1, 1, output());
    assert_eq!(transcript.line(1), "start 3 of #2 on 0 parts");
    let transcript = script.receive(2, 3, output());
    assert_eq!(transcript.line(1), "start 4 of #4 on 0 parts");
}

#[test]
fn a_suspended_invocation_gives_up_its_slot_and_waits_for_one_when_it_resumes() {
    let mut script = Script::new();
    let _ = script.step(set("s", 1));
    let _ = call(&mut script, worker(), None);
    let _ = call(&mut script, worker(), None);
    let sleep = SleepCommand {
        wake_up_time: script.now + 50,
        result_completion_id: 1,
        ..Default::default()
    };
    let _ = script.receive(1, 1, Messages::new().and(&sleep));
    let suspension = Suspension { waiting_completions: vec![1], ..Default::default() };
    script
        .receive(1, 1, Messages::new().and(&suspension))
        .must_be(&["suspend #1", "start 2 of #2 on 0 parts"]);
    script.tick(50).must_be(&[
        "remove timer sleep(1) of #1",
        "resume #1",
        "append #1.1: SleepCompletion",
    ]);
    let transcript = script.receive(2, 2, output());
    assert_eq!(transcript.line(1), "start 3 of #1 on 2 parts");
}

#[test]
fn a_limit_holds_back_the_holder_of_a_key_and_its_queue() {
    let mut script = Script::new();
    let _ = script.step(set("s", 1));
    let _ = call(&mut script, worker(), None);
    call(&mut script, counter("k", "add"), None).must_be(&["create #2 Counter/k/add"]);
    call(&mut script, counter("k", "add"), None).must_be(&["create #3 Counter/k/add"]);
    // The same key in no scope is another object.
    script
        .call(counter("k", "add"), 1)
        .must_be(&["create #4 Counter/k/add", "start 2 of #4 on 0 parts"]);
    let transcript = script.receive(1, 1, output());
    assert_eq!(transcript.line(1), "start 3 of #2 on 0 parts");
    let transcript = script.receive(2, 3, output());
    assert_eq!(transcript.line(1), "start 4 of #3 on 0 parts");
}

#[test]
fn an_invocation_cancelled_or_killed_in_line_never_runs() {
    let mut script = Script::new();
    let _ = script.step(set("s", 1));
    for _ in 0..4 {
        let _ = call(&mut script, worker(), None);
    }
    let cancel = Operation::Signal(NotificationId::SignalId(1), NotificationResult::Void(Void {}));
    script.operate(2, cancel).must_be(&["remove #2", "tell 9 that #2 failed with 409"]);
    let (id, control, waiter) = (script.id(3), Control::Kill, Waiter(1));
    script.step(Input::Control { id, control, waiter }).must_be(&[
        "remove #3",
        "tell 9 that #3 failed with 409",
        "tell 1 Done",
    ]);
    let transcript = script.receive(1, 1, output());
    assert_eq!(transcript.line(1), "start 2 of #4 on 0 parts");
}

#[test]
fn a_change_of_the_rules_starts_those_it_allows() {
    let mut script = Script::new();
    let _ = script.step(set("s/*", 1));
    for key in ["a", "a", "a", "b", "b"] {
        let _ = call(&mut script, worker(), Some(key));
    }
    script.step(set("s/a", 2)).must_be(&[
        "set rule s/a version 1",
        "start 3 of #2 on 0 parts",
        "tell 0 Done",
    ]);
    let remove = |version| {
        let pattern = "s/*".parse().unwrap();
        let changes = vec![RuleChange::Remove(pattern, Precondition::Version(version))];
        Input::ChangeRules { changes, waiter: Waiter(0) }
    };
    assert!(script.step(remove(7)).line(0).contains("has version 1, not 7"));
    script.step(remove(1)).must_be(&["remove rule s/*", "start 4 of #5 on 0 parts", "tell 0 Done"]);
    // A stricter rule stops nothing that runs, but starts nothing either.
    let _ = script.step(set("s/a", 1));
    let ended = script.receive(1, 1, output());
    ended.must_be(&["remove #1", "tell 9 that #1 returned b\"done\""]);
    let ended = script.receive(2, 3, output());
    assert_eq!(ended.line(1), "start 5 of #3 on 0 parts");
}

#[test]
fn rules_that_an_earlier_process_has_stored_hold() {
    let mut script = Script::new();
    script.machine.load_rules(vec![rule("s", 1)]);
    let _ = call(&mut script, worker(), None);
    call(&mut script, worker(), None).must_be(&["create #2 Worker/run"]);
}

#[test]
fn random_ends_and_changes_of_rules_lose_no_invocation() {
    let mut script = Script::new();
    let (mut running, mut made, mut ended) = (Vec::<(usize, u64)>::new(), 0, 0);
    let mut random = 7_u64;
    let mut next = |limit: u64| {
        random = crate::model::randomness::mix(random.wrapping_add(1));
        random % limit
    };
    let keys = [None, Some("a"), Some("a/x"), Some("a/y"), Some("b/x")];
    let patterns = ["s", "s/*", "s/a", "s/*/x", "*/a/*"];
    for round in 0..3000 {
        let transcript = match next(10) {
            0..4 if round < 2000 => {
                made += 1;
                let index = usize::try_from(next(5)).unwrap();
                call(&mut script, worker(), keys[index])
            }
            4 => script.step(set(
                patterns[usize::try_from(next(5)).unwrap()],
                1 + u32::try_from(next(3)).unwrap(),
            )),
            _ if running.is_empty() => continue,
            _ => {
                let length = u64::try_from(running.len()).unwrap();
                let (n, attempt) = running.swap_remove(usize::try_from(next(length)).unwrap());
                ended += 1;
                script.receive(n, attempt, output())
            }
        };
        for line in transcript.lines() {
            if let Some((attempt, rest)) =
                line.strip_prefix("start ").and_then(|it| it.split_once(" of #"))
            {
                let (n, _) = rest.split_once(' ').unwrap();
                running.push((n.parse().unwrap(), attempt.parse().unwrap()));
            }
        }
    }
    assert!(made > 500, "{made}");
    assert_eq!((made, running.len()), (ended, 0));
}

/// Without it, a handler that calls another one in its scope would wait until it has been inactive for long
/// enough.
#[test]
fn an_attempt_that_waits_gives_way_to_those_that_its_limits_hold_back() {
    let mut script = Script::new();
    let _ = script.step(set("s", 1));
    let _ = call(&mut script, worker(), Some("a"));
    let waits = || Messages::new().and(&AwaitingOn::default());
    script.receive(1, 1, waits()).must_be(&[]);
    call(&mut script, worker(), Some("b")).must_be(&["create #2 Worker/run", "close input of 1"]);
    let suspension = Suspension { waiting_signals: vec![17], ..Suspension::default() };
    script
        .receive(1, 1, Messages::new().and(&suspension))
        .must_be(&["suspend #1", "start 2 of #2 on 0 parts"]);
    call(&mut script, worker(), Some("c")).must_be(&["create #3 Worker/run"]);
    script.receive(2, 2, waits()).must_be(&["close input of 2"]);
    let _ = script.receive(2, 2, output());
    script.receive(3, 3, waits()).must_be(&[]);
}
