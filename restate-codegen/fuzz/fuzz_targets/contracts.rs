//! Valid contracts, and the same with changed bytes in their descriptors: the generator does not panic,
//! and writes code for the unchanged ones.

#![no_main]

#[path = "../../tests/random/contract.rs"]
mod contract;
#[path = "../../tests/plugin_request/mod.rs"]
mod plugin_request;
#[path = "../../tests/random/request.rs"]
mod request;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u8>, Vec<(u16, u8)>)| {
    let (bytes, edits) = input;
    let mut request = request::request(contract::contract(&bytes));
    for (index, byte) in &edits {
        let index = usize::from(*index) % request.len();
        request[index] = *byte;
    }
    let answer = restate_codegen::plugin(&request);
    // Field 1 of a response is the error.
    assert!(!edits.is_empty() || answer.first() != Some(&0x0a), "{answer:?}");
});
