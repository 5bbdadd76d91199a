use serde_json::{Map, Value};

/// Formats a response for the terminal: rows as a table, an object as one line for each field.
pub(crate) fn for_people(answer: &Value) -> String {
    match answer {
        Value::Array(rows) if rows.is_empty() => "nothing".to_owned(),
        Value::Array(rows) => table(rows),
        Value::Object(fields) => lines(fields),
        other => cell(other),
    }
}

fn table(rows: &[Value]) -> String {
    let Some(names) = rows[0].as_object() else { return lines_of(rows) };
    let names: Vec<&String> = names.keys().collect();
    let mut cells = vec![names.iter().map(|name| name.to_uppercase()).collect::<Vec<_>>()];
    cells.extend(rows.iter().map(|row| names.iter().map(|name| cell(&row[*name])).collect()));
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..names.len()).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
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
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
