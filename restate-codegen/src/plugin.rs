//! Code generation for `protoc` and `buf generate`.

use prost::Message;

use crate::{
    config::{Config, HandlerNames},
    error::{Error, Mistake},
    load::Contract,
};

/// Answers a request that `protoc` or `buf` sends to a plugin on its standard input.
///
/// The binary `protoc-gen-restate` does nothing else. Parameters are separated by commas:
/// `skip_streaming`, `only_annotated`, `client=false`, `server=false`, `handler_names=snake_case` or
/// `lower_camel_case`, `include_file=NAME`, `extern_path=.PROTO=RUST`, and
/// `crate_path=::restate` for crates that depend on `restate` in place of `restate-core`.
pub fn plugin(request: &[u8]) -> Vec<u8> {
    let response = match files(request) {
        Ok(file) => Response { file, supported_features: FEATURES, error: None },
        Err(error) => {
            let error = Some(error.to_string());
            Response { file: Vec::new(), supported_features: FEATURES, error }
        }
    };
    response.encode_to_vec()
}

/// Fields with presence in proto3.
const FEATURES: u64 = 1;

/// What is asked: names, parameters, and files with all that they import, as bytes so that no
/// option is lost.
#[derive(Clone, PartialEq, Message)]
struct Request {
    #[prost(string, repeated, tag = "1")]
    file_to_generate: Vec<String>,
    #[prost(string, tag = "2")]
    parameter: String,
    #[prost(bytes = "vec", repeated, tag = "15")]
    proto_file: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Response {
    #[prost(string, optional, tag = "1")]
    error: Option<String>,
    #[prost(uint64, tag = "2")]
    supported_features: u64,
    #[prost(message, repeated, tag = "15")]
    file: Vec<File>,
}

#[derive(Clone, PartialEq, Message)]
struct File {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "15")]
    content: String,
}

/// A `FileDescriptorSet` whose files are bytes.
#[derive(Clone, PartialEq, Message)]
struct DescriptorSet {
    #[prost(bytes = "vec", repeated, tag = "1")]
    file: Vec<Vec<u8>>,
}

fn files(request: &[u8]) -> Result<Vec<File>, Error> {
    let request = Request::decode(request)
        .map_err(|error| mistake(format!("this is no request to a plugin: {error}")))?;
    let config = config(&request.parameter)?;
    let set = DescriptorSet { file: request.proto_file }.encode_to_vec();
    let contract = Contract::requested(&set, &request.file_to_generate)?;
    let files = config.generate(&contract)?;
    Ok(files.into_iter().map(|(name, content)| File { name, content }).collect())
}

fn config(parameters: &str) -> Result<Config, Error> {
    let mut config = Config::new();
    for parameter in parameters.split(',').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, "true"));
        match (name, value) {
            ("skip_streaming", "true" | "false") => config.skip_streaming(value == "true"),
            ("only_annotated", "true" | "false") => config.only_annotated(value == "true"),
            ("client", "true" | "false") => config.client(value == "true"),
            ("server", "true" | "false") => config.server(value == "true"),
            ("handler_names", "proto") => config.handler_names(HandlerNames::Proto),
            ("handler_names", "snake_case") => config.handler_names(HandlerNames::SnakeCase),
            ("handler_names", "lower_camel_case") => {
                config.handler_names(HandlerNames::LowerCamelCase)
            }
            ("include_file", file) => config.include_file(file),
            ("crate_path", path) if path != "true" => config.crate_path(path),
            ("extern_path", paths) if paths.contains('=') => {
                let (proto, rust) = paths.split_once('=').unwrap_or_default();
                config.extern_path(proto, rust)
            }
            _ => {
                return Err(mistake(format!(
                    "there is no parameter `{parameter}`; there are skip_streaming, \
                     only_annotated, client=false, server=false, handler_names=proto, snake_case \
                     or lower_camel_case, crate_path=::RUST, include_file=NAME and \
                     extern_path=.PROTO=RUST"
                )));
            }
        };
    }
    Ok(config)
}

fn mistake(message: String) -> Error {
    Error::contract(vec![Mistake::placed(message)])
}
