use std::fmt::Write as _;

use restate_core::escape::{Escaped, must_be_escaped};
use serde_json::{Map, Value};

use super::columns::{fit, width};

/// Columns of the long table of invocations, in their order.
pub(crate) const WIDE: [&str; 15] = [
    "id",
    "target",
    "status",
    "created",
    "completed",
    "next_retry_at",
    "scheduled_start_at",
    "wakes_at",
    "retry_count",
    "last_failure_step",
    "last_failure",
    "error",
    "idempotency_key",
    "scope",
    "limit_key",
];

pub(crate) const SERVICES: [&str; 4] = ["name", "type", "public", "handlers"];

pub(crate) const HANDLERS: [&str; 5] = ["name", "ty", "input", "output", "documentation"];

pub(crate) const RULES: [&str; 5] = ["pattern", "limits", "disabled", "version", "description"];

/// Formats a response for the terminal: rows as a table, an object as one line for each field.
pub(crate) fn for_people(answer: &Value) -> String {
    match answer {
        Value::Array(rows) => match rows.first().and_then(Value::as_object) {
            None if rows.is_empty() => "nothing".to_owned(),
            None => lines_of(rows),
            Some(first) => {
                let names: Vec<&str> = first.keys().map(String::as_str).collect();
                table(rows, &names)
            }
        },
        Value::Object(fields) => lines(fields),
        other => cell(other),
    }
}

/// These fields of the rows, without those that no row has.
pub(crate) fn table(rows: &[Value], names: &[&str]) -> String {
    let is_used = |name: &&&str| rows.iter().any(|row| !row[**name].is_null());
    let names: Vec<&&str> = names.iter().filter(is_used).collect();
    let mut cells = vec![names.iter().map(|name| name.to_uppercase()).collect::<Vec<_>>()];
    cells.extend(rows.iter().map(|row| names.iter().map(|name| cell(&row[**name])).collect()));
    let widest = |column: usize| cells.iter().map(|row| width(&row[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..names.len()).map(widest).collect();
    let line = |row: &Vec<String>| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| fit(cell, *width));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    cells.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn lines(fields: &Map<String, Value>) -> String {
    let line = |(name, value): (&String, &Value)| match value {
        Value::Array(rows) if !rows.is_empty() => format!("{name}:\n{}", lines_of(rows)),
        value => format!("{name}: {}", cell(value)),
    };
    fields.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn lines_of(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("  {}", cell(row))).collect::<Vec<_>>().join("\n")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => Escaped(text).to_string(),
        other => json(other),
    }
}

/// JSON that no terminal takes for commands: what it would show in a different way is escaped.
pub(crate) fn json(value: &Value) -> String {
    let mut escaped = String::new();
    // Outside of strings, JSON has none of these characters.
    for character in value.to_string().chars() {
        if must_be_escaped(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_strangers_have_written_is_escaped() {
        let rows = json!([{ "key": "a\u{1b}[2J", "value": { "x": "\u{202e}\n" } }, { "key": "b" }]);
        let shown = for_people(&rows);
        let expected = "KEY         VALUE\na\\u{1b}[2J  {\"x\":\"\\u202e\\n\"}\nb           -";
        assert_eq!(shown, expected);
    }

    #[test]
    fn json_stays_json() {
        let value = json!({ "text": "a\u{9b}b\u{202e}\u{e0001}\n日" });
        let shown = super::json(&value);
        assert!(!shown.chars().any(must_be_escaped), "{shown:?}");
        assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
    }
}
