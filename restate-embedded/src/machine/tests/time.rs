use std::time::Duration;

use restate_core::wire::protocol::{
    ErrorBehavior, ErrorMessage, FutureTree, NotificationId, NotificationResult, OutputResult,
    SleepCommand, Suspension, Value, Void,
};

use super::script::{Messages, Script, request, worker};
use crate::{
    machine::{Input, Invoke, Operation, Origin, Request, Waiter},
    store::{Phase, StoredInvocation, Timer, TimerKind},
};

fn sleep(until: u64) -> Messages {
    let sleep = SleepCommand { wake_up_time: until, result_completion_id: 1, name: String::new() };
    Messages::new().and(&sleep)
}

fn suspension(completion: u32) -> Messages {
    let tree = FutureTree { waiting_completions: vec![completion], ..FutureTree::default() };
    let nested = FutureTree { nested_futures: vec![tree], ..FutureTree::default() };
    Messages::new().and(&Suspension { awaiting_on: Some(nested), ..Suspension::default() })
}

fn failure(behavior: ErrorBehavior, next_retry_delay: Option<u64>) -> Messages {
    let behavior = behavior.into();
    let error = ErrorMessage { code: 500, behavior, next_retry_delay, ..ErrorMessage::default() };
    Messages::new().and(&error)
}

#[test]
fn the_next_alarm_is_a_retry_or_a_check_of_inactivity() {
    let mut script = Script::new();
    assert_eq!(script.machine.next_alarm(), None);
    let _ = script.call(worker(), 7);
    assert_eq!(script.machine.next_alarm(), Some(script.now + 60_000));
    let _ = script.receive(1, 1, failure(ErrorBehavior::Retry, None));
    assert_eq!(script.machine.next_alarm(), Some(script.now + 100));
}

#[test]
fn a_sleep_wakes_a_running_attempt_no_earlier_than_asked() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    let until = script.now + 100;
    script
        .receive(1, 1, sleep(until))
        .must_be(&["add timer sleep(1) of #1 at 1000100", "append #1.0: SleepCommand"]);
    assert_eq!(script.machine.next_tick(), until);
    script.tick(99).must_be(&[]);
    script.tick(1).must_be(&[
        "remove timer sleep(1) of #1",
        "append #1.1: SleepCompletion",
        "deliver to 1: SleepCompletion",
    ]);
}

#[test]
fn an_inactive_attempt_suspends_and_resumes_when_its_notification_comes() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    let _ = script.receive(1, 1, sleep(script.now + 80_000));
    script.tick(60_000).must_be(&["timers from 1060000 to 1120000", "close input of 1"]);
    script.receive(1, 1, suspension(1)).must_be(&["suspend #1"]);
    script.tick(20_000).must_be(&[
        "remove timer sleep(1) of #1",
        "resume #1",
        "append #1.1: SleepCompletion",
        "start 2 of #1 on 2 parts",
    ]);
}

#[test]
fn a_notification_between_closing_and_suspension_is_not_missed() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    let _ = script.receive(1, 1, sleep(script.now + 60_001));
    script.tick(60_000).must_be(&["timers from 1060000 to 1120000", "close input of 1"]);
    script.tick(1).must_be(&["remove timer sleep(1) of #1", "append #1.1: SleepCompletion"]);
    script.receive(1, 1, suspension(1)).must_be(&["start 2 of #1 on 2 parts"]);
}

#[test]
fn an_attempt_is_started_before_its_input_is_closed() {
    let mut script = Script::with_inactivity(Duration::ZERO);
    let _ = script.call(worker(), 7);
    script.tick(0).must_be(&["close input of 1"]);
    let _ = script.receive(1, 1, sleep(script.now + 1));
    script.receive(1, 1, suspension(1)).must_be(&["suspend #1"]);
    script.tick(1).must_be(&[
        "remove timer sleep(1) of #1",
        "resume #1",
        "append #1.1: SleepCompletion",
        "start 2 of #1 on 2 parts",
        "close input of 2",
    ]);
}

#[test]
fn failed_attempts_are_retried_ever_later_and_then_paused() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    script
        .receive(1, 1, failure(ErrorBehavior::Retry, None))
        .must_be(&["#1 failed, attempt 1", "report #1 retrying in 100"]);
    script.tick(99).must_be(&[]);
    script.tick(1).must_be(&["start 2 of #1 on 0 parts after 1 failures"]);
    script
        .step(Input::Ended { id: script.id(1), attempt: 2 })
        .must_be(&["#1 failed, attempt 2", "report #1 retrying in 200"]);
    script.tick(200).must_be(&["start 3 of #1 on 0 parts after 2 failures"]);
    script.receive(1, 3, failure(ErrorBehavior::Retry, None)).must_be(&[
        "pause #1",
        "#1 failed, attempt 3",
        "report #1 paused",
    ]);
}

#[test]
fn progress_makes_the_next_failure_the_first() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    let _ = script.receive(1, 1, failure(ErrorBehavior::Retry, Some(1)));
    script.tick(1).must_be(&["start 2 of #1 on 0 parts after 1 failures"]);
    let progress = script.receive(1, 2, Messages::new().run(1));
    assert_eq!(progress.line(1), "#1 goes on after a failure", "{progress:?}");
    script
        .receive(1, 2, failure(ErrorBehavior::Retry, None))
        .must_be(&["#1 failed, attempt 1", "report #1 retrying in 100"]);
    script.tick(100).must_be(&["start 3 of #1 on 1 parts after 1 failures"]);
}

#[test]
fn an_attempt_decides_what_its_failure_means() {
    let mut script = Script::new();
    let _ = script.call(worker(), 7);
    script
        .receive(1, 1, failure(ErrorBehavior::Fail, None))
        .must_be(&["remove #1", "tell 7 that #1 failed with 500"]);
    let _ = script.call(worker(), 8);
    script.receive(2, 2, failure(ErrorBehavior::Pause, None)).must_be(&[
        "pause #2",
        "#2 failed, attempt 1",
        "report #2 paused",
    ]);
}

#[test]
fn a_scheduled_invocation_of_an_earlier_process_is_released_when_it_is_due() {
    let mut script = Script::new();
    let id = crate::model::id::IdSource::seeded(0, 9).next_id(script.now);
    let scheduled =
        StoredInvocation { phase: Phase::Scheduled, ..StoredInvocation::new(id, worker()) };
    script.stored(scheduled);
    script.stored_timer(Timer { due: 1_070_000, id, kind: TimerKind::Release });
    script.tick(60_000).must_be(&["timers from 1060000 to 1120000"]);
    script.tick(10_000).must_be(&[
        "remove timer release of #1",
        "find #1",
        "release #1",
        "start 1 of #1 on 0 parts",
    ]);
}

#[test]
fn an_invocation_cancelled_before_its_time_is_not_released() {
    let mut script = Script::new();
    let request = Request { due: script.now + 500, ..request(worker()) };
    let _ = script.step(Input::Invoke(Invoke { request, origin: Origin::Send(Waiter(1)) }));
    let cancel = Operation::Signal(NotificationId::SignalId(1), NotificationResult::Void(Void {}));
    script.operate(1, cancel).must_be(&[
        "find #1",
        "complete #1",
        "add timer expire of #1 at 87400000",
    ]);
    script.tick(500).must_be(&["remove timer release of #1", "find #1"]);
}

#[test]
fn a_retained_result_expires() {
    let mut script = Script::new();
    let id = crate::model::id::IdSource::seeded(0, 9).next_id(script.now);
    let result = OutputResult::Value(Value::default());
    script.stored(StoredInvocation {
        phase: Phase::Completed(result),
        ..StoredInvocation::new(id, worker())
    });
    script.stored_timer(Timer { due: 1_070_000, id, kind: TimerKind::Expire });
    script.tick(60_000).must_be(&["timers from 1060000 to 1120000"]);
    script.tick(10_000).must_be(&["remove timer expire of #1", "expire #1"]);
}

#[test]
fn a_clock_that_is_set_back_does_not_delay_retries_and_inactivity() {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    script
        .receive(1, 1, failure(ErrorBehavior::Retry, None))
        .must_be(&["#1 failed, attempt 1", "report #1 retrying in 100"]);
    script.now -= 900_000;
    script.tick(0).must_be(&[]);
    script.tick(99).must_be(&[]);
    script.tick(1).must_be(&["start 2 of #1 on 0 parts after 1 failures"]);
    script.now -= 50_000;
    script.tick(0).must_be(&[]);
    script.tick(59_999).must_be(&[]);
    script.tick(1).must_be(&["close input of 2"]);
}

#[test]
fn a_clock_that_jumps_fires_each_timer_once_and_none_early() {
    let mut script = Script::new();
    let due = script.now + 50;
    let _ = script.call(worker(), 1);
    let _ = script.receive(1, 1, sleep(due));
    script.now -= 900_000;
    script.tick(50).must_be(&[]);
    script.now = due + 30_000;
    script.tick(0).must_be(&[
        "remove timer sleep(1) of #1",
        "timers from 1060000 to 1090050",
        "append #1.1: SleepCompletion",
        "deliver to 1: SleepCompletion",
    ]);
    script.now = due - 10;
    script.tick(0).must_be(&[]);
    script.tick(10).must_be(&[]);
}
