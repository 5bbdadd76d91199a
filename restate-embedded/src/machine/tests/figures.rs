//! What is counted of timers and handlers.

use restate_core::{
    metrics::{Exposition, Histogram, Kind},
    wire::protocol::{ErrorBehavior, ErrorMessage, SleepCommand, Suspension},
};

use super::script::{Messages, Script, counter, request, worker};
use crate::{
    machine::{Input, Invoke, Origin, Request, Waiter},
    model::{figures::StatusName, id::InvocationId},
    store::{Timer, TimerKind},
};

fn failure(behavior: ErrorBehavior) -> Messages {
    Messages::new().and(&ErrorMessage { behavior: behavior.into(), ..ErrorMessage::default() })
}

fn sleep(until: u64) -> Messages {
    let (wake_up_time, name) = (until, String::new());
    Messages::new().and(&SleepCommand { wake_up_time, result_completion_id: 1, name })
}

/// The sum of what was observed, as it is shown.
fn sum(histogram: &Histogram) -> String {
    let mut exposition = Exposition::default();
    exposition.family("h", Kind::Histogram, "A histogram.").histogram(&[], histogram);
    let text = exposition.finish();
    text.lines().find_map(|line| line.strip_prefix("h_sum ")).unwrap().to_owned()
}

#[test]
fn timers_are_counted_with_how_late_they_are() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let _ = script.receive(1, 1, sleep(script.now + 10));
    let request = Request { due: script.now + 20, ..request(worker()) };
    let _ = script.step(Input::Invoke(Invoke { request, origin: Origin::Send(Waiter(2)) }));
    let _ = script.tick(40);
    let timers = &script.machine.figures().timers;
    assert_eq!((timers.scheduled.value(), timers.sleeps.value()), (1, 1));
    assert_eq!((timers.retention.value(), timers.overdue.value()), (0, 0));
    assert_eq!((timers.lateness.count(), &*sum(&timers.lateness)), (2, "0.05"));
    let _ = script.receive(2, 2, Messages::new().output("done"));
    // The timer was on disk, and is read by the first of them.
    let _ = script.tick(86_400_000);
    let _ = script.tick(0);
    assert_eq!(script.machine.figures().timers.retention.value(), 1);
}

#[test]
fn a_step_says_how_long_the_timers_it_left_have_been_due() {
    let mut script = Script::new();
    // One more than fire in a step.
    for n in 0..=1000 {
        let id = InvocationId::new(n, 0, n);
        script.stored_timer(Timer { due: 1_070_000, id, kind: TimerKind::Expire });
    }
    let _ = script.tick(60_000);
    let _ = script.tick(10_005);
    assert_eq!(script.machine.figures().timers.overdue.value(), 5);
    let _ = script.tick(0);
    assert_eq!(script.machine.figures().timers.overdue.value(), 0);
}

#[test]
fn attempts_and_ends_are_counted_for_their_handler() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let _ = script.receive(1, 1, failure(ErrorBehavior::Retry));
    let _ = script.tick(100);
    let suspension = Suspension { waiting_completions: vec![1], ..Suspension::default() };
    let _ = script.receive(1, 2, sleep(script.now + 20).and(&suspension));
    let _ = script.tick(20);
    let _ = script.receive(1, 3, Messages::new().output("done"));
    let _ = script.call(worker(), 2);
    script.now += 30;
    let _ = script.receive(2, 4, failure(ErrorBehavior::Fail));
    let _ = script.call(counter("k", "add"), 3);
    let _ = script.call(counter("k", "add"), 4);
    let figures = script.machine.catalog().figures(&worker());
    assert_eq!((figures.created.value(), figures.failed.value()), (2, 1));
    assert_eq!((figures.attempts.value(), figures.failed_attempts.value()), (4, 1));
    assert_eq!((figures.retries.value(), figures.suspensions.value()), (1, 1));
    assert_eq!((figures.duration.count(), &*sum(&figures.duration)), (2, "0.15"));
    let figures = script.machine.catalog().figures(&counter("k", "add"));
    assert_eq!(figures.invocations[StatusName::Running as usize].value(), 1);
    assert_eq!(figures.invocations[StatusName::Pending as usize].value(), 1);
}
