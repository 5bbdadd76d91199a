//! Reads `.proto` files and everything they import.

pub(crate) mod options;
pub(crate) mod settings;
mod suggestions;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use miette::Diagnostic;
use prost::Message;
use prost_reflect::{DescriptorPool, FileDescriptor};
use prost_types::FileDescriptorSet;
use protox::{
    Compiler,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver},
};

use crate::error::{Error, Mistake};

/// A contract as written: all its files, linked.
pub(crate) struct Contract {
    pool: DescriptorPool,
    /// The packages that code is generated for; without them, all.
    packages: Option<HashSet<String>>,
    /// The files that were read from disk.
    pub(crate) paths: Vec<PathBuf>,
}

impl Contract {
    /// Reads `protos` and what they import. Reports the first mistake of each file.
    pub(crate) fn load(
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<Self, Error> {
        let mut compiler = Compiler::with_file_resolver(resolver(includes));
        compiler.include_imports(true).include_source_info(true);
        let mut mistakes = Vec::new();
        for proto in protos {
            if let Err(error) = compiler.open_file(proto) {
                let mistake = Mistake::placed(described(&error, proto.as_ref(), includes));
                if !mistakes.contains(&mistake) {
                    mistakes.push(mistake);
                }
            }
        }
        if !mistakes.is_empty() {
            return Err(Error::contract(mistakes));
        }
        let paths = compiler.files().filter_map(|file| file.path().map(Path::to_owned)).collect();
        Ok(Self { pool: compiler.descriptor_pool(), packages: None, paths })
    }

    /// Reads the descriptor set that was found at `path`.
    pub(crate) fn decode(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        check_syntax(bytes)?;
        let pool = DescriptorPool::decode(bytes).map_err(|error| {
            let message = format!(
                "{}: {error}; make it with all imports, as `buf build -o` and `protoc \
                 --include_imports -o` do",
                path.display()
            );
            Error::contract(vec![Mistake::placed(message)])
        })?;
        Ok(Self { pool, packages: None, paths: vec![path.to_owned()] })
    }

    /// Reads a descriptor set of which only the packages of `files` are wanted.
    pub(crate) fn requested(set: &[u8], files: &[String]) -> Result<Self, Error> {
        check_syntax(set)?;
        let pool = DescriptorPool::decode(set)
            .map_err(|error| Error::contract(vec![Mistake::placed(error.to_string())]))?;
        let files = files.iter().filter_map(|name| pool.get_file_by_name(name));
        let packages = files.map(|file| file.package_name().to_owned()).collect();
        Ok(Self { pool, packages: Some(packages), paths: Vec::new() })
    }

    /// A contract that something else has read.
    #[cfg(test)]
    pub(crate) fn of_pool(pool: DescriptorPool) -> Self {
        Self { pool, packages: None, paths: Vec::new() }
    }

    /// Everything in the contract, also what nothing is generated for.
    pub(crate) fn pool(&self) -> &DescriptorPool {
        &self.pool
    }

    /// The files that code is generated for: all but those that come with protobuf and this crate.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileDescriptor> + '_ {
        let is_wanted = |file: &FileDescriptor| {
            self.packages.as_ref().is_none_or(|packages| packages.contains(file.package_name()))
        };
        self.files_and_well_known()
            .filter(move |file| !is_well_known(file.name()) && is_wanted(file))
    }

    /// The same, and the files of `google.protobuf`: generators look into them.
    pub(crate) fn files_and_well_known(&self) -> impl Iterator<Item = FileDescriptor> + '_ {
        let is_own = |name: &str| OPTIONS.iter().any(|(own, _)| *own == name);
        self.pool.files().filter(move |file| !is_own(file.name()))
    }
}

/// Fails for each file of a descriptor set that is in no syntax which can be linked.
fn check_syntax(set: &[u8]) -> Result<(), Error> {
    // What is no set at all is reported where it is linked.
    let files = FileDescriptorSet::decode(set).unwrap_or_default().file;
    let others = files.iter().filter(|file| !matches!(file.syntax(), "" | "proto2" | "proto3"));
    let mistakes: Vec<_> = others.map(|file| Mistake::placed(no_edition(file.name()))).collect();
    if mistakes.is_empty() { Ok(()) } else { Err(Error::contract(mistakes)) }
}

fn no_edition(place: &str) -> String {
    format!(
        "{place}: the compiler reads proto2 and proto3, and no editions yet; begin the file with \
         `syntax = \"proto3\";`"
    )
}

/// What protox says of `proto`, where, why and what is to be done.
fn described(error: &protox::Error, proto: &Path, includes: &[impl AsRef<Path>]) -> String {
    // Its `Debug` is its `Display` with the place in front.
    let mut text = format!("{error:?}");
    if text.ends_with("is not in any include path") {
        return suggestions::missing(proto, includes);
    }
    if let Some((place, _)) = text.split_once(": ").filter(|_| text.ends_with("found 'edition'")) {
        return no_edition(place);
    }
    if let Some(cause) = error.diagnostic_source() {
        text.push_str(&format!(": {cause}"));
    }
    match suggestions::alternatives(&text, OPTIONS[0]) {
        Some(alternatives) => text.push_str(&format!("; {alternatives}")),
        None => text.extend(error.help().map(|help| format!("; {help}"))),
    }
    // What protox calls an import that leads out of its directory.
    text.replace("invalid group name; imports", "invalid import; imports")
}

fn is_well_known(name: &str) -> bool {
    name.starts_with("google/protobuf/")
}

/// The files of protobuf itself come first: some trees hold copies that protox cannot read.
fn resolver(includes: &[impl AsRef<Path>]) -> ChainFileResolver {
    let mut chain = ChainFileResolver::new();
    chain.add(GoogleFileResolver::new());
    for include in includes {
        chain.add(Included(IncludeFileResolver::new(include.as_ref().to_owned())));
    }
    chain.add(OptionsResolver);
    chain
}

/// Files in a directory, but for the option files that this crate knows in their own form.
struct Included(IncludeFileResolver);

impl FileResolver for Included {
    fn resolve_path(&self, path: &Path) -> Option<String> {
        self.0.resolve_path(path)
    }

    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == OPTIONS[0].0 {
            Err(protox::Error::file_not_found(name))
        } else {
            self.0.open_file(name)
        }
    }
}

/// Option files that contracts import: of this crate, of the Go SDK, and of old.
const OPTIONS: &[(&str, &str)] = &[
    ("restate/options.proto", include_str!("../proto/restate/options.proto")),
    ("dev/restate/sdk/go.proto", include_str!("../proto/dev/restate/sdk/go.proto")),
    ("dev/restate/ext.proto", include_str!("../proto/dev/restate/ext.proto")),
];

/// Finds option files inside this crate.
struct OptionsResolver;

impl FileResolver for OptionsResolver {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match OPTIONS.iter().find(|(own, _)| *own == name) {
            Some((name, source)) => File::from_source(name, source),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}
