//! What `protoc` would send to a plugin for a contract.

use prost::Message;
use protox::{
    Compiler,
    file::{File, FileResolver},
};

use crate::contract::Protos;

/// Asks for the last of `protos`.
pub(crate) fn request(protos: Protos) -> Vec<u8> {
    let asked = protos.last().map(|(name, _)| *name).unwrap_or_default();
    let mut compiler = Compiler::with_file_resolver(Resolver(protos));
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file(asked).expect("the contract is valid");
    let set = compiler.encode_file_descriptor_set();
    let set = Set::decode(&set[..]).expect("the compiler writes sets");
    let parameter = "skip_streaming,include_file=contracts.rs".to_owned();
    Request { file_to_generate: vec![asked.to_owned()], parameter, proto_file: set.file }
        .encode_to_vec()
}

/// A `FileDescriptorSet` whose files are bytes, so that options stay.
#[derive(Clone, PartialEq, Message)]
struct Set {
    #[prost(bytes = "vec", repeated, tag = "1")]
    file: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Request {
    #[prost(string, repeated, tag = "1")]
    file_to_generate: Vec<String>,
    #[prost(string, tag = "2")]
    parameter: String,
    #[prost(bytes = "vec", repeated, tag = "15")]
    proto_file: Vec<Vec<u8>>,
}

/// Finds the contract's own files, those of protobuf, and the options.
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
