//! State that handlers read lazily, and that people change.

use bytes::Bytes;
use restate_core::wire::protocol::{GetLazyStateCommand, GetLazyStateKeysCommand};

use super::script::{Messages, Script, Transcript, counter};
use crate::{
    machine::{Input, OtherValues, StateChange, Waiter},
    model::{settings::Settings, size_limits::SizeLimits, state_version::version},
};

const ASKED: &str = "find the size of the state of k";

fn limited() -> Script {
    let size_limits = SizeLimits { value: 20, state: 30, ..SizeLimits::default() };
    Script::with(Settings { size_limits, ..Settings::default() })
}

/// People change the state of the counter `k`: names, and the lengths of their new values.
fn change(
    script: &mut Script,
    others: OtherValues,
    values: &[(&'static str, Option<usize>)],
) -> Transcript {
    let value = |length| Bytes::from(vec![b'x'; length]);
    let named = |&(name, length): &(&'static str, Option<usize>)| {
        (Bytes::from_static(name.as_bytes()), length.map(value))
    };
    let values = values.iter().map(named).collect();
    let object = counter("k", "add").object();
    let change = StateChange { object, values, others };
    script.step(Input::ChangeState { change, waiter: Waiter(7) })
}

fn replace(version: Option<&str>) -> OtherValues {
    OtherValues::Remove { version: version.map(Into::into) }
}

#[test]
fn values_are_set_and_removed_and_others_kept() {
    let mut script = limited();
    let set = [ASKED, "set state of k", "tell 7 Done"];
    change(&mut script, OtherValues::Keep, &[("a", Some(14))]).must_be(&set);
    change(&mut script, OtherValues::Keep, &[("b", Some(14))]).must_be(&set);
    change(&mut script, OtherValues::Keep, &[("a", None)])
        .must_be(&["clear state of k", "tell 7 Done"]);
}

#[test]
fn values_that_a_change_does_not_name_are_removed_if_it_says_so() {
    let mut script = limited();
    let values = [("a", Some(9)), ("b", Some(9)), ("c", Some(9))];
    let names = "find names in the state of k";
    change(&mut script, replace(None), &values).must_be(&[
        names,
        "set state of k",
        "set state of k",
        "set state of k",
        "tell 7 Done",
    ]);
    change(&mut script, replace(None), &[("b", Some(9))]).must_be(&[
        names,
        "clear state of k",
        "clear state of k",
        "set state of k",
        "tell 7 Done",
    ]);
}

#[test]
fn a_change_that_is_too_large_changes_nothing() {
    let mut script = limited();
    let _ = change(&mut script, OtherValues::Keep, &[("a", Some(14))]);
    for (others, values, why) in [
        (OtherValues::Keep, &[("b", Some(21))][..], "the value of state `b` has 21 bytes"),
        (OtherValues::Keep, &[("b", Some(15))], "the state of this key has 31 bytes"),
        (replace(None), &[("b", Some(20)), ("c", Some(9))], "the state of this key has 31 bytes"),
    ] {
        let refused = change(&mut script, others, values);
        let reply = refused.lines().last().unwrap();
        assert!(reply.starts_with("tell 7 TooLarge") && reply.contains(why), "{reply}");
        assert!(refused.lines().all(|line| !line.starts_with("set")), "{refused:?}");
    }
    // The limits themselves are allowed.
    let whole = change(&mut script, replace(None), &[("b", Some(20)), ("c", Some(8))]);
    assert_eq!(whole.lines().last(), Some("tell 7 Done"));
}

#[test]
fn a_change_of_another_version_is_refused() {
    let mut script = limited();
    let _ = change(&mut script, OtherValues::Keep, &[("a", Some(3))]);
    let refused = change(&mut script, replace(Some("old")), &[]);
    let reply = refused.lines().last().unwrap();
    assert!(reply.contains("the state has changed: its version is "), "{reply}");
    let present = version(&[("a", "xxx")]);
    let changed = change(&mut script, replace(Some(&present)), &[]);
    changed.must_be(&[
        "find state of k",
        "find names in the state of k",
        "clear state of k",
        "tell 7 Done",
    ]);
}

#[test]
fn state_that_a_handler_may_write_is_not_changed() {
    let mut script = limited();
    let _ = script.call(counter("k", "add"), 1);
    let refused = change(&mut script, OtherValues::Keep, &[("a", Some(1))]);
    assert!(refused.line(0).contains("#1 holds the key and may write the state"), "{refused:?}");
}

#[test]
fn a_handler_reads_values_and_names_from_the_store() {
    let mut script = limited();
    let _ = change(&mut script, OtherValues::Keep, &[("a", Some(1))]);
    let _ = script.call(counter("k", "get"), 1);
    for (part, key) in ["a", "b"].into_iter().enumerate() {
        let key = Bytes::from_static(key.as_bytes());
        let get = GetLazyStateCommand { key, result_completion_id: 1, ..Default::default() };
        script.receive(1, 1, Messages::new().and(&get)).must_be(&[
            "find a value of k",
            &format!("append #1.{part}: GetLazyStateCommand, GetLazyStateCompletion"),
            "deliver to 1: GetLazyStateCompletion",
        ]);
    }
    let names = GetLazyStateKeysCommand { result_completion_id: 3, ..Default::default() };
    script.receive(1, 1, Messages::new().and(&names)).must_be(&[
        "find names in the state of k",
        "append #1.2: GetLazyStateKeysCommand, GetLazyStateKeysCompletion",
        "deliver to 1: GetLazyStateKeysCompletion",
    ]);
}
