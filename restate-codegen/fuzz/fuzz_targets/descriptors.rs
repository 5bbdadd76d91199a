//! Any bytes as a request to the plugin: no panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|request: &[u8]| {
    restate_codegen::plugin(request);
});
