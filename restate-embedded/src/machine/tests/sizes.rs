//! Limits of size: what reaches them is stored, and what exceeds them is not.

use bytes::Bytes;
use restate_core::wire::protocol::{
    NotificationId, NotificationResult, SetStateCommand, SleepCommand, Void,
};

use super::script::{Messages, Script, counter, worker};
use crate::{
    machine::{Operation, Waiter},
    model::{settings::Settings, size_limits::SizeLimits},
};

const TOO_LARGE: [&str; 3] =
    ["remove #1 and its journal", "stop 1", "tell 1 that #1 failed with 413"];

fn limited(size_limits: SizeLimits) -> Script {
    Script::with(Settings { size_limits, ..Settings::default() })
}

/// A handler sets a value of this length.
fn set(name: &'static str, length: usize) -> Messages {
    let value = Some(Bytes::from(vec![b'x'; length]).into());
    Messages::new().and(&SetStateCommand {
        key: Bytes::from_static(name.as_bytes()),
        value,
        name: String::new(),
    })
}

fn sleep(until: u64) -> Messages {
    let (wake_up_time, name) = (until, String::new());
    Messages::new().and(&SleepCommand { wake_up_time, result_completion_id: 1, name })
}

/// The length of a [`sleep`] in a journal.
fn length_of_sleep() -> u64 {
    sleep(1_000_050).into_bytes().len() as u64
}

#[test]
fn a_value_over_its_limit_ends_the_invocation() {
    let mut script = limited(SizeLimits { value: 10, ..SizeLimits::default() });
    let _ = script.call(counter("k", "add"), 1);
    script.receive(1, 1, set("a", 10)).must_be(&["set state of k", "append #1.0: SetStateCommand"]);
    script.receive(1, 1, set("a", 11)).must_be(&TOO_LARGE);
}

#[test]
fn the_store_is_asked_for_the_size_of_a_state_when_it_may_be_over_its_limit() {
    let mut script = limited(SizeLimits { state: 30, ..SizeLimits::default() });
    let _ = script.call(counter("k", "add"), 1);
    script.receive(1, 1, set("a", 14)).must_be(&["set state of k", "append #1.0: SetStateCommand"]);
    script.receive(1, 1, set("b", 14)).must_be(&["set state of k", "append #1.1: SetStateCommand"]);
    // It replaces a value, which only the store knows.
    let asked = "find the size of the state of k";
    let replaced = [asked, "set state of k", "append #1.2: SetStateCommand"];
    script.receive(1, 1, set("b", 14)).must_be(&replaced);
    script.receive(1, 1, set("c", 0)).must_be(&[&[asked], &TOO_LARGE[..]].concat());
}

#[test]
fn a_command_that_makes_the_journal_too_long_ends_the_invocation() {
    let journal = length_of_sleep();
    let mut script = limited(SizeLimits { journal, ..SizeLimits::default() });
    let _ = script.call(worker(), 1);
    let slept = ["add timer sleep(1) of #1 at 1000050", "append #1.0: SleepCommand"];
    script.receive(1, 1, sleep(1_000_050)).must_be(&slept);
    let ended = script.receive(1, 1, sleep(1_000_050));
    assert_eq!(ended.lines().last(), Some(TOO_LARGE[2]));
    let mut script = limited(SizeLimits { journal: journal - 1, ..SizeLimits::default() });
    let _ = script.call(worker(), 1);
    script.receive(1, 1, sleep(1_000_050)).must_be(&["remove #1", TOO_LARGE[1], TOO_LARGE[2]]);
}

#[test]
fn a_notification_that_makes_the_journal_too_long_ends_the_invocation() {
    let journal = length_of_sleep();
    let mut script = limited(SizeLimits { journal, ..SizeLimits::default() });
    let _ = script.call(worker(), 1);
    let _ = script.receive(1, 1, sleep(1_000_050));
    let void = NotificationResult::Void(Void {});
    let signal = Operation::ClientSignal(NotificationId::SignalId(17), void, Waiter(7));
    let refused = script.operate(1, signal);
    let why = format!("over the journal limit of {journal} bytes");
    assert!(refused.line(0).starts_with("tell 7 TooLarge") && refused.line(0).contains(&why));
    let woke = script.tick(50);
    woke.must_be(&[&["remove timer sleep(1) of #1"], &TOO_LARGE[..]].concat());
}
