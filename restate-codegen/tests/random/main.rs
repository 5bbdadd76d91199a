//! The generator writes valid Rust for any valid contract, and responds to any other input.
//!
//! `cargo xtask random-contracts` compiles such code as well, and `fuzz/` looks for descriptors that
//! break the generator.

mod contract;
#[path = "../plugin_request/mod.rs"]
mod plugin_request;
mod request;

use std::{fs, path::Path};

use proptest::{collection::vec, prelude::*, sample::Index};
use prost::Message;
use prost_types::compiler::CodeGeneratorResponse;
use restate_codegen::Config;

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn valid_contracts_give_rust(bytes in vec(any::<u8>(), 0..600)) {
        let protos = contract::contract(&bytes);
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = |name: &str| directory.path().join(name);
        for (name, text) in &protos {
            fs::write(path(name), text).expect("a contract can be written");
        }
        let mut config = Config::new();
        config.skip_streaming(true).include_file("contracts.rs").out_dir(path("out"));
        let generated = config.compile_protos(&protos.each_ref().map(|(name, _)| path(name)), &[directory.path()]);
        prop_assert!(generated.is_ok(), "{}\n{}\n{}", generated.unwrap_err(), protos[0].1, protos[1].1);
        for file in fs::read_dir(path("out")).expect("it was written to") {
            let file = file.expect("it can be read").path();
            prop_assert!(is_rust(&file), "{}\n{}\n{}", file.display(), protos[0].1, protos[1].1);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_descriptors_get_an_answer(
        bytes in vec(any::<u8>(), 0..200),
        edits in vec((any::<Index>(), any::<u8>()), 1..6),
    ) {
        let mut request = request::request(contract::contract(&bytes));
        for (index, byte) in edits {
            *index.get_mut(&mut request) = byte;
        }
        let response = CodeGeneratorResponse::decode(&restate_codegen::plugin(&request)[..]);
        let response = response.expect("it answers as plugins do");
        prop_assert!(response.error.is_some() != response.file.iter().any(|file| !file.content().is_empty()));
    }
}

fn is_rust(file: &Path) -> bool {
    let text = fs::read_to_string(file).expect("a generated file is text");
    syn::parse_file(&text).is_ok()
}
