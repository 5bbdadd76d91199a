//! Generates the contract between services written with different SDKs, and that of messages of Google's.

use std::{env, error::Error, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let contracts = ["proto/peer/v1/peer.proto", "proto/messages/v1/messages.proto"];
    restate_codegen::Config::new()
        .descriptor_set(out.join("contracts.binpb"))
        .compile_protos(&contracts, &["proto"])?;
    Ok(())
}
