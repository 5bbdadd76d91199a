//! The files of a crate and what they import, and the cycles among them.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt::Write as _,
};

use super::{
    module::{FileId, Mention, Source},
    resolve::{Found, resolve},
};

/// Imports between the files of a crate.
pub(super) struct Graph<'a> {
    source: &'a Source,
    /// The line of the first import from one file of another.
    edges: BTreeMap<FileId, BTreeMap<FileId, usize>>,
    /// Imports from other crates.
    external: Vec<External>,
}

/// An import from another crate.
pub(super) struct External {
    pub(super) file: FileId,
    pub(super) line: usize,
    pub(super) name: String,
}

/// An import from another room.
pub(super) struct Edge<'a> {
    pub(super) place: String,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) target: String,
}

impl<'a> Graph<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        let mut edges = BTreeMap::<_, BTreeMap<_, _>>::new();
        let mut external = Vec::new();
        for mention in source.mentions.iter().filter(|mention| !mention.is_export) {
            let &Mention { file, line, module, ref path, .. } = mention;
            let targets = match resolve(source, module, path) {
                Found::Inside(files) => files,
                Found::Outside(name) => match source.macros.get(&name) {
                    // In scope without a path, because its definition comes first in the source.
                    Some(definition) if path.len() == 1 => BTreeSet::from([*definition]),
                    _ => {
                        external.push(External { file, line, name });
                        continue;
                    }
                },
            };
            for target in targets.into_iter().filter(|target| *target != file) {
                let first = edges.entry(file).or_default().entry(target).or_insert(line);
                *first = line.min(*first);
            }
        }
        Self { source, edges, external }
    }

    /// The rooms of the crate.
    pub(super) fn rooms(&self) -> BTreeSet<&'a str> {
        self.source.files.iter().map(|file| file.room.as_str()).collect()
    }

    /// Every import from one room of another.
    pub(super) fn between_rooms(&self) -> impl Iterator<Item = Edge<'a>> {
        let source = self.source;
        let edges = self
            .edges
            .iter()
            .flat_map(|(from, targets)| targets.iter().map(move |(to, line)| (*from, *to, *line)));
        edges.filter_map(move |(from, to, line)| {
            let edge = Edge {
                place: source.place(from, line),
                from: &source.files[from].room,
                to: &source.files[to].room,
                target: source.files[to].path.display().to_string(),
            };
            (edge.from != edge.to).then_some(edge)
        })
    }

    /// Every import from another crate, with the room it is in.
    pub(super) fn external(&self) -> impl Iterator<Item = (&'a str, String, &str)> {
        self.external.iter().map(|External { file, line, name }| {
            let room = self.source.files[*file].room.as_str();
            (room, self.source.place(*file, *line), name.as_str())
        })
    }

    /// One message for each group of files that import each other across rooms: the shortest cycle
    /// between its rooms. Breaking that one leaves a smaller group.
    pub(super) fn cycles(&self) -> Vec<String> {
        let mut grouped = BTreeSet::new();
        let mut messages = Vec::new();
        for &file in self.edges.keys() {
            if grouped.contains(&file) {
                continue;
            }
            let reached = self.reached(file);
            let group: BTreeSet<_> =
                reached.into_iter().filter(|other| self.reached(*other).contains(&file)).collect();
            let pairs = group.iter().flat_map(|from| {
                let targets = self.edges[from].keys().filter(|to| group.contains(to));
                targets.map(move |to| (*from, *to))
            });
            let pairs = pairs.filter(|(from, to)| self.room(*from) != self.room(*to));
            let cycles = pairs.filter_map(|(from, to)| {
                self.shortest(to, from).map(|back| [vec![from], back].concat())
            });
            messages.extend(cycles.min_by_key(Vec::len).map(|cycle| self.message(&cycle)));
            grouped.extend(group);
        }
        messages
    }

    /// The files that a file imports, directly or not.
    fn reached(&self, from: FileId) -> BTreeSet<FileId> {
        let mut reached = BTreeSet::new();
        let mut pending = vec![from];
        while let Some(file) = pending.pop() {
            let next = self.edges.get(&file).into_iter().flat_map(BTreeMap::keys);
            pending.extend(next.filter(|next| reached.insert(**next)));
        }
        reached
    }

    fn room(&self, file: FileId) -> &str {
        &self.source.files[file].room
    }

    /// The shortest way from one file to another along imports, both included.
    fn shortest(&self, from: FileId, to: FileId) -> Option<Vec<FileId>> {
        let mut reached = BTreeSet::from([from]);
        let mut pending = VecDeque::from([vec![from]]);
        while let Some(way) = pending.pop_front() {
            let last = *way.last()?;
            if last == to {
                return Some(way);
            }
            let next = self.edges.get(&last).into_iter().flat_map(BTreeMap::keys);
            for &next in next.filter(|next| reached.insert(**next)) {
                pending.push_back([way.as_slice(), &[next]].concat());
            }
        }
        None
    }

    fn message(&self, cycle: &[FileId]) -> String {
        let mut message = "files in different rooms import each other; move what they share into \
                           a file that imports neither:"
            .to_owned();
        for pair in cycle.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let place = self.source.place(from, self.edges[&from][&to]);
            let _ =
                write!(message, "\n    {place} imports {}", self.source.files[to].path.display());
        }
        message
    }

    /// The rooms and what they import, without the root, which declares and re-exports all of them.
    pub(super) fn mermaid(&self) -> String {
        let root = self.source.files.first().map(|file| file.room.as_str());
        let mut text = "flowchart TD\n".to_owned();
        for room in self.rooms().into_iter().filter(|room| Some(*room) != root) {
            let _ = writeln!(text, "    {room}[{room}]");
        }
        let pairs = self.between_rooms().map(|Edge { from, to, .. }| (from, to));
        let pairs: BTreeSet<_> = pairs.filter(|(from, _)| Some(*from) != root).collect();
        for (from, to) in pairs {
            let _ = writeln!(text, "    {from} --> {to}");
        }
        text
    }
}
