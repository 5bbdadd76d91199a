//! The requests that `protoc` and `buf` send to a plugin.

use prost::Message;

/// Requests code for the file `asked` of a descriptor set.
pub(crate) fn request(set: &[u8], asked: &str, parameter: &str) -> Vec<u8> {
    let set = Set::decode(set).expect("it is a set");
    let request = Request {
        file_to_generate: vec![asked.to_owned()],
        parameter: parameter.to_owned(),
        proto_file: set.file,
    };
    request.encode_to_vec()
}

/// `FileDescriptorSet`, with files as bytes, which keeps options.
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
