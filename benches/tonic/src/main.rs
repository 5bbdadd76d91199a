//! Generates code with tonic-prost-build, from protox descriptors as ours.
//!
//! `bench-tonic OUT INCLUDE PROTO..`

use std::{env, error::Error, path::PathBuf};

use protox::{
    Compiler,
    file::{ChainFileResolver, GoogleFileResolver, IncludeFileResolver},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [out, include, protos @ ..] = &arguments[..] else {
        return Err("name a directory for the code, one of contracts, and contracts in it".into());
    };
    let mut resolver = ChainFileResolver::new();
    // protobuf's own files first: some directories hold copies that protox cannot read.
    resolver.add(GoogleFileResolver::new());
    resolver.add(IncludeFileResolver::new(include.clone()));
    let mut compiler = Compiler::with_file_resolver(resolver);
    compiler.include_imports(true).include_source_info(true).open_files(protos)?;
    tonic_prost_build::configure().out_dir(out).compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
