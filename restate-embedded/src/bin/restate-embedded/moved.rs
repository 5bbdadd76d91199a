//! What `move` has done, as text.

use restate_core::escape::Escaped;
use serde_json::Value;

/// For people.
pub(crate) fn shown(answer: &Value) -> String {
    let list = |name: &str| answer[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let (objects, calls, stays) = (list("objects"), list("calls"), list("stays"));
    let mut lines = Vec::new();
    match answer["dry_run"] == true {
        true => {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            lines.extend(objects.iter().map(|it| format!("state of {}", Escaped(&text(it)))));
            lines.extend(calls.iter().map(|call| {
                let (id, target) = (text(&call["id"]), text(&call["target"]));
                format!("{id} {}", Escaped(&target))
            }));
            let (objects, calls) = (objects.len(), calls.len());
            lines.push(format!("{objects} objects and {calls} calls would be moved"));
        }
        false => {
            let (objects, calls) = (&answer["moved_objects"], &answer["moved_calls"]);
            lines.push(format!("{objects} objects and {calls} calls were moved"));
        }
    }
    for stay in stays {
        let text = |name: &str| Escaped(stay[name].as_str().unwrap_or_default()).to_string();
        lines.push(format!("stays: {} {}: {}", text("what"), text("target"), text("reason")));
    }
    for (what, count) in answer["not_carried"].as_object().into_iter().flatten() {
        if *count != 0 {
            lines.push(format!("not carried over: {count} {what}"));
        }
    }
    lines.join("\n")
}
