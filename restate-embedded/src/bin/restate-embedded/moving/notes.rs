use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::inventory::Object;
use crate::failure::{Cause, Failure};

/// What has been moved so far: a file in the data directory, with a line for each step, which is on disk
/// before the next step begins.
pub(super) struct Notes {
    path: PathBuf,
    file: File,
    objects: HashSet<String>,
    tried: HashMap<String, i64>,
    sent: HashMap<String, String>,
}

impl Notes {
    /// Opens the notes of a directory, or begins new ones.
    pub(super) fn open(data: &Path, server: &str) -> Result<Self, Failure> {
        let path = data.join("move.log");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(cannot(&path, &error)),
        };
        // A line without an end was being written when the process died.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|error| cannot(&path, &error))?;
        file.set_len(whole as u64).map_err(|error| cannot(&path, &error))?;
        let mut notes = Self {
            path,
            file,
            objects: HashSet::new(),
            tried: HashMap::new(),
            sent: HashMap::new(),
        };
        for line in text[..whole].lines() {
            notes.read(line, server)?;
        }
        if whole == 0 {
            notes.write(&json!({ "server": server }))?;
        }
        Ok(notes)
    }

    fn read(&mut self, line: &str, server: &str) -> Result<(), Failure> {
        let note: Value = serde_json::from_str(line).unwrap_or_default();
        let text = |name: &str| note[name].as_str().map(str::to_owned);
        if let Some(other) = text("server").filter(|other| other != server) {
            let message = format!(
                "a part of this directory has been moved to {other}; name the same server with `--to-admin`, \
                 or delete `{}` to begin again with another one",
                self.path.display()
            );
            return Err(Failure::new(Cause::Conflict, message));
        }
        self.objects.extend(text("object"));
        if let (Some(id), Some(at)) = (text("sending"), note["at"].as_i64()) {
            // The first attempt is the one that may have been forgotten.
            self.tried.entry(id).or_insert(at);
        }
        if let (Some(id), Some(new)) = (text("sent"), text("as")) {
            self.sent.insert(id, new);
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn has_object(&self, object: &Object) -> bool {
        self.objects.contains(&object.to_string())
    }

    pub(super) fn add_object(&mut self, object: &Object) -> Result<(), Failure> {
        self.write(&json!({ "object": object.to_string() }))
    }

    /// When a call was first sent, as far as it is noted.
    pub(super) fn tried_at(&self, id: &str) -> Option<i64> {
        self.tried.get(id).copied()
    }

    pub(super) fn add_try(&mut self, id: &str, at: i64) -> Result<(), Failure> {
        self.write(&json!({ "sending": id, "at": at }))
    }

    /// The id that the server has given to an invocation.
    pub(super) fn sent_as(&self, id: &str) -> Option<&str> {
        self.sent.get(id).map(String::as_str)
    }

    pub(super) fn add_sent(&mut self, id: &str, new: &str) -> Result<(), Failure> {
        self.write(&json!({ "sent": id, "as": new }))
    }

    fn write(&mut self, note: &Value) -> Result<(), Failure> {
        let written = writeln!(self.file, "{note}").and_then(|()| self.file.sync_data());
        written.map_err(|error| cannot(&self.path, &error))
    }
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    format!("`{}`, which says what has been moved, cannot be used: {error}", path.display()).into()
}
