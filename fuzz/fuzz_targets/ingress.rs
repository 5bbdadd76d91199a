//! Any bytes as a connection to the ingress: nothing panics.

#![no_main]

mod server;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|request: &[u8]| {
    server::send(request, |engine| engine.ingress_addr().expect("it has an ingress"));
});
