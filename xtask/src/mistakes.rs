//! `docs/mistakes.md`: every mistake of the compile-fail suite, its message and the way out.

use std::{fmt::Write, fs, io, path::Path};

use crate::command::Failed;

/// Writes the page anew.
pub(crate) fn write() -> Result<(), Failed> {
    let page = page().map_err(failed)?;
    fs::write(root().join(PAGE), page).map_err(failed)
}

/// Fails if the page is not what the suite says.
pub(crate) fn check() -> Result<(), Failed> {
    let written = fs::read_to_string(root().join(PAGE)).unwrap_or_default();
    if page().map_err(failed)? == written {
        return Ok(());
    }
    Err(Failed::Stale { file: PAGE, command: "cargo xtask mistakes" })
}

const PAGE: &str = "docs/mistakes.md";
const CASES: &str = "tests/ui/fail";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace")
}

fn failed(error: io::Error) -> Failed {
    Failed::Files { what: "the compile-fail suite and its page", error }
}

fn page() -> io::Result<String> {
    let mut cases = cases()?;
    cases.sort_by(|one, other| (one.section, &one.name).cmp(&(other.section, &other.name)));
    let mut page = HEAD.to_owned();
    let mut section = None;
    for case in &cases {
        if section.replace(case.section) != Some(case.section) {
            write!(page, "\n## {}\n", case.section.title()).expect("text takes any text");
        }
        page.push_str(&case.entry());
    }
    Ok(page)
}

const HEAD: &str = "\
# Mistakes that do not compile

What the compiler says of each, and what to write instead. Where it says so itself, nothing is added.

This page is made of the cases in `tests/ui/fail` by `cargo xtask mistakes`; change those.
";

/// One file of the suite with its message.
struct Case {
    name: String,
    section: Section,
    program: String,
    message: String,
    instead: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    OneWay,
    Calls,
    Contexts,
    Contracts,
    Implementations,
    Replay,
}

impl Section {
    fn of(program: &str) -> Self {
        let has = |text: &str| program.contains(text);
        if has("#[handlers]") || has("::handlers") {
            Self::Replay
        } else if has("impl Greeter for Polite") {
            Self::Implementations
        } else if has("one_way_call(") || has("delayed_call(") || has(".delayed(") {
            Self::OneWay
        } else if has("Client::new(") {
            Self::Calls
        } else if has("#[restate_core::") {
            Self::Contracts
        } else {
            Self::Contexts
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::OneWay => "One-way and delayed calls",
            Self::Calls => "Calls and clients",
            Self::Contexts => "Contexts, state, promises and `run`",
            Self::Contracts => "Contracts",
            Self::Implementations => "Implementations",
            Self::Replay => "What `#[handlers]` finds",
        }
    }
}

fn cases() -> io::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for entry in fs::read_dir(root().join(CASES))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".rs"))
        else {
            continue;
        };
        let program = fs::read_to_string(&path)?;
        let message = fs::read_to_string(path.with_extension("stderr"))?;
        cases.push(Case::read(name, &program, &message));
    }
    Ok(cases)
}

impl Case {
    fn read(name: &str, program: &str, message: &str) -> Self {
        let first = program.lines().next().and_then(|line| line.strip_prefix("// Instead: "));
        let lines = program.lines().skip(usize::from(first.is_some()));
        let program: Vec<_> = lines.filter(|line| *line != "fn main() {}").collect();
        Self {
            name: name.to_owned(),
            section: Section::of(&program.join("\n")),
            program: program.join("\n").trim().to_owned(),
            message: essence(message),
            instead: first.map(str::to_owned),
        }
    }

    fn entry(&self) -> String {
        let Self { name, program, message, instead, .. } = self;
        let instead =
            instead.as_ref().map(|text| format!("\nInstead: {text}.\n")).unwrap_or_default();
        let title = name.replace('_', " ");
        format!(
            "\n### {title}\n\n```rust,compile_fail\n{program}\n```\n\n```text\n{message}\n```\n{instead}"
        )
    }
}

/// A message without where bounds and lint levels are declared.
fn essence(message: &str) -> String {
    let errors = message.split("\n\n").map(|error| {
        let is_aside = |line: &&str| {
            ["note: required by", "note: the lint level", "help: use `let _", "help: the trait"]
                .iter()
                .any(|aside| line.starts_with(aside))
        };
        error.lines().take_while(|line| !is_aside(line)).collect::<Vec<_>>().join("\n")
    });
    errors.collect::<Vec<_>>().join("\n\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_shown_with_its_message_and_the_way_out() {
        let case = Case::read(
            "sleep_not_awaited",
            "// Instead: `ctx.sleep(d).await?`\nctx.sleep(d);\n\nfn main() {}\n",
            "error: unused\n  = note: await it\nnote: the lint level is defined here\n --> x.rs\n",
        );
        assert_eq!(
            case.entry(),
            "\n### sleep not awaited\n\n```rust,compile_fail\nctx.sleep(d);\n```\n\n```text\n\
             error: unused\n  = note: await it\n```\n\nInstead: `ctx.sleep(d).await?`.\n"
        );
    }
}
