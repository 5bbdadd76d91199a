//! The committed counts: their file format, and comparison with new ones.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    str::FromStr,
};

use super::{BLESS, FILE, callgrind::Counts};

/// The tolerated increase in percent. Seeds of hash maps and memory addresses account for less than
/// 1 % between two runs.
const TOLERANCE: u64 = 3;

/// The tolerated increase for cases dominated by SQLite, whose instructions depend on the version of
/// the C compiler.
const TOLERANCE_OF_C: u64 = 10;

/// The counts of each case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List {
    tools: String,
    cases: BTreeMap<String, Counts>,
}

impl List {
    /// An empty list of counts made with these tools.
    pub(super) fn new(tools: String) -> Self {
        Self { tools, cases: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, case: &str, counts: Counts) {
        self.cases.insert(case.to_owned(), counts);
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Instructions and allocations of each case of restate-micro: `{BLESS}`")?;
        writeln!(f, "# {}", self.tools)?;
        self.cases.iter().try_for_each(|(case, Counts { instructions, allocations })| {
            writeln!(f, "{case:<28} {instructions:>10} {allocations:>7}")
        })
    }
}

impl FromStr for List {
    /// The number of the malformed line.
    type Err = usize;

    fn from_str(text: &str) -> Result<Self, usize> {
        let mut list = Self::new(String::new());
        for (line, number) in text.lines().zip(1_usize..) {
            if let Some(comment) = line.strip_prefix("# ") {
                comment.clone_into(&mut list.tools);
                continue;
            }
            let mut words = line.split_whitespace();
            let case = words.next().ok_or(number)?;
            let mut count = || words.next().and_then(|word| word.parse().ok()).ok_or(number);
            list.add(case, Counts { instructions: count()?, allocations: count()? });
        }
        Ok(list)
    }
}

/// The result of comparing new counts with the committed ones.
pub(super) struct Comparison {
    /// All counts, with their changes.
    pub(super) table: String,
    /// Violations, and how to resolve them.
    pub(super) complaints: Option<String>,
}

/// Compares `found` with what was `expected`.
pub(super) fn compare(expected: &List, found: &List) -> Comparison {
    let (mut table, mut complaints) = (String::new(), Vec::new());
    for (case, now) in &found.cases {
        let Some(before) = expected.cases.get(case) else {
            complaints.push(format!("`{case}` is missing in {FILE}"));
            continue;
        };
        let tolerated = tolerance(case);
        let _ = write!(table, "{case:<28}");
        for (what, before, now) in [
            ("instructions", before.instructions, now.instructions),
            ("allocations", before.allocations, now.allocations),
        ] {
            let change = change(before, now);
            let _ = write!(table, " {now:>10} {what} ({change})");
            if now * 100 > before * (100 + tolerated) {
                complaints.push(format!(
                    "`{case}` takes {now} {what}, {change} compared with {before} in {FILE}; the \
                     limit is +{tolerated} %"
                ));
            }
        }
        table.push('\n');
    }
    let gone = expected.cases.keys().filter(|case| !found.cases.contains_key(*case));
    complaints.extend(gone.map(|case| format!("`{case}` in {FILE} no longer exists")));
    if complaints.is_empty() {
        return Comparison { table, complaints: None };
    }
    if expected.tools != found.tools {
        complaints.push(format!(
            "the committed counts were made with other tools, which may explain it: {}; these are {}",
            expected.tools, found.tools
        ));
    }
    complaints.push(format!(
        "to see where they are spent: `callgrind_annotate --threshold=100 target/counts/<case>.1`; \
         if the change is intended, run `{BLESS}` and give the reason in the commit"
    ));
    Comparison { table, complaints: Some(complaints.join("\n")) }
}

fn tolerance(case: &str) -> u64 {
    if case.starts_with("store/sqlite/") { TOLERANCE_OF_C } else { TOLERANCE }
}

/// The relative change, in tenths of a percent.
fn change(before: u64, now: u64) -> String {
    let more = (now as f64 / before as f64 - 1.0) * 100.0;
    if before == now { "±0 %".to_owned() } else { format!("{more:+.1} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(cases: &[(&str, u64, u64)]) -> List {
        let mut list = List::new("rustc 1, cc 2, valgrind-3".to_owned());
        for &(case, instructions, allocations) in cases {
            list.add(case, Counts { instructions, allocations });
        }
        list
    }

    #[test]
    fn a_written_list_can_be_read() {
        let written = list(&[("machine/start", 1_234_567, 89), ("store/memory/1", 1, 0)]);
        assert_eq!(written.to_string().parse(), Ok(written));
        assert_eq!("# a\nmachine/start 12".parse::<List>(), Err(2));
    }

    #[test]
    fn counts_within_the_tolerance_pass() {
        let expected = list(&[("machine/start", 1000, 100), ("store/sqlite/1", 1000, 0)]);
        let found = list(&[("machine/start", 1030, 50), ("store/sqlite/1", 1100, 0)]);
        let Comparison { table, complaints } = compare(&expected, &found);
        assert_eq!(complaints, None);
        assert!(table.contains("1030 instructions (+3.0 %)"), "{table}");
        assert!(table.contains("50 allocations (-50.0 %)"), "{table}");
    }

    #[test]
    fn an_increase_is_named_with_the_way_out() {
        let expected = list(&[("machine/start", 1000, 20)]);
        let found = list(&[("machine/start", 1031, 21)]);
        let complaints = compare(&expected, &found).complaints.unwrap();
        let lines: Vec<_> = complaints.lines().collect();
        assert_eq!(
            lines[..2],
            [
                "`machine/start` takes 1031 instructions, +3.1 % compared with 1000 in \
                 benches/micro/counts.txt; the limit is +3 %",
                "`machine/start` takes 21 allocations, +5.0 % compared with 20 in \
                 benches/micro/counts.txt; the limit is +3 %",
            ]
        );
        assert!(lines[2].contains("callgrind_annotate"), "{complaints}");
        assert_eq!(lines.len(), 3, "the tools are the same");
    }

    #[test]
    fn other_tools_are_named_with_a_violation() {
        let expected = list(&[("machine/start", 1000, 20)]);
        let mut found = list(&[("machine/start", 2000, 20)]);
        "rustc 1, cc 14, valgrind-3".clone_into(&mut found.tools);
        let complaints = compare(&expected, &found).complaints.unwrap();
        assert!(complaints.contains("were made with other tools"), "{complaints}");
    }

    #[test]
    fn added_and_removed_cases_are_named() {
        let complaints = compare(&list(&[("old", 1, 1)]), &list(&[("new", 1, 1)])).complaints;
        let complaints = complaints.unwrap();
        assert!(complaints.contains("`new` is missing in"), "{complaints}");
        assert!(complaints.contains("`old` in benches"), "{complaints}");
    }
}
