//! Generates code for random contracts; a seed always gives the same contract.
//!
//! `cargo run --release -p restate-codegen --example random -- OUT FIRST COUNT`

#[path = "../tests/random/contract.rs"]
mod contract;

use std::{env, error::Error, fs, path::PathBuf};

use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [out, first, count] = &arguments[..] else {
        return Err("usage: random OUT FIRST COUNT".into());
    };
    let (out, first, count) = (PathBuf::from(out), first.parse::<u64>()?, count.parse::<u64>()?);
    let mut modules = String::new();
    for seed in first..first + count {
        let name = format!("seed_{seed}");
        let directory = out.join(&name);
        fs::create_dir_all(&directory)?;
        let mut paths = Vec::new();
        for (name, text) in contract::contract(&bytes(seed)) {
            fs::write(directory.join(name), text)?;
            paths.push(directory.join(name));
        }
        let mut config = restate_codegen::Config::new();
        config.skip_streaming(true).include_file("contracts.rs").out_dir(&directory);
        config.compile_protos(&paths, &[&directory]).map_err(|error| format!("{name}: {error}"))?;
        modules.push_str(&format!("mod {name} {{\n    include!(\"{name}/contracts.rs\");\n}}\n"));
    }
    fs::write(out.join("contracts.rs"), modules)?;
    Ok(())
}

fn bytes(seed: u64) -> Vec<u8> {
    let mut long = [0; 32];
    long[..8].copy_from_slice(&seed.to_le_bytes());
    let mut bytes = vec![0; 600];
    TestRng::from_seed(RngAlgorithm::ChaCha, &long).fill_bytes(&mut bytes);
    bytes
}
