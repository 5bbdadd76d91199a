//! The code and the files of the services that a front door has itself are current.
//!
//! `BLESS=1 cargo test -p restate-grpc --test generated` writes them.

use std::{env, fs, path::Path};

use protox::Compiler;
use restate_codegen::Config;

const PROTOS: [&str; 4] = [
    "restate/v1/ingress.proto",
    "grpc/health/v1/health.proto",
    "grpc/reflection/v1/reflection.proto",
    "grpc/reflection/v1alpha/reflection.proto",
];

/// Files that contracts import and generated code does not carry.
const IMPORTED: [&str; 15] = [
    "restate/options.proto",
    "dev/restate/ext.proto",
    "dev/restate/sdk/go.proto",
    "google/protobuf/any.proto",
    "google/protobuf/api.proto",
    "google/protobuf/compiler/plugin.proto",
    "google/protobuf/descriptor.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/source_context.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/timestamp.proto",
    "google/protobuf/type.proto",
    "google/protobuf/wrappers.proto",
];

#[test]
fn generated_files_are_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let generated = root.join("src/generated");
    let is_blessed = env::var_os("BLESS").is_some();
    let protos = root.join("proto");
    let mut config = Config::new();
    config.out_dir(&generated).client(false).server(false).skip_streaming(true);
    config.crate_path("::restate_core");
    // The messages of `v1alpha` are those of `v1`.
    if is_blessed {
        config.compile_protos(&PROTOS[..3], &[&protos]).unwrap();
    }
    config.check_protos(&PROTOS[..3], &[&protos]).unwrap();

    let options = root.join("../restate-codegen/proto");
    let mut compiler = Compiler::new([&protos, &options]).unwrap();
    compiler.include_imports(true);
    compiler.open_files(PROTOS.into_iter().chain(IMPORTED)).unwrap();
    let set = compiler.encode_file_descriptor_set();
    let path = generated.join("files.binpb");
    if is_blessed {
        fs::write(&path, &set).unwrap();
    }
    assert!(fs::read(&path).unwrap() == set, "{} is out of date", path.display());
}
