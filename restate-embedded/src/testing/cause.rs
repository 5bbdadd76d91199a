//! What has probably been changed in a handler that departs from its journal.

use serde_json::Value;

/// In words, from the recorded entries beginning with the one that differs, and the commands that the
/// handler has produced from there.
pub(super) fn likely_cause(recorded: &[&Value], produced: &[Value]) -> String {
    let (Some(was), Some(is)) = (recorded.first(), produced.first()) else {
        return "the handler does less than before".to_owned();
    };
    let (old, new) = (name(was), name(is));
    let commands = recorded.iter().skip(1).filter(|entry| kind(entry).is_some());
    let comes_later = commands.into_iter().any(|entry| name(entry) == new);
    let is_made_later = produced.iter().skip(1).any(|entry| name(entry) == old);
    if old == new {
        return same_operation(was, is, &old);
    }
    if is["type"] == "OutputCommand"
        && let Some(failure) = failure(is)
    {
        return format!("the handler fails before {old}: {failure}");
    }
    match (comes_later, is_made_later) {
        (true, true) => format!("{old} and {new} have changed places"),
        (true, false) => format!("{old} was removed or made conditional"),
        (false, true) => format!("{new} was added before {old}"),
        (false, false) if is["type"] == was["type"] => {
            format!("{old} was renamed or replaced: it is {new} now")
        }
        (false, false) if is["type"] == "OutputCommand" => {
            format!("the handler returns before {old}")
        }
        (false, false) => format!("{old} was replaced by {new}"),
    }
}

/// The same operation, with other values.
fn same_operation(was: &Value, is: &Value, name: &str) -> String {
    match difference(&without_index(was), &without_index(is), String::new()) {
        Some((path, was, is)) => {
            format!("{name} has another `{}`: {was} before, {is} now", path.trim_start_matches('.'))
        }
        None => format!(
            "{name} differs in what is not shown: its encoding, its headers, its idempotency key, or \
             values that people must not see"
        ),
    }
}

fn without_index(entry: &Value) -> Value {
    let mut entry = entry.clone();
    entry.as_object_mut().map(|fields| fields.remove("index"));
    entry
}

/// The first place at which two values differ, with what is there.
fn difference(was: &Value, is: &Value, path: String) -> Option<(String, Value, Value)> {
    if was == is {
        return None;
    }
    match (was, is) {
        (Value::Object(was), Value::Object(is)) => {
            let names = was.keys().chain(is.keys().filter(|name| !was.contains_key(*name)));
            names.into_iter().find_map(|name| {
                let [was, is] = [was, is].map(|it| it.get(name).unwrap_or(&Value::Null));
                difference(was, is, format!("{path}.{name}"))
            })
        }
        (Value::Array(was), Value::Array(is)) if was.len() == is.len() => {
            let items = was.iter().zip(is).enumerate();
            items
                .into_iter()
                .find_map(|(at, (was, is))| difference(was, is, format!("{path}[{at}]")))
        }
        _ => Some((path, was.clone(), is.clone())),
    }
}

fn failure(entry: &Value) -> Option<&str> {
    entry["failure"]["message"].as_str()
}

/// The kind of a command, without `Command`; `None` for completions and signals.
fn kind(entry: &Value) -> Option<&str> {
    entry["type"].as_str()?.strip_suffix("Command")
}

/// A command as people name it, such as "the run step `charge`".
fn name(entry: &Value) -> String {
    let text = |field: &str| entry[field].as_str().unwrap_or_default();
    let kind = kind(entry).unwrap_or_default();
    match kind {
        "Run" if text("name").is_empty() => "a run step".to_owned(),
        "Run" => format!("the run step `{}`", text("name")),
        "Sleep" if text("name").is_empty() => "a sleep".to_owned(),
        "Sleep" => format!("the sleep `{}`", text("name")),
        "Call" => format!("the call of {}", text("target")),
        "OneWayCall" => format!("the one-way call of {}", text("target")),
        "SetState" => format!("setting the state `{}`", text("key")),
        "ClearState" => format!("clearing the state `{}`", text("key")),
        "ClearAllState" => "clearing all state".to_owned(),
        "GetEagerState" | "GetLazyState" => format!("reading the state `{}`", text("key")),
        "GetEagerStateKeys" | "GetLazyStateKeys" => "listing the state".to_owned(),
        "GetPromise" | "PeekPromise" => format!("reading the promise `{}`", text("promise")),
        "CompletePromise" => format!("completing the promise `{}`", text("promise")),
        "CompleteAwakeable" => "completing an awakeable".to_owned(),
        "SendSignal" => format!("sending the signal `{}`", entry["signal"]),
        "AttachInvocation" | "GetInvocationOutput" => "asking for a result".to_owned(),
        "Output" => "the result".to_owned(),
        other => format!("the command {other}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(name: &str) -> Value {
        json!({ "index": 1, "type": "RunCommand", "name": name })
    }

    fn call(value: &Value) -> Value {
        json!({ "index": 3, "type": "CallCommand", "target": "Stock/book/take", "value": value })
    }

    fn output() -> Value {
        json!({ "index": 9, "type": "OutputCommand", "value": 1 })
    }

    fn cause(recorded: &[Value], produced: &[Value]) -> String {
        likely_cause(&recorded.iter().collect::<Vec<_>>(), produced)
    }

    #[test]
    fn each_change_is_named() {
        let (charge, thank) = (run("charge"), run("thank"));
        let answer = json!({ "index": 2, "type": "RunCompletion", "name": "charge", "value": 20 });
        let sleep =
            json!({ "index": 2, "type": "SleepCommand", "until": "2026-01-01T00:00:00.000Z" });
        let failed =
            json!({ "type": "OutputCommand", "failure": { "code": 500, "message": "no" } });
        let deep = |pieces| call(&json!({ "order": [{ "pieces": pieces }] }));
        let cases = [
            (
                vec![charge.clone(), answer, sleep.clone()],
                vec![sleep.clone()],
                "the run step `charge` was removed or made conditional",
            ),
            (
                vec![sleep.clone()],
                vec![charge.clone(), sleep.clone()],
                "the run step `charge` was added before a sleep",
            ),
            (
                vec![charge.clone(), thank.clone()],
                vec![thank.clone(), charge.clone()],
                "the run step `charge` and the run step `thank` have changed places",
            ),
            (
                vec![charge.clone(), sleep.clone()],
                vec![run("bill"), sleep.clone()],
                "the run step `charge` was renamed or replaced: it is the run step `bill` now",
            ),
            (
                vec![deep(2)],
                vec![deep(1)],
                "the call of Stock/book/take has another `value.order[0].pieces`: 2 before, 1 now",
            ),
            (
                vec![call(&json!("x"))],
                vec![call(&json!("x"))],
                "the call of Stock/book/take differs in what is not shown: its encoding, its headers, its \
              idempotency key, or values that people must not see",
            ),
            (
                vec![charge.clone()],
                vec![output()],
                "the handler returns before the run step `charge`",
            ),
            (
                vec![charge.clone()],
                vec![failed],
                "the handler fails before the run step `charge`: no",
            ),
            (vec![charge.clone()], vec![sleep], "the run step `charge` was replaced by a sleep"),
            (vec![charge], vec![], "the handler does less than before"),
        ];
        for (recorded, produced, expected) in cases {
            assert_eq!(cause(&recorded, &produced), expected);
        }
    }
}
