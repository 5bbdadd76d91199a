//! The plugin request that `protoc` would send for a contract.

use protox::{
    Compiler,
    file::{File, FileResolver},
};

use crate::{contract::Protos, plugin_request};

/// Requests code for the last of `protos`.
pub(crate) fn request(protos: Protos) -> Vec<u8> {
    let asked = protos.last().map(|(name, _)| *name).unwrap_or_default();
    let mut compiler = Compiler::with_file_resolver(Resolver(protos));
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file(asked).expect("the contract is valid");
    let set = compiler.encode_file_descriptor_set();
    plugin_request::request(&set, asked, "skip_streaming,include_file=contracts.rs")
}

/// Resolves the files of the contract, of protobuf, and the option files.
struct Resolver(Protos);

impl FileResolver for Resolver {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if let Some((name, text)) = self.0.iter().find(|(own, _)| *own == name) {
            return File::from_source(name, text);
        }
        if name == "restate/options.proto" {
            return File::from_source(name, include_str!("../../proto/restate/options.proto"));
        }
        protox::file::GoogleFileResolver::new().open_file(name)
    }
}
