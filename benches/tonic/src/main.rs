//! Generates code with tonic for every service under a directory of contracts.
//!
//! `bench-tonic DIRECTORY OUT [EVERY [INCLUDE..]]`: as the example `tree` of `restate-codegen`, from the same
//! files, with the same compiler in place of protoc.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use protox::{
    Compiler,
    file::{ChainFileResolver, GoogleFileResolver, IncludeFileResolver},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [tree, out, others @ ..] = &arguments[..] else {
        return Err("usage: bench-tonic DIRECTORY OUT [EVERY [INCLUDE..]]".into());
    };
    let every = others.first().and_then(|it| it.to_str()?.parse().ok()).unwrap_or(1);
    let mut protos = Vec::new();
    with_services(tree, &mut protos);
    protos.sort();
    // Some trees hold copies of protobuf's own files that the compiler cannot read.
    let mut resolver = ChainFileResolver::new();
    resolver.add(GoogleFileResolver::new());
    for include in others.iter().skip(1).chain([tree]) {
        resolver.add(IncludeFileResolver::new(include.clone()));
    }
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true);
    for proto in protos.iter().step_by(every) {
        compiler.open_file(proto)?;
    }
    fs::create_dir_all(out)?;
    tonic_prost_build::configure()
        .out_dir(out)
        .emit_rerun_if_changed(false)
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

fn with_services(directory: &Path, protos: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() && path.file_name().is_some_and(|name| name != "node_modules") {
            with_services(&path, protos);
        } else if path.extension().is_some_and(|it| it == "proto") && has_service(&path) {
            protos.push(path);
        }
    }
}

fn has_service(path: &Path) -> bool {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().any(|line| line.starts_with("service "))
}
