//! A list of invocations that is always current.

use std::{
    collections::HashMap,
    io::{self, IsTerminal as _, Write},
    thread,
};

use serde_json::Value;

use crate::{
    admin::{Admin, Method},
    arguments::Watch,
    failure::Failure,
    list, show,
    style::Style,
    view::{View, now},
};

/// Moves to the upper left corner, and deletes what follows.
const CLEAR: &str = "\u{1b}[H\u{1b}[J";

/// Shows the list until the engine goes away, the output is closed, or it has looked as often as it should.
pub(crate) fn watch(admin: &Admin, watch: &Watch, view: View) -> Result<Value, Failure> {
    let is_screen = matches!(view, View::Invocations) && io::stdout().is_terminal();
    let mut seen = HashMap::new();
    for look in 1_u64.. {
        let found = admin.request(Method::Get, &["invocations"], &watch.filters, b"")?;
        let rows = found["invocations"].as_array().cloned().unwrap_or_default();
        let shown = if is_screen {
            format!("{CLEAR}{}\n", list::table(&rows, now(), Style::of_output()))
        } else {
            // Of two changes between two looks, the last is seen. The newest is first in a list, and last in
            // a log.
            changed(&mut seen, rows).iter().rev().map(|row| line(row, view)).collect()
        };
        let mut output = io::stdout().lock();
        // Who has closed the pipe has seen enough.
        if output.write_all(shown.as_bytes()).and_then(|()| output.flush()).is_err() {
            break;
        }
        if watch.times == Some(look) {
            break;
        }
        thread::sleep(watch.interval);
    }
    Ok(Value::Null)
}

/// The invocations that are new, or whose status, attempt or error is new.
fn changed(seen: &mut HashMap<String, [Value; 3]>, rows: Vec<Value>) -> Vec<Value> {
    let is_new = |row: &Value| {
        let id = row["id"].as_str().unwrap_or_default().to_owned();
        let now = ["status", "retry_count", "last_failure"].map(|name| row[name].clone());
        seen.insert(id, now.clone()) != Some(now)
    };
    rows.into_iter().filter(is_new).collect()
}

fn line(row: &Value, view: View) -> String {
    let line = match view {
        View::Json => show::json(row),
        _ => list::row(row, now()),
    };
    line + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_is_changed_if_its_status_attempt_or_failure_is() {
        let mut seen = HashMap::new();
        let row = |status: &str, retries: u32| json!({ "id": "inv_1", "status": status, "retry_count": retries, "age": retries });
        assert_eq!(changed(&mut seen, vec![row("running", 0)]).len(), 1);
        assert_eq!(changed(&mut seen, vec![row("running", 0)]).len(), 0);
        assert_eq!(changed(&mut seen, vec![row("running", 1)]).len(), 1);
        assert_eq!(changed(&mut seen, vec![row("succeeded", 1)]).len(), 1);
    }
}
