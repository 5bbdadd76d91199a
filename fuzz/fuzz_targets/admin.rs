//! Any bytes as a connection to the admin interface: nothing panics.

#![no_main]

mod server;
mod services;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|request: &[u8]| {
    server::send(request, |engine| engine.admin_addr().expect("it has an admin interface"));
});
