//! Loads contracts: `.proto` files or descriptor sets, with everything they import.

mod carried;
pub(crate) mod redacted;
mod resolver;
pub(crate) mod settings;
mod suggestions;
mod synthetic_oneofs;
pub(crate) mod well_known;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use miette::Diagnostic;
use prost_reflect::{DescriptorPool, FileDescriptor};
use protox::{Compiler, file::FileMetadata};
use restate_descriptors::{Fields, LowerError, SET_FILES, lower_set, raise};

use crate::{
    error::{CodegenError, Mistake},
    location::SourceLocation,
};

/// A contract: all its files, linked.
pub(crate) struct Contract {
    pool: DescriptorPool,
    /// The packages that code is generated for; `None` for all.
    packages: Option<HashSet<String>>,
    /// The descriptor set it was read from; `None` if it was compiled from `.proto` files.
    set: Option<Vec<u8>>,
    /// The files that were read from disk, for Cargo to watch.
    pub(crate) paths: Vec<PathBuf>,
}

impl Contract {
    /// Loads `protos` and what they import. Reports the first mistake of each file.
    pub(crate) fn load(
        protos: &[impl AsRef<Path>],
        includes: &[impl AsRef<Path>],
    ) -> Result<Self, CodegenError> {
        let mut compiler = Compiler::with_file_resolver(resolver::resolver(includes));
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
        let paths = compiler.files().filter_map(|file| path(file, includes)).collect();
        Ok(Self { pool: compiler.descriptor_pool(), packages: None, set: None, paths })
    }

    /// Decodes the descriptor set that was read from `path`.
    pub(crate) fn decode(bytes: &[u8], path: &Path) -> Result<Self, CodegenError> {
        let pool = DescriptorPool::decode(&lowered(bytes)?[..]).map_err(|error| {
            let message = format!(
                "{error}; create it with all imports: `buf build -o` or `protoc --include_imports \
                 -o`"
            );
            Mistake::at(SourceLocation::of_file(path.display().to_string()), message)
        })?;
        let (set, paths) = (Some(bytes.to_owned()), vec![path.to_owned()]);
        Ok(Self { pool, packages: None, set, paths })
    }

    /// Decodes a descriptor set, to generate code only for the packages of `files`.
    pub(crate) fn requested(set: &[u8], files: &[String]) -> Result<Self, CodegenError> {
        let pool = DescriptorPool::decode(&lowered(set)?[..])
            .map_err(|error| Mistake::somewhere(error.to_string()))?;
        let files = files.iter().filter_map(|name| pool.get_file_by_name(name));
        let packages = files.map(|file| file.package_name().to_owned()).collect();
        let set = Some(set.to_owned());
        Ok(Self { pool, packages: Some(packages), set, paths: Vec::new() })
    }

    /// A contract of descriptors that are linked already.
    #[cfg(test)]
    pub(crate) fn of_pool(pool: DescriptorPool) -> Self {
        Self { pool, packages: None, set: None, paths: Vec::new() }
    }

    /// The contract as a descriptor set with all imports.
    pub(crate) fn descriptor_set(&self) -> Vec<u8> {
        if let Some(set) = &self.set {
            return set.clone();
        }
        let mut set = Fields::default();
        for file in self.pool.files() {
            let file = file.encode_to_vec();
            set.push_bytes(SET_FILES, raise(&file).unwrap_or(file));
        }
        set.encode()
    }

    /// These files of it and what they import, for generated code to carry.
    pub(crate) fn carried(&self, files: &[FileDescriptor]) -> Vec<u8> {
        let set = self.set.as_deref().and_then(|set| Fields::decode(set).ok());
        let given = set.as_ref().map(carried::by_name).unwrap_or_default();
        carried::carried(files, &given)
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

/// The files of an encoded descriptor set, lowered to what prost-reflect and prost-build can read.
fn lowered(set: &[u8]) -> Result<Vec<u8>, CodegenError> {
    lower_set(set)
        .map_err(|errors| CodegenError::Contract(errors.iter().map(not_lowered).collect()))
}

/// The mistake in a file that cannot be lowered.
fn not_lowered(error: &LowerError) -> Mistake {
    match error {
        LowerError::UnknownEdition { file, .. } => {
            Mistake::at(SourceLocation::of_file(file), error.to_string())
        }
        _ => Mistake::somewhere(error.to_string()),
    }
}

/// The mistake for a file that begins with `edition`, which protox cannot parse.
fn edition(location: &str) -> Mistake {
    let location = SourceLocation::parse(location);
    let file = location.file().to_owned();
    let message = format!(
        "sources of protobuf editions are compiled by buf or protoc; run `buf build -o \
         contract.binpb` or `protoc --include_imports --include_source_info -o contract.binpb \
         {file}`, and give the result to `compile_descriptor_set`; or run the plugin \
         `protoc-gen-restate`"
    );
    Mistake::at(location, message)
}

/// The path of a file that was read from disk. protox forgets it if the resolver changes the file.
fn path(file: &FileMetadata, includes: &[impl AsRef<Path>]) -> Option<PathBuf> {
    let in_includes = || includes.iter().map(|include| include.as_ref().join(file.name()));
    let path = file.path().map(Path::to_owned);
    path.or_else(|| in_includes().find(|path| path.is_file()))
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
    // The name is empty if it is not given by `json_name`.
    if text.contains("a field with JSON name '") {
        text =
            text.replace("a field with JSON name '' is", "another field with this name in JSON is");
        text.push_str("; rename one, or give it another `json_name`");
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

/// Option files that contracts import: our own, the Go SDK's, and those of Restate before 1.0.
const OPTIONS: &[(&str, &str)] = &[
    ("restate/options.proto", include_str!("../proto/restate/options.proto")),
    ("dev/restate/sdk/go.proto", include_str!("../proto/dev/restate/sdk/go.proto")),
    ("dev/restate/ext.proto", include_str!("../proto/dev/restate/ext.proto")),
];
