//! Generates code for every directory of `proto`, and for contracts that a file cannot show.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use restate_codegen::{CodegenError, Config};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo:rerun-if-changed=proto");
    for directory in entries(Path::new("proto")) {
        generate(&directory, &out.join(directory.file_name().expect("it was listed")))?;
    }
    for (name, text) in UNPRINTABLE {
        generate_text(name, text, &out)?;
    }
    generate_text("wide", &wide(), &out)?;
    beside_prost(&out)
}

/// A message with 600 fields, which can hold itself in every way.
fn wide() -> String {
    let fields: String = (1..=600).map(|it| format!("optional string f{it} = {it};\n")).collect();
    format!(
        "syntax = \"proto3\"; package p;\nmessage Wide {{\n{fields}\
         Wide child = 601; repeated Wide children = 602; map<string, Wide> by_name = 603;\n\
         oneof one {{ Wide this = 604; string that = 605; Narrow narrow = 607; }}\n\
         Narrow inner = 606;\n}}\n\
         message Narrow {{ repeated Wide wide = 1; }}\n"
    )
}

/// Messages that prost-build generates, and services that use them.
fn beside_prost(out: &Path) -> Result<(), Box<dyn Error>> {
    let (messages, services) = (out.join("messages_of_prost"), out.join("services_beside_prost"));
    fs::create_dir_all(&messages)?;
    let protos = ["beside/common.proto", "beside/shop.proto"];
    prost_build::Config::new()
        .btree_map(["."])
        .compile_well_known_types()
        .extern_path(".google.protobuf", "::restate_core::well_known")
        .include_file("messages.rs")
        .out_dir(messages)
        .compile_fds(protox::compile(protos, ["beside"])?)?;
    Config::new()
        .extern_path(".beside", "crate::messages_of_prost::beside")
        .include_file("contracts.rs")
        .out_dir(services)
        .compile_protos(&protos, &["beside"])?;
    Ok(())
}

/// Contracts with characters that editors hide or change.
const UNPRINTABLE: [(&str, &str); 4] = [
    (
        "byte_order_mark",
        "\u{feff}syntax = \"proto3\"; package p;\nmessage M {} service S { rpc Get(M) returns (M); }",
    ),
    (
        "carriage_returns",
        "syntax = \"proto3\";\r\npackage p;\r\n// one\r two\rstill\r\nmessage M {\r\n\
         string a = 1; /* x\ry */\r\n// a\r\r\nstring b = 2; }\r\n/* s\rt\r*/\r\n\
         service S {\r\n// u\rv\r\nrpc Get(M) returns (M);\r\n}\r\n",
    ),
    (
        "controls",
        "syntax = \"proto3\"; package p;\n// \0 \u{b} \u{c} \u{7f} \u{85} \u{200f} \u{2028} \u{feff}\n\
         message M {}\n// \0 \u{b} \u{c} \u{7f} \u{85} \u{200f} \u{2029} \u{e0d0}1\nservice S {\n\
         // \0 \u{b} \u{c}\nrpc Get(M) returns (M);\n}\n",
    ),
    (
        "directions",
        "syntax = \"proto3\"; package p;\n\
         // \u{202a} \u{202b} \u{202c} \u{202d} \u{202e} \u{2066} \u{2067} \u{2068} \u{2069}\n\
         message M {\n/* a\n * ```\n * \u{202e} code\n * ```\n */\n\
         string a = 1 [json_name = \"\u{202e}x\"]; // \u{2066}\n}\n\
         // \u{202e}s\nservice S {\n// \u{202e}m\nrpc Get(M) returns (M);\n}\n\
         enum E { ZERO = 0; // \u{202e}\n}\n",
    ),
];

/// Generates the contract `text`, which is no file of the repository.
fn generate_text(name: &str, text: &str, out: &Path) -> Result<(), CodegenError> {
    let directory = out.join("written").join(name);
    fs::create_dir_all(&directory).expect("OUT_DIR can be written");
    fs::write(directory.join("api.proto"), text).expect("OUT_DIR can be written");
    generate(&directory, &out.join(name))
}

/// Generates all contracts under `directory`.
fn generate(directory: &Path, out: &Path) -> Result<(), CodegenError> {
    let mut protos = Vec::new();
    add_protos(directory, &mut protos);
    let mut config = Config::new();
    config.out_dir(out).include_file("contracts.rs").compile_protos(&protos, &[directory])
}

fn add_protos(directory: &Path, protos: &mut Vec<PathBuf>) {
    for path in entries(directory) {
        if path.is_dir() {
            add_protos(&path, protos);
        } else {
            protos.push(path);
        }
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("the directory can be read");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.sort();
    paths
}
