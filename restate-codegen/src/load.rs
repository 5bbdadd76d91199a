//! Reads `.proto` files and everything they import.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use prost_reflect::{DescriptorPool, FileDescriptor};
use protox::{
    Compiler,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver},
};

use crate::error::{Error, Mistake};

/// A contract as written: all its files, linked.
pub(crate) struct Contract {
    pool: DescriptorPool,
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
                let mistake = Mistake::placed(described(&error));
                if !mistakes.contains(&mistake) {
                    mistakes.push(mistake);
                }
            }
        }
        if !mistakes.is_empty() {
            return Err(Error::contract(mistakes));
        }
        let paths = compiler.files().filter_map(|file| file.path().map(Path::to_owned)).collect();
        Ok(Self { pool: compiler.descriptor_pool(), paths })
    }

    /// Everything in the contract, also what nothing is generated for.
    pub(crate) fn pool(&self) -> &DescriptorPool {
        &self.pool
    }

    /// The files that code is generated for: all but those that come with protobuf and this crate.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileDescriptor> + '_ {
        self.files_and_well_known().filter(|file| !is_well_known(file))
    }

    /// The same, and the files of `google.protobuf`: generators look into them.
    pub(crate) fn files_and_well_known(&self) -> impl Iterator<Item = FileDescriptor> + '_ {
        self.pool.files().filter(|file| file.name() != OPTIONS_NAME)
    }
}

/// What protox says, where, why and what it advises.
fn described(error: &protox::Error) -> String {
    // Its `Debug` is its `Display` with the place in front.
    let mut text = format!("{error:?}");
    if let Some(cause) = error.diagnostic_source() {
        text.push_str(&format!(": {cause}"));
    }
    if let Some(help) = error.help() {
        text.push_str(&format!("; {help}"));
    }
    text
}

fn is_well_known(file: &FileDescriptor) -> bool {
    file.name().starts_with("google/protobuf/")
}

fn resolver(includes: &[impl AsRef<Path>]) -> ChainFileResolver {
    let mut chain = ChainFileResolver::new();
    chain.add(OptionsResolver);
    for include in includes {
        chain.add(IncludeFileResolver::new(include.as_ref().to_owned()));
    }
    chain.add(GoogleFileResolver::new());
    chain
}

const OPTIONS_NAME: &str = "restate/options.proto";
const OPTIONS: &str = include_str!("../proto/restate/options.proto");

/// Finds `restate/options.proto` inside this crate.
struct OptionsResolver;

impl FileResolver for OptionsResolver {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == OPTIONS_NAME {
            File::from_source(name, OPTIONS)
        } else {
            Err(protox::Error::file_not_found(name))
        }
    }
}
