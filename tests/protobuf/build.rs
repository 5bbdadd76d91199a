//! Generates the messages of the suite, and those in which it asks and is answered.

use std::{env, error::Error};

const DESCRIPTORS: &str = "PROTOBUF_CONFORMANCE_DESCRIPTORS";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed={DESCRIPTORS}");
    let descriptors = env::var(DESCRIPTORS)
        .map_err(|_| format!("{DESCRIPTORS} is not set; run `cargo xtask protobuf`"))?;
    println!("cargo::rerun-if-changed={descriptors}");
    Ok(restate_codegen::Config::new()
        .include_file("contracts.rs")
        .compile_descriptor_set(descriptors)?)
}
