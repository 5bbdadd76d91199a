//! The source of a crate: its files, its modules, and what these declare and mention.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// An index into [`Source::files`].
pub(super) type FileId = usize;

/// An index into [`Source::modules`].
pub(super) type ModuleId = usize;

/// A crate as it was read.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) files: Vec<SourceFile>,
    /// The first is the root.
    pub(super) modules: Vec<Module>,
    pub(super) types: Vec<TypeName>,
    /// Where each macro is defined that is found by its order in the source, not by a path.
    pub(super) macros: BTreeMap<String, FileId>,
    pub(super) mentions: Vec<Mention>,
}

#[derive(Debug)]
pub(super) struct SourceFile {
    pub(super) path: PathBuf,
    pub(super) room: String,
}

/// A module, in a file of its own or inline.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) file: FileId,
    pub(super) parent: Option<ModuleId>,
    pub(super) children: BTreeMap<String, ModuleId>,
    /// Names of what it defines itself.
    pub(super) items: BTreeSet<String>,
    pub(super) imports: Vec<Import>,
}

/// A leaf of a `use` item.
#[derive(Debug)]
pub(super) struct Import {
    /// The name in this module; none of a glob import.
    pub(super) name: Option<String>,
    pub(super) path: Vec<String>,
}

/// A path that some code mentions, or the name of a macro it calls.
#[derive(Debug)]
pub(super) struct Mention {
    pub(super) file: FileId,
    pub(super) line: usize,
    pub(super) module: ModuleId,
    pub(super) path: Vec<String>,
    /// Whether it is in a `pub use` of the crate's root, which makes a name public and uses nothing.
    pub(super) is_export: bool,
}

/// A struct, enum, union, trait or type alias.
#[derive(Debug)]
pub(super) struct TypeName {
    pub(super) name: String,
    pub(super) file: FileId,
    pub(super) line: usize,
}

impl Source {
    /// A place as compilers print it.
    pub(super) fn place(&self, file: FileId, line: usize) -> String {
        format!("{}:{line}", self.files[file].path.display())
    }
}
