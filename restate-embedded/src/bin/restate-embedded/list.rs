//! The table of invocations, which fits in a terminal.

use std::cmp::{max, min};

use restate_core::escape::Escaped;
use serde_json::Value;

use super::{
    columns::{fit, width},
    style::Style,
};

/// Columns of the table.
const WIDTH: usize = 120;

const GAP: &str = "  ";

/// The widest a target may be beside failures.
const TARGET_BESIDE_FAILURES: usize = 28;

/// The invocations as a table of at most [`WIDTH`] columns, at the time `now` in milliseconds since the
/// Unix epoch.
pub(crate) fn table(rows: &[Value], now: i64, style: Style) -> String {
    let rows: Vec<Row> = rows.iter().map(|row| Row::of(row, now)).collect();
    let widest = |cell: fn(&Row) -> &str, title: &str| {
        max(rows.iter().map(|row| width(cell(row))).max().unwrap_or(0), title.len())
    };
    let id = widest(|row| &row.id, "ID");
    let status = widest(|row| &row.status, "STATUS");
    let age = widest(|row| &row.age, "AGE");
    let due = widest(|row| &row.due, "DUE");
    let left = WIDTH.saturating_sub(id + status + age + due + 5 * GAP.len());
    let has_failures = rows.iter().any(|row| !row.failure.is_empty());
    let most = if has_failures { TARGET_BESIDE_FAILURES } else { left };
    let target = min(widest(|row| &row.target, "TARGET"), most);
    let failure = left.saturating_sub(target);
    let line = |row: &Row, color: &dyn Fn(&str, String) -> String| {
        let cells = [
            fit(&row.id, id),
            fit(&row.target, target),
            color(&row.status, fit(&row.status, status)),
            fit(&row.age, age),
            fit(&row.due, due),
            fit(&row.failure, failure),
        ];
        cells.join(GAP).trim_end().to_owned()
    };
    let titles = Row::titles(has_failures);
    let mut lines = vec![line(&titles, &|_, text| text)];
    lines.extend(rows.iter().map(|row| line(row, &|status, text| style.status(status, text))));
    lines.join("\n")
}

/// One invocation in a line of its own.
pub(crate) fn row(row: &Value, now: i64) -> String {
    let Row { id, target, status, age, failure, .. } = Row::of(row, now);
    let [id, target, failure] = [id, target, failure].map(|text| Escaped(text).to_string());
    [id, target, status, age, failure].join(GAP).trim_end().to_owned()
}

struct Row {
    id: String,
    target: String,
    status: String,
    age: String,
    due: String,
    failure: String,
}

impl Row {
    fn of(row: &Value, now: i64) -> Self {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let first = |names: &[&str]| {
            names.iter().map(|name| text(name)).find(|text| !text.is_empty()).unwrap_or_default()
        };
        let age = row["created_at"].as_i64().map(|created| span(now - created));
        let due = millis(first(&["next_retry_at", "scheduled_start_at", "wakes_at"]));
        Self {
            id: text("id").to_owned(),
            target: text("target").to_owned(),
            status: text("status").to_owned(),
            age: age.unwrap_or_default(),
            due: due.map(|due| span(due - now)).unwrap_or_default(),
            failure: first(&["last_failure", "error"]).to_owned(),
        }
    }

    fn titles(has_failures: bool) -> Self {
        Self {
            id: "ID".to_owned(),
            target: "TARGET".to_owned(),
            status: "STATUS".to_owned(),
            age: "AGE".to_owned(),
            due: "DUE".to_owned(),
            failure: if has_failures { "LAST FAILURE".to_owned() } else { String::new() },
        }
    }
}

fn millis(time: &str) -> Option<i64> {
    time.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond())
}

/// A length of time in its largest unit, such as `5m`.
fn span(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn rows() -> Vec<Value> {
        let id = "inv_1heoUT7ZlynN0TUoNrZAskKLa8uxiHWC6l";
        vec![
            json!({
                "id": id, "target": "payments.v1.PaymentService/a-rather-long-customer-key/Charge",
                "status": "backing-off", "created_at": NOW - 90_000,
                "next_retry_at": "2023-11-14T22:13:25.000Z",
                "last_failure": "asking the bank: connection refused [run step `charge`, attempt 3]",
            }),
            json!({
                "id": id, "target": "Counter/日本日本日本日本日本日本日本日本日本日本/add", "status": "succeeded",
                "created_at": NOW - 3 * 86_400_000, "error": null,
            }),
        ]
    }

    #[test]
    fn the_table_fits_in_120_columns() {
        let shown = table(&rows(), NOW, Style::Plain);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines.iter().all(|line| width(line) <= 120), "{shown}");
        assert!(lines[0].starts_with("ID ") && lines[0].ends_with("LAST FAILURE"), "{shown}");
        assert!(lines[1].contains("backing-off  1m   5s   asking the bank"), "{shown}");
        assert!(lines[1].ends_with('…') && lines[2].contains('…'), "{shown}");
        assert!(lines[2].contains("succeeded    3d"), "{shown}");
    }

    #[test]
    fn only_the_status_is_colored() {
        let shown = table(&rows(), NOW, Style::Colored);
        assert!(shown.contains("\u{1b}[33mbacking-off\u{1b}[0m"), "{shown:?}");
        assert_eq!(shown.matches('\u{1b}').count(), 4, "{shown:?}");
        assert!(!table(&rows(), NOW, Style::Plain).contains('\u{1b}'));
    }

    #[test]
    fn text_of_strangers_cannot_break_the_table() {
        let row = json!({
            "id": "inv_1", "target": "Counter/\u{1b}[2J\u{202e}/add", "status": "paused",
            "created_at": NOW, "error": "one\ntwo",
        });
        let shown = table(&[row], NOW, Style::Plain);
        assert!(shown.contains(r"Counter/\u{1b}[2J\u{202e}/a…"), "{shown:?}");
        assert!(shown.contains(r"one\ntwo") && shown.lines().count() == 2, "{shown:?}");
    }
}
