//! Paths to the files that define what they name.

use std::collections::BTreeSet;

use super::module::{FileId, Module, ModuleId, Source};

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Found {
    /// Files of this crate. A name can stand for a module and an item at once.
    Inside(BTreeSet<FileId>),
    /// Another crate, or a name that only the compiler knows, such as a type parameter.
    Outside(String),
}

/// Follows `path` from `module`, through re-exports, to where its target is defined.
pub(super) fn resolve(source: &Source, module: ModuleId, path: &[String]) -> Found {
    let mut resolver = Resolver { source, visited: BTreeSet::new() };
    let files: BTreeSet<_> =
        resolver.path(module, path).into_iter().map(|target| target.file(source)).collect();
    match path {
        [first, ..] if files.is_empty() && !first.is_empty() => Found::Outside(first.clone()),
        [empty, name, ..] if empty.is_empty() => Found::Outside(name.clone()),
        _ => Found::Inside(files),
    }
}

#[derive(Clone, Copy)]
enum Definition {
    Module(ModuleId),
    Item(FileId),
}

impl Definition {
    fn file(self, source: &Source) -> FileId {
        match self {
            Self::Module(module) => source.modules[module].file,
            Self::Item(file) => file,
        }
    }
}

struct Resolver<'a> {
    source: &'a Source,
    /// Names already followed: re-exports may go round in a circle.
    visited: BTreeSet<(ModuleId, String)>,
}

impl Resolver<'_> {
    fn path(&mut self, module: ModuleId, path: &[String]) -> Vec<Definition> {
        let Some((first, rest)) = path.split_first() else {
            return vec![Definition::Module(module)];
        };
        let Module { parent, children, .. } = &self.source.modules[module];
        match first.as_str() {
            "crate" => return self.path(0, rest),
            "self" => return self.path(module, rest),
            "super" => return parent.map_or(vec![], |parent| self.path(parent, rest)),
            _ => {}
        }
        // Before any import of that name, which may itself begin with the module: `use run::run`.
        if let Some(child) = children.get(first).filter(|_| !rest.is_empty()) {
            return self.inside(*child, rest);
        }
        let targets = self.name(module, first);
        let submodule = targets.iter().find_map(|target| match target {
            Definition::Module(module) => Some(*module),
            Definition::Item(_) => None,
        });
        match submodule {
            Some(submodule) if !rest.is_empty() => self.inside(submodule, rest),
            // Variants, constants and functions of an item are where the item is.
            _ => targets,
        }
    }

    fn inside(&mut self, module: ModuleId, path: &[String]) -> Vec<Definition> {
        let targets = self.path(module, path);
        // A macro has defined what is in the module and not in its source.
        if targets.is_empty() { vec![Definition::Module(module)] } else { targets }
    }

    fn name(&mut self, module: ModuleId, name: &str) -> Vec<Definition> {
        if !self.visited.insert((module, name.to_owned())) {
            return vec![];
        }
        let Module { file, children, items, imports, .. } = &self.source.modules[module];
        let mut targets: Vec<_> =
            children.get(name).map(|child| Definition::Module(*child)).into_iter().collect();
        if items.contains(name) {
            targets.push(Definition::Item(*file));
        }
        for import in imports.iter().filter(|import| import.name.as_deref() == Some(name)) {
            targets.extend(self.path(module, &import.path));
        }
        if targets.is_empty() {
            for import in imports.iter().filter(|import| import.name.is_none()) {
                for target in self.path(module, &import.path) {
                    if let Definition::Module(module) = target {
                        targets.extend(self.name(module, name));
                    }
                }
            }
        }
        self.visited.remove(&(module, name.to_owned()));
        targets
    }
}
