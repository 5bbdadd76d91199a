//! The journal of an invocation as a timeline: each command with what has answered it.

use std::collections::BTreeMap;

use restate_core::escape::Escaped;
use serde_json::{Map, Value};

use super::{columns::fit, show};

/// Columns of a line.
const WIDTH: usize = 120;

/// Commands that an answer follows.
const AWAITED: [&str; 9] = [
    "Call",
    "Run",
    "Sleep",
    "GetPromise",
    "GetLazyState",
    "GetLazyStateKeys",
    "AttachInvocation",
    "GetInvocationOutput",
    "PeekPromise",
];

/// Fields that have a place of their own in a line.
const PLACED: [&str; 8] =
    ["index", "type", "name", "target", "key", "promise", "answers", "headers"];

/// An invocation with its entries, for people.
pub(crate) fn timeline(invocation: &Value) -> String {
    let text = |name: &str| invocation[name].as_str().unwrap_or("-");
    let mut lines =
        vec![format!("{}  {}  {}", text("id"), Escaped(text("target")), text("status"))];
    let entries = invocation["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    let answers = answers(entries);
    let is_answer = |entry: &&Value| entry["answers"]["entry"].as_u64().is_some();
    for entry in entries.iter().filter(|entry| !is_answer(entry)) {
        let index = entry["index"].as_u64();
        lines.push(cut(&format!("{:>5}  {}  {}", number(index), title(entry), rest(entry))));
        let found = index.and_then(|index| answers.get(&index)).map(Vec::as_slice);
        let found = found.unwrap_or_default();
        for answer in found {
            let index = number(answer["index"].as_u64());
            lines.push(cut(&format!("{:>5}    \u{2514} {}", index, rest(answer))));
        }
        if waits(entry, found) {
            lines.push(format!("{:>5}    \u{2514} no answer yet", ""));
        }
    }
    if !invocation["result"].is_null() {
        lines.push(cut(&format!("{:>5}  result  {}", "", show::json(&invocation["result"]))));
    }
    lines.join("\n")
}

/// The answers to each entry.
fn answers(entries: &[Value]) -> BTreeMap<u64, Vec<&Value>> {
    let mut answers: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
    for entry in entries {
        if let Some(command) = entry["answers"]["entry"].as_u64() {
            answers.entry(command).or_default().push(entry);
        }
    }
    answers
}

/// Whether a command has no answer but the id of the invocation that it calls.
fn waits(entry: &Value, answers: &[&Value]) -> bool {
    let is_final = |answer: &&&Value| answer.get("invocation").is_none();
    AWAITED.contains(&kind(entry)) && !answers.iter().any(|answer| is_final(&answer))
}

fn kind(entry: &Value) -> &str {
    let kind = entry["type"].as_str().unwrap_or_default();
    kind.strip_suffix("Command").or_else(|| kind.strip_suffix("Notification")).unwrap_or(kind)
}

fn title(entry: &Value) -> String {
    let about = ["target", "key", "promise", "name"].into_iter();
    let about = about.filter_map(|name| entry[name].as_str()).map(|text| Escaped(text).to_string());
    [vec![kind(entry).to_owned()], about.collect()].concat().join(" ")
}

/// What else an entry says: its value, or its fields.
fn rest(entry: &Value) -> String {
    let fields = entry.as_object().cloned().unwrap_or_default().into_iter();
    let fields: Map<String, Value> =
        fields.filter(|(name, _)| !PLACED.contains(&name.as_str())).collect();
    match (fields.len(), fields.get("value")) {
        (0, _) => String::new(),
        (1, Some(value)) => show::json(value),
        _ => show::json(&fields.into()),
    }
}

fn number(index: Option<u64>) -> String {
    index.map(|index| index.to_string()).unwrap_or_default()
}

fn cut(line: &str) -> String {
    fit(line.trim_end(), WIDTH).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn commands_have_their_answers_below_them() {
        let shown = timeline(&json!({
            "id": "inv_1", "target": "Shop/Pete/buy", "status": "suspended", "result": null,
            "entries": [
                { "index": 0, "type": "InputCommand", "value": { "n": 1 } },
                { "index": 1, "type": "RunCommand", "name": "charge" },
                { "index": 2, "type": "CallCommand", "target": "Stock/get", "value": "x" },
                { "index": 3, "type": "RunCompletionNotification", "answers": { "entry": 1 }, "value": true },
                { "index": 4, "type": "CallInvocationIdCompletionNotification", "answers": { "entry": 2 }, "invocation": "inv_2" },
            ],
        }));
        let expected = [
            "inv_1  Shop/Pete/buy  suspended",
            r#"    0  Input  {"n":1}"#,
            "    1  Run charge",
            "    3    └ true",
            r#"    2  Call Stock/get  "x""#,
            r#"    4    └ {"invocation":"inv_2"}"#,
            "         └ no answer yet",
        ];
        assert_eq!(shown, expected.join("\n"));
    }

    #[test]
    fn lines_are_cut_and_texts_of_strangers_escaped() {
        let value = "long ".repeat(50);
        let shown = timeline(&json!({
            "id": "inv_1", "target": "Shop/\u{1b}[2J/buy", "status": "failed",
            "result": { "failure": { "message": "\u{202e}" } },
            "entries": [{ "index": 0, "type": "InputCommand", "value": value }],
        }));
        assert!(shown.contains(r"Shop/\u{1b}[2J/buy"), "{shown:?}");
        assert!(!shown.contains('\u{202e}'), "{shown:?}");
        assert!(shown.lines().all(|line| line.chars().count() <= 120), "{shown}");
        assert!(shown.lines().nth(1).unwrap().ends_with('…'), "{shown}");
    }
}
