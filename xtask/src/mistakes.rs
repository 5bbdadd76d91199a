//! `docs/mistakes`: the mistakes of the compile-fail suite, with their messages and the way out.

mod program;

use std::{collections::BTreeMap, fmt::Write, fs, io, path::Path};

use crate::command::Failed;

use program::Program;

/// Writes the pages anew.
pub(crate) fn write() -> Result<(), Failed> {
    let pages = pages()?;
    let directory = root().join(PAGES);
    if directory.exists() {
        fs::remove_dir_all(&directory).map_err(failed)?;
    }
    fs::create_dir_all(&directory).map_err(failed)?;
    pages.iter().try_for_each(|(name, page)| fs::write(directory.join(name), page)).map_err(failed)
}

/// Fails if the pages differ from what the suite says.
pub(crate) fn check() -> Result<(), Failed> {
    let written = written().unwrap_or_default();
    if pages()? == written {
        return Ok(());
    }
    Err(Failed::Stale { file: PAGES, command: "cargo xtask mistakes" })
}

const PAGES: &str = "docs/mistakes";
const PROGRAMS: &str = "tests/ui/fail";

/// Pages under their file names.
type Pages = BTreeMap<String, String>;

/// One directory of the suite becomes one page.
struct Chapter {
    directory: &'static str,
    title: &'static str,
}

/// In the order in which a user meets them.
const CHAPTERS: [Chapter; 8] = [
    Chapter { directory: "contracts", title: "Contracts" },
    Chapter { directory: "handlers", title: "Handlers of a contract" },
    Chapter { directory: "implementations", title: "Implementations" },
    Chapter { directory: "calls", title: "Calls and clients" },
    Chapter { directory: "one_way", title: "One-way and delayed calls" },
    Chapter { directory: "contexts", title: "Contexts, state, promises and run steps" },
    Chapter { directory: "errors", title: "Errors and their details" },
    Chapter { directory: "replay", title: "Replay: what `#[handlers]` finds" },
];

const INDEX: &str = "\
# Mistakes that do not compile

Each chapter lists rules; under each rule are the mistakes that break it, what the compiler says, and
what to write instead where the message does not say so itself. To find a message, search this
directory for its first words.

`cargo xtask mistakes` generates these pages from `tests/ui/fail`.
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the workspace")
}

fn failed(error: io::Error) -> Failed {
    Failed::Files { what: "the compile-fail suite and its pages", error }
}

fn written() -> io::Result<Pages> {
    let entries = fs::read_dir(root().join(PAGES))?;
    let page = |entry: io::Result<fs::DirEntry>| {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        Ok((name, fs::read_to_string(entry.path())?))
    };
    entries.map(page).collect()
}

fn pages() -> Result<Pages, Failed> {
    let mut index = INDEX.to_owned();
    let mut pages = Pages::new();
    for Chapter { directory, title } in &CHAPTERS {
        let name = format!("{}.md", directory.replace('_', "-"));
        write!(index, "\n## [{title}]({name})\n\n").expect(ANY_TEXT);
        let mut page = format!("# {title}\n\n[All chapters](README.md)\n");
        for program in programs(directory)? {
            let rule = program.rule();
            writeln!(index, "- [{rule}]({name}#{})", anchor(rule)).expect(ANY_TEXT);
            page.push_str(&program.section());
        }
        pages.insert(name, page);
    }
    pages.insert("README.md".to_owned(), index);
    Ok(pages)
}

const ANY_TEXT: &str = "a string takes any text";

fn programs(directory: &str) -> Result<Vec<Program>, Failed> {
    let entries = fs::read_dir(root().join(PROGRAMS).join(directory)).map_err(failed)?;
    let paths: io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(failed)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    paths.sort();
    let program = |path: &Path| {
        let text = fs::read_to_string(path).map_err(failed)?;
        let messages = fs::read_to_string(path.with_extension("stderr")).map_err(failed)?;
        let name = path.strip_prefix(root()).unwrap_or(path).display().to_string();
        Program::read(&text, &messages).map_err(|line| Failed::NoMessage { name, line })
    };
    paths.iter().map(|path| program(path)).collect()
}

/// The fragment under which GitHub and most other renderers show a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}
