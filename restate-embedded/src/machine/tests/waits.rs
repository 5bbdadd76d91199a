//! What people are told of what an invocation waits for.

use std::num::NonZeroU32;

use restate_core::wire::protocol::{CallCommand, ErrorMessage, Failure, OutputResult, Suspension};

use super::{
    keys::call_of,
    script::{Messages, Script, counter, request, worker},
};
use crate::{
    machine::{
        Control, ExternalAction, Input, Invoke, Origin, Precondition, Reply, Request, ResumeOn,
        RuleChange, Waiter, Waits,
    },
    model::{id::InvocationId, rules::Rule, target::Target},
};

/// What `#n` waits for, with names instead of ids, and whether that is a cycle.
fn waits(script: &Script, n: usize) -> (String, bool) {
    let Waits { for_what, in_cycle } = script.machine.waits(script.id(n)).unwrap();
    let mut text = for_what.join(", ");
    for n in 1..=script.machine.invocations.len() {
        text = text.replace(&script.id(n).to_string(), &format!("#{n}"));
    }
    (text, in_cycle)
}

#[test]
fn an_invocation_waits_for_its_key_and_its_caller_for_it() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    assert_eq!(waits(&script, 1), (String::new(), false));
    let _ = script.receive(1, 1, call_of("k"));
    let key = "its key, which #1 (Counter/k/add, running) holds";
    assert_eq!(waits(&script, 2), (key.into(), true));
    assert!(script.machine.holds_key(script.id(1)) && !script.machine.holds_key(script.id(2)));
    let suspension = Suspension {
        waiting_completions: vec![2, 7],
        waiting_signals: vec![1, 17],
        waiting_named_signals: vec!["go".into()],
        ..Suspension::default()
    };
    let _ = script.receive(1, 1, Messages::new().and(&suspension));
    let others = "the result of #2 (Counter/k/add, pending), completion 7 of its journal, such as a \
                  sleep or a promise, awakeable 17, the signal `go`";
    assert_eq!(waits(&script, 1), (others.into(), true));
}

#[test]
fn waiting_for_a_key_whose_holder_waits_for_nobody_is_no_cycle() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    let _ = script.call(counter("k", "add"), 2);
    let key = "its key, which #1 (Counter/k/add, running) holds";
    assert_eq!(waits(&script, 2), (key.into(), false));
    let _ = script.receive(1, 1, call_of("other"));
    let suspension = Suspension { waiting_completions: vec![2], ..Suspension::default() };
    let _ = script.receive(1, 1, Messages::new().and(&suspension));
    let callee = "the result of #3 (Counter/other/add, running)";
    assert_eq!(waits(&script, 1), (callee.into(), false));
    assert_eq!(script.machine.waits(InvocationId::new(1, 1, 1)), None);
}

#[test]
fn a_cycle_among_those_that_wait_for_an_invocation_is_not_its_own() {
    let mut script = Script::new();
    let call = |key: &str, completion| {
        Messages::new().and(&CallCommand {
            service_name: "Counter".into(),
            handler_name: "add".into(),
            key: key.into(),
            invocation_id_notification_idx: completion,
            result_completion_id: completion + 1,
            ..CallCommand::default()
        })
    };
    let _ = script.call(counter("a", "add"), 1);
    let _ = script.call(counter("b", "add"), 2);
    let _ = script.receive(1, 1, call("b", 1));
    let _ = script.receive(2, 2, call("a", 1));
    assert!(waits(&script, 3).1 && waits(&script, 4).1);
    let _ = script.receive(1, 1, call("c", 3));
    let _ = script.receive(5, 3, call("d", 1));
    let suspension = Suspension { waiting_completions: vec![2], ..Suspension::default() };
    let _ = script.receive(5, 3, Messages::new().and(&suspension));
    let callee = "the result of #6 (Counter/d/add, running)";
    assert_eq!(waits(&script, 5), (callee.into(), false));
}

#[test]
fn each_status_says_what_ends_it() {
    let mut script = Script::new();
    let scope = |target: Target| request(target.within(Some("s".into())));
    let rule = Rule {
        pattern: "s".parse().unwrap(),
        concurrency: NonZeroU32::new(1),
        description: None,
        disabled: false,
        version: 1,
        modified: 0,
    };
    let changes = vec![RuleChange::Set(rule, Precondition::None)];
    let _ = script.step(Input::ChangeRules { changes, waiter: Waiter(0) });
    let due = script.now + 500;
    for request in [
        scope(worker()),
        scope(worker()),
        Request { due, ..request(worker()) },
        request(Target::new("Gone", "h", "")),
        request(worker()),
    ] {
        let origin = Origin::Call(Waiter(1));
        let _ = script.step(Input::Invoke(Invoke { request, origin }));
    }
    let _ = script.receive(5, 2, Messages::new().and(&ErrorMessage::default()));
    let control = |script: &mut Script, n: usize, control| {
        let transcript =
            script.step(Input::Control { id: script.id(n), control, waiter: Waiter(9) });
        transcript.lines().last().unwrap().to_owned()
    };
    let resume = Control::Resume(ResumeOn::Pinned);
    for (n, waits_for, refused) in [
        (1, "", "it is running; pause it first"),
        (2, "its limits", "it waits until its limits let it run"),
        (3, "the time it is scheduled for", "it waits for the time it is scheduled for"),
        (
            4,
            "a service that is neither bound nor deployed",
            "no service that is bound or deployed has its handler",
        ),
        (5, "its next attempt", ""),
    ] {
        assert_eq!(waits(&script, n), (waits_for.into(), false));
        if n < 5 {
            let reply = control(&mut script, n, resume);
            assert!(reply.contains(&format!("#{n} cannot be resumed: {refused}")), "{reply}");
        }
    }
    let _ = control(&mut script, 5, Control::Pause);
    assert_eq!(waits(&script, 5).0, "somebody to resume it");
    let reply = control(&mut script, 3, Control::Pause);
    assert!(reply.contains("cannot be paused: it waits for the time it is scheduled"), "{reply}");
}

#[test]
fn a_client_is_told_why_its_result_will_not_come() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    let suspension = Suspension { waiting_signals: vec![17], ..Suspension::default() };
    let _ = script.receive(1, 1, Messages::new().and(&suspension));
    let effects = script.machine.fail_clients();
    let [ExternalAction::Reply { to: Waiter(1), reply: Reply::Result { id, result, .. } }] =
        &effects.external[..]
    else {
        panic!("{effects:?}");
    };
    let OutputResult::Failure(Failure { code: 508, message, .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(*id, script.id(1));
    let line = format!("\n  {id} Counter/k/add waits for awakeable 17");
    assert!(message.ends_with(&line), "{message}");
    assert_eq!(script.machine.fail_clients().external, []);
}
