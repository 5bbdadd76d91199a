//! Finds the files of a contract: protobuf's own, those in include paths, and those in this crate.

use std::{
    fs,
    path::{Path, PathBuf},
};

use prost::Message;
use protox::{
    Error,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver},
};
use restate_descriptors::lower;

use crate::load::{OPTIONS, synthetic_oneofs};

/// The files of protobuf itself come first, because some trees have copies that protox cannot
/// parse.
pub(super) fn resolver(includes: &[impl AsRef<Path>]) -> ChainFileResolver {
    let mut chain = ChainFileResolver::new();
    chain.add(GoogleFileResolver::new());
    for include in includes {
        chain.add(Included(include.as_ref().to_owned()));
    }
    chain.add(OptionsResolver);
    chain
}

/// Files in an include path, except `restate/options.proto`: this crate's own version must be used,
/// because it reads the fields of that version.
struct Included(PathBuf);

impl FileResolver for Included {
    fn resolve_path(&self, path: &Path) -> Option<String> {
        IncludeFileResolver::new(self.0.clone()).resolve_path(path)
    }

    fn open_file(&self, name: &str) -> Result<File, Error> {
        if name == OPTIONS[0].0 {
            return Err(Error::file_not_found(name));
        }
        let path = self.0.join(name);
        let file = match after_byte_order_mark(&path) {
            Some(source) => File::from_source(name, &source)?,
            None => File::open(name, &path)?,
        };
        accepted_as_by_protoc(file)
    }
}

/// The text of the file at `path` after its byte order mark, which protox does not skip; `None` for
/// files without one.
fn after_byte_order_mark(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.strip_prefix('\u{feff}').map(str::to_owned)
}

/// `file` without names that protoc accepts and prost-reflect does not.
fn accepted_as_by_protoc(file: File) -> Result<File, Error> {
    let mut descriptor = file.file_descriptor_proto().clone();
    let is_renamed = synthetic_oneofs::rename(&mut descriptor);
    let bytes = descriptor.encode_to_vec();
    let lowered = lower(&bytes).map_err(|error| Error::new(error.to_string()))?;
    match lowered {
        None if !is_renamed => Ok(file),
        lowered => {
            let bytes = lowered.unwrap_or(bytes);
            File::decode_file_descriptor_proto(&bytes[..]).map_err(Error::new)
        }
    }
}

/// Finds the option files that are compiled into this crate.
struct OptionsResolver;

impl FileResolver for OptionsResolver {
    fn open_file(&self, name: &str) -> Result<File, Error> {
        match OPTIONS.iter().find(|(own, _)| *own == name) {
            Some((name, source)) => File::from_source(name, source),
            None => Err(Error::file_not_found(name)),
        }
    }
}
