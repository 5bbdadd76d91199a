//! Loads contracts: `.proto` files or descriptor sets, with everything they import.

pub(crate) mod options;
pub(crate) mod settings;
mod suggestions;
pub(crate) mod well_known;

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

use crate::{
    error::{CodegenError, Mistake},
    location::SourceLocation,
};

/// A contract: all its files, linked.
pub(crate) struct Contract {
    pool: DescriptorPool,
    /// The packages that code is generated for; `None` for all.
    packages: Option<HashSet<String>>,
    /// The files that were read from disk, for Cargo to watch.
    pub(crate) paths: Vec<PathBuf>,
}

impl Contract {
    /// Loads `protos` and what they import. Reports the first mistake of each file.
    pub(crate) fn load(
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<Self, CodegenError> {
        let mut compiler = Compiler::with_file_resolver(resolver(includes));
        compiler.include_imports(true).include_source_info(true);
        let mut mistakes = Vec::new();
        for proto in protos {
            if let Err(error) = compiler.open_file(proto) {
                let mistake = mistake(&error, proto.as_ref(), includes);
                if !mistakes.contains(&mistake) {
                    mistakes.push(mistake);
                }
            }
        }
        CodegenError::unless_empty(mistakes)?;
        let paths = compiler.files().filter_map(|file| file.path().map(Path::to_owned)).collect();
        Ok(Self { pool: compiler.descriptor_pool(), packages: None, paths })
    }

    /// Decodes the descriptor set that was read from `path`.
    pub(crate) fn decode(bytes: &[u8], path: &Path) -> Result<Self, CodegenError> {
        check_syntax(bytes)?;
        let pool = DescriptorPool::decode(bytes).map_err(|error| {
            let message = format!(
                "{error}; create it with all imports: `buf build -o` or `protoc --include_imports \
                 -o`"
            );
            Mistake::at(SourceLocation::of_file(path.display().to_string()), message)
        })?;
        Ok(Self { pool, packages: None, paths: vec![path.to_owned()] })
    }

    /// Decodes a descriptor set, to generate code only for the packages of `files`.
    pub(crate) fn requested(set: &[u8], files: &[String]) -> Result<Self, CodegenError> {
        check_syntax(set)?;
        let pool =
            DescriptorPool::decode(set).map_err(|error| Mistake::somewhere(error.to_string()))?;
        let files = files.iter().filter_map(|name| pool.get_file_by_name(name));
        let packages = files.map(|file| file.package_name().to_owned()).collect();
        Ok(Self { pool, packages: Some(packages), paths: Vec::new() })
    }

    /// A contract of descriptors that are linked already.
    #[cfg(test)]
    pub(crate) fn of_pool(pool: DescriptorPool) -> Self {
        Self { pool, packages: None, paths: Vec::new() }
    }

    /// All descriptors, including those that no code is generated for.
    pub(crate) fn pool(&self) -> &DescriptorPool {
        &self.pool
    }

    /// The files that code is generated for: all but those of this crate and of `restate-core`.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileDescriptor> + '_ {
        let is_wanted = |file: &FileDescriptor| {
            self.packages.as_ref().is_none_or(|packages| packages.contains(file.package_name()))
        };
        self.files_and_well_known()
            .filter(move |file| !well_known::is_in_core(file.name()) && is_wanted(file))
    }

    /// The same, and the files whose messages `restate-core` has, because others refer to them.
    pub(crate) fn files_and_well_known(&self) -> impl Iterator<Item = FileDescriptor> + '_ {
        let is_own = |name: &str| OPTIONS.iter().any(|(own, _)| *own == name);
        // Nearly every contract imports `descriptor.proto`, for options; few send its messages.
        let used = well_known::used(&self.pool);
        self.pool.files().filter(move |file| {
            let name = file.name();
            !is_own(name) && (!well_known::is_optional(name) || used.contains(name))
        })
    }
}

/// Reports each file of a descriptor set whose syntax the linker does not support.
fn check_syntax(set: &[u8]) -> Result<(), CodegenError> {
    // Bytes that are not a descriptor set at all are reported by the linker, which says why.
    let files = FileDescriptorSet::decode(set).unwrap_or_default().file;
    let others = files.iter().filter(|file| !matches!(file.syntax(), "" | "proto2" | "proto3"));
    CodegenError::unless_empty(others.map(|file| edition(file.name())).collect())
}

fn edition(location: &str) -> Mistake {
    let message =
        "protobuf editions are not supported yet; begin the file with `syntax = \"proto3\";`";
    Mistake::at(SourceLocation::parse(location), message)
}

/// The mistake that protox has found in `proto`, with its cause and a suggestion.
fn mistake(error: &protox::Error, proto: &Path, includes: &[impl AsRef<Path>]) -> Mistake {
    // protox has no accessor for the location; `Debug` prints it in front of what `Display` prints.
    let mut text = format!("{error:?}");
    if text.ends_with("is not in any include path") {
        return Mistake::somewhere(suggestions::missing(proto, includes));
    }
    if let Some((location, _)) = text.split_once(": ").filter(|_| text.ends_with("found 'edition'"))
    {
        return edition(location);
    }
    if let Some(cause) = error.diagnostic_source() {
        text.push_str(&format!(": {cause}"));
    }
    match suggestions::alternatives(&text, OPTIONS[0]) {
        Some(alternatives) => text.push_str(&format!("; {alternatives}")),
        None => text.extend(error.help().map(|help| format!("; {help}"))),
    }
    // protox reports an import that leaves its directory as an invalid group name.
    let text = text.replace("invalid group name; imports", "invalid import; imports");
    match text.split_once(": ") {
        Some((location, message)) if location.contains(".proto") && !location.contains(' ') => {
            Mistake::at(SourceLocation::parse(location), message)
        }
        _ => Mistake::somewhere(text),
    }
}

/// The files of protobuf itself come first, because some trees have copies that protox cannot
/// parse.
fn resolver(includes: &[impl AsRef<Path>]) -> ChainFileResolver {
    let mut chain = ChainFileResolver::new();
    chain.add(GoogleFileResolver::new());
    for include in includes {
        chain.add(Included(IncludeFileResolver::new(include.as_ref().to_owned())));
    }
    chain.add(OptionsResolver);
    chain
}

/// Files in an include path, except `restate/options.proto`: this crate's own version must be used,
/// because it reads the fields of that version.
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

/// Option files that contracts import: our own, the Go SDK's, and those of Restate before 1.0.
const OPTIONS: &[(&str, &str)] = &[
    ("restate/options.proto", include_str!("../proto/restate/options.proto")),
    ("dev/restate/sdk/go.proto", include_str!("../proto/dev/restate/sdk/go.proto")),
    ("dev/restate/ext.proto", include_str!("../proto/dev/restate/ext.proto")),
];

/// Finds the option files that are compiled into this crate.
struct OptionsResolver;

impl FileResolver for OptionsResolver {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match OPTIONS.iter().find(|(own, _)| *own == name) {
            Some((name, source)) => File::from_source(name, source),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}
