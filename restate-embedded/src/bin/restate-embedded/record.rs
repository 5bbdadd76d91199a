//! Saves journals as files that tests replay.

use std::{
    collections::HashSet,
    fs,
    io::{self, Write as _},
    path::Path,
};

use restate_core::escape::Escaped;
use restate_embedded::Recording;
use serde_json::{Value, json};

use crate::{
    admin::{Admin, Method},
    arguments::{Record, Revealed},
    failure::{Cause, Failure},
    progress,
    server::Server,
};

/// How many invocations are looked at, unless it is said.
const LIMIT: &str = "limit=1000";

/// Where journals are recorded.
enum Source<'a> {
    /// The embedded engine.
    Engine(&'a Admin),
    /// A Restate server.
    Server(Server<'a>),
}

/// A journal that may be saved.
struct Found {
    id: String,
    recording: Recording,
}

/// Records the invocations that match. Returns what was saved.
pub(crate) fn record(admin: &Admin, options: &Record) -> Result<Value, Failure> {
    let source = match Server::at(admin)? {
        Some(server) => Source::Server(server),
        None => Source::Engine(admin),
    };
    let mut filters = options.filters.clone();
    if !filters.iter().any(|filter| filter.starts_with("limit=")) {
        filters.push(LIMIT.to_owned());
    }
    let ids = source.invocations(&filters)?;
    let (mut shapes, mut saved, mut without_journal) = (HashSet::new(), Vec::new(), 0);
    let done = std::sync::atomic::AtomicU64::new(0);
    let total = ids.len() as u64;
    let line = || progress::bar("record", done.load(std::sync::atomic::Ordering::Relaxed), total);
    progress::shown(line, || {
        for invocation in ids {
            done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            match source.journal(&invocation, options.reveal)? {
                None => without_journal += 1,
                Some(found) => saved.extend(save(&found, options, &mut shapes)?),
            }
        }
        Ok::<_, Failure>(())
    })?;
    if saved.is_empty() && shapes.is_empty() {
        let message = format!(
            "no journal was found of {total} invocations; after an invocation has ended, its journal is kept \
             if the call has an idempotency key, for as long as `journal_retention` of the contract says"
        );
        return Err(Failure::new(Cause::NotFound, message));
    }
    Ok(json!({
        "dry_run": options.dry_run, "recorded": saved, "invocations": total,
        "without_journal": without_journal,
    }))
}

/// Saves a recording, unless one with the same operations was there already.
fn save(
    Found { id, recording }: &Found,
    options: &Record,
    shapes: &mut HashSet<String>,
) -> Result<Option<Value>, Failure> {
    let Record { directory, all, dry_run, .. } = options;
    let name = recording.handler().replace('/', ".");
    let which = if *all { id.clone() } else { recording.shape() };
    let file = directory.join(format!("{name}-{which}.json"));
    let is_new = shapes.insert(file.display().to_string());
    if !is_new || file.exists() {
        return Ok(None);
    }
    if !dry_run {
        write(&file, recording)?;
    }
    let entries = recording.entries().len();
    Ok(Some(json!({
        "file": file.display().to_string(), "invocation": id, "entries": entries,
        "cut": recording.cut(),
    })))
}

/// Writes a file that only this user can read, whole or not at all.
fn write(file: &Path, recording: &Recording) -> Result<(), Failure> {
    let directory = file.parent().unwrap_or(file);
    let text = format!("{:#}\n", recording.document());
    let temporary = file.with_extension("json.new");
    let written =
        fs::create_dir_all(directory).and_then(|()| private(&temporary)).and_then(|mut created| {
            created.write_all(text.as_bytes())?;
            fs::rename(&temporary, file)
        });
    written.map_err(|error| format!("`{}` cannot be written: {error}", file.display()).into())
}

fn private(file: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

impl Source<'_> {
    /// The invocations that match: their rows, each with an `id`.
    fn invocations(&self, filters: &[String]) -> Result<Vec<Value>, Failure> {
        match self {
            Self::Engine(admin) => {
                let found = admin.request(Method::Get, &["invocations"], filters, b"")?;
                Ok(found["invocations"].as_array().cloned().unwrap_or_default())
            }
            Self::Server(server) => server.invocations(filters),
        }
    }

    /// The journal of an invocation, if there is one.
    fn journal(
        &self,
        invocation: &Value,
        reveal: Option<Revealed>,
    ) -> Result<Option<Found>, Failure> {
        let id = invocation["id"].as_str().unwrap_or_default();
        let recording = match self {
            Self::Engine(admin) => recorded(admin, id, reveal)?,
            Self::Server(server) => server.recording(invocation, reveal == Some(Revealed::All))?,
        };
        Ok(recording.map(|recording| Found { id: id.to_owned(), recording }))
    }
}

/// What an engine has recorded of an invocation.
fn recorded(
    admin: &Admin,
    id: &str,
    reveal: Option<Revealed>,
) -> Result<Option<Recording>, Failure> {
    let path = ["invocations", id, "recording"];
    let answer = match reveal {
        None => admin.request(Method::Get, &path, &[], b""),
        Some(Revealed::Untyped) => {
            admin.request(Method::Post, &path, &["reveal=untyped".to_owned()], b"")
        }
        Some(Revealed::All) => admin.request(Method::Post, &path, &["reveal=all".to_owned()], b""),
    };
    let answer = match answer {
        // It has been purged since it was listed.
        Err(Failure { cause: Cause::NotFound, .. }) => return Ok(None),
        answer => answer?,
    };
    if answer["recording"].is_null() {
        return Ok(None);
    }
    let recording = Recording::from_document(answer["recording"].clone());
    let message = "the engine is of another version; use the command line of the same version";
    recording.map(Some).ok_or_else(|| Failure::new(Cause::Other, message))
}

/// For people.
pub(crate) fn shown(answer: &Value) -> String {
    let rows = answer["recorded"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let file = row["file"].as_str().unwrap_or_default();
            let cut = row["cut"].as_str().map(|cut| {
                format!("\n  ends early: {}; `--reveal untyped` records such values", Escaped(cut))
            });
            let entries = &row["entries"];
            format!("{} ({entries} entries){}", Escaped(file), cut.unwrap_or_default())
        })
        .collect();
    let what = if answer["dry_run"] == true { "would be written" } else { "written" };
    let (invocations, without) = (&answer["invocations"], &answer["without_journal"]);
    lines.push(format!(
        "{} files {what}, of {invocations} invocations; {without} have no journal any more, and the others \
         have the same operations as a file that exists",
        rows.len()
    ));
    lines.join("\n")
}
