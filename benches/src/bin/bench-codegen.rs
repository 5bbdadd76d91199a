//! Generates code with restate-codegen, as `benches/tonic` does with tonic-prost-build.
//!
//! `bench-codegen OUT INCLUDE PROTO..`

use std::{env, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [out, include, protos @ ..] = &arguments[..] else {
        eprintln!("name a directory for the code, one of contracts, and contracts in it");
        return ExitCode::FAILURE;
    };
    let mut config = restate_codegen::Config::new();
    config.out_dir(out).skip_streaming(true);
    match config.compile_protos(protos, &[include]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
