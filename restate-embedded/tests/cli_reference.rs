//! `docs/reference/cli.md` has the help of each command, and the commands in documents are understood.
//!
//! `BLESS=1 cargo test -p restate-embedded --features otlp --test cli_reference` writes the page.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const BINARY: &str = env!("CARGO_BIN_EXE_restate-embedded");

const INTRODUCTION: &str = "\
# All commands

The help of each command of `restate-embedded`, built with the feature `otlp`, which has all of them. [The command line](../cli.md)
explains their use. A test of `restate-embedded` makes this page.
";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The help of a command, and of those below it.
fn add_help(page: &mut String, command: &[String]) {
    // Variables that set options would be a part of the help.
    let help = Command::new(BINARY).args(command).arg("-h").env_clear().output().unwrap();
    assert!(help.status.success(), "{command:?}");
    let help = String::from_utf8(help.stdout).unwrap();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let heading = [&["restate-embedded".to_owned()], command].concat().join(" ");
    *page += &format!("\n## {heading}\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    let commands = help.iter().skip_while(|line| **line != "Commands:").skip(1);
    for line in commands.take_while(|line| !line.is_empty()) {
        let is_command = line.starts_with("  ") && !line.starts_with("   ");
        let name = line.split_whitespace().next().unwrap();
        if is_command && name != "help" {
            add_help(page, &[command, &[name.to_owned()]].concat());
        }
    }
}

#[test]
fn the_page_has_the_help_of_each_command() {
    let mut page = INTRODUCTION.to_owned();
    add_help(&mut page, &[]);
    let path = root().join("docs/reference/cli.md");
    if env::var_os("BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), page, "write it anew with BLESS=1");
}

/// All documents: pages of the book, and READMEs.
fn documents(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            documents(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// The commands of the tool in a document: whole lines of code blocks, and what is in backticks.
fn commands(text: &str) -> Vec<String> {
    let text = text.replace("\\\n", " ");
    let lines = text.lines().map(str::trim).flat_map(|line| line.split(" | ")).map(str::trim);
    let lines = lines.filter(|line| line.starts_with("restate-embedded "));
    let quoted = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let quoted = quoted.filter(|code| code.starts_with("restate-embedded "));
    let all = lines.filter(|line| !line.contains('`')).chain(quoted);
    // What is left out of an explanation is no argument.
    let all = all.filter(|command| !command.contains('…') && !command.contains(".."));
    all.map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn commands_in_documents_are_understood() {
    let mut paths = Vec::new();
    for directory in ["docs", "examples"] {
        documents(&root().join(directory), &mut paths);
    }
    paths.push(root().join("README.md"));
    let mut checked = 0;
    for path in paths {
        if path.ends_with("reference/cli.md") {
            continue;
        }
        for command in commands(&fs::read_to_string(&path).unwrap()) {
            // What comes before `--help` is read first, and refused if it is unknown.
            let command = command.split(" > ").next().unwrap();
            let arguments = command.trim_start_matches("restate-embedded");
            let script = format!("exec \"$0\" {arguments} --help");
            let done = Command::new("sh").args(["-c", &script, BINARY]).output().unwrap();
            let errors = String::from_utf8_lossy(&done.stderr);
            assert!(done.status.success(), "{}: {command}\n{errors}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} commands were found");
}
