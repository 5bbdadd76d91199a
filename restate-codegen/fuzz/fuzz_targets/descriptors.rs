//! Any bytes as a request to the plugin: the generator does not panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|request: &[u8]| {
    restate_codegen::plugin(request);
});
