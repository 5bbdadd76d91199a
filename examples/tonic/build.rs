//! Messages and gRPC by tonic, durable services by restate-codegen, from one contract.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    // Both generators name a file after its package.
    let grpc = PathBuf::from(env::var("OUT_DIR")?).join("grpc");
    fs::create_dir_all(&grpc)?;
    tonic_prost_build::configure()
        // Replay compares bytes, so maps need an order.
        .btree_map(".")
        .out_dir(grpc)
        .compile_fds(protox::compile(["greeter.proto"], ["proto"])?)?;
    restate_codegen::Config::new()
        .extern_path(".greeter.v1", "crate::grpc")
        .compile_protos(&["proto/greeter.proto"], &["proto"])?;
    Ok(())
}
