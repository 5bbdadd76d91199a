//! Generates code for every contract with a service under a directory, and prints how long it took.
//!
//! `cargo run --release -p restate-codegen --example tree -- DIRECTORY OUT [EVERY [INCLUDE..]]`

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [tree, out, others @ ..] = &arguments[..] else {
        eprintln!("usage: tree DIRECTORY OUT [EVERY [INCLUDE..]]");
        return ExitCode::FAILURE;
    };
    let every = others.first().and_then(|it| it.to_str()?.parse().ok()).unwrap_or(1);
    let includes: Vec<_> = others.iter().skip(1).chain([tree]).collect();
    let mut protos = Vec::new();
    with_services(tree, &mut protos);
    protos.sort();
    let protos: Vec<_> = protos.into_iter().step_by(every).collect();
    println!("{} files with services under {}", protos.len(), tree.display());
    let mut config = restate_codegen::Config::new();
    config.out_dir(out).skip_streaming(true).include_file("contracts.rs");
    match config.compile_protos(&protos, &includes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
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
