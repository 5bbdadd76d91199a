//! Markdown tables, and the format of figures in them.

use std::fmt;

/// A table with a head.
#[derive(Debug)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|&cell| cell.to_owned()).collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| {} |", self.head.join(" | "))?;
        // The first column is text, the others are mostly numbers.
        writeln!(f, "|---|{}", "--:|".repeat(self.head.len() - 1))?;
        self.rows.iter().try_for_each(|row| writeln!(f, "| {} |", row.join(" | ")))
    }
}

/// A figure with three significant digits and commas between thousands.
pub(crate) fn figure(value: f64) -> String {
    let digits = match value.abs() {
        0.0 => return "0".to_owned(),
        small if small < 0.1 => 4,
        small if small < 1.0 => 3,
        small if small < 10.0 => 2,
        small if small < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    if digits > 0 { text } else { grouped(&text) }
}

/// A whole number with commas between thousands.
pub(crate) fn count(number: u64) -> String {
    grouped(&number.to_string())
}

fn grouped(number: &str) -> String {
    let mut grouped = String::new();
    for (at, digit) in number.chars().enumerate() {
        if at > 0 && (number.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The ratio of a value to `reference`.
pub(crate) fn ratio(value: f64, reference: Option<f64>) -> String {
    match reference {
        Some(reference) if reference > 0.0 => {
            let digits = if value / reference < 0.1 { 3 } else { 2 };
            format!("{:.digits$}", value / reference)
        }
        _ => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_significant_digits() {
        let shown = [1_234_567.0, 999.6, 12.345, 1.2345, 0.12345, 0.012_345, 0.0].map(figure);
        assert_eq!(shown, ["1,234,567", "1,000", "12.3", "1.23", "0.123", "0.0123", "0"]);
    }

    #[test]
    fn a_count_has_all_its_digits() {
        assert_eq!([7, 64, 1_000, 1_234_567].map(count), ["7", "64", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_ratio_needs_something_to_compare_with() {
        assert_eq!(ratio(1.0, Some(2.0)), "0.50");
        assert_eq!(ratio(1.0, Some(20.0)), "0.050");
        assert_eq!(ratio(1.0, Some(0.0)), "–");
        assert_eq!(ratio(1.0, None), "–");
    }

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(&["What", "n"]);
        table.row(vec!["a".to_owned(), "1".to_owned()]);
        assert_eq!(table.to_string(), "| What | n |\n|---|--:|\n| a | 1 |\n");
    }
}
