//! Code generation for `protoc` and `buf generate`.

use prost::Message;
use restate_descriptors::{EDITION_2024, EDITION_PROTO2};

use crate::{
    config::{Config, HandlerNames},
    error::{CodegenError, Mistake},
    load::Contract,
};

/// Answers a request from `protoc` or `buf`, which they send to a plugin on its standard input.
///
/// The binary `protoc-gen-restate` does nothing else. Its parameters are separated by commas:
///
/// | Parameter | Same as |
/// |---|---|
/// | `crate_path=::restate` | [`Config::crate_path`]; by default `::restate_core` |
/// | `skip_streaming` | [`Config::skip_streaming`] |
/// | `only_annotated` | [`Config::only_annotated`] |
/// | `client=false`, `server=false` | [`Config::client`], [`Config::server`] |
/// | `handler_names=snake_case`, `=lower_camel_case` | [`Config::handler_names`] |
/// | `include_file=NAME` | [`Config::include_file`] |
/// | `extern_path=.PROTO=RUST` | [`Config::extern_path`] |
pub fn plugin(request: &[u8]) -> Vec<u8> {
    let (file, error) = match files(request) {
        Ok(file) => (file, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let response = PluginResponse {
        error,
        supported_features: PROTO3_OPTIONAL | EDITIONS,
        minimum_edition: EDITION_PROTO2,
        maximum_edition: EDITION_2024,
        file,
    };
    response.encode_to_vec()
}

/// `Feature` of `plugin.proto`: compilers refuse files that need what a plugin does not announce.
const PROTO3_OPTIONAL: u64 = 1;
const EDITIONS: u64 = 2;

/// `CodeGeneratorRequest`, with files as bytes: decoding them into prost's types would drop the
/// options, which are extensions.
#[derive(Clone, PartialEq, Message)]
struct PluginRequest {
    #[prost(string, repeated, tag = "1")]
    file_to_generate: Vec<String>,
    #[prost(string, tag = "2")]
    parameter: String,
    #[prost(bytes = "vec", repeated, tag = "15")]
    proto_file: Vec<Vec<u8>>,
}

/// `CodeGeneratorResponse`.
#[derive(Clone, PartialEq, Message)]
struct PluginResponse {
    #[prost(string, optional, tag = "1")]
    error: Option<String>,
    #[prost(uint64, tag = "2")]
    supported_features: u64,
    #[prost(uint64, tag = "3")]
    minimum_edition: u64,
    #[prost(uint64, tag = "4")]
    maximum_edition: u64,
    #[prost(message, repeated, tag = "15")]
    file: Vec<GeneratedFile>,
}

#[derive(Clone, PartialEq, Message)]
struct GeneratedFile {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "15")]
    content: String,
}

/// `FileDescriptorSet`, with files as bytes.
#[derive(Clone, PartialEq, Message)]
struct DescriptorSet {
    #[prost(bytes = "vec", repeated, tag = "1")]
    file: Vec<Vec<u8>>,
}

fn files(request: &[u8]) -> Result<Vec<GeneratedFile>, CodegenError> {
    let request = PluginRequest::decode(request).map_err(|error| {
        mistake(format!(
            "standard input is not a plugin request: {error}; run this through `protoc` or `buf \
             generate`"
        ))
    })?;
    let config = config(&request.parameter)?;
    let set = DescriptorSet { file: request.proto_file }.encode_to_vec();
    let contract = Contract::requested(&set, &request.file_to_generate)?;
    let files = config.generate(&contract)?;
    Ok(files.into_iter().map(|(name, content)| GeneratedFile { name, content }).collect())
}

fn config(parameters: &str) -> Result<Config, CodegenError> {
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
                    "unknown parameter `{parameter}`; the parameters are skip_streaming, \
                     only_annotated, client=false, server=false, handler_names=proto, snake_case \
                     or lower_camel_case, crate_path=::RUST, include_file=NAME and \
                     extern_path=.PROTO=RUST"
                )));
            }
        };
    }
    Ok(config)
}

fn mistake(message: String) -> CodegenError {
    Mistake::somewhere(message).into()
}
