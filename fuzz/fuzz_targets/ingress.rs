//! Any bytes as a connection to the ingress, whose requests are read and checked, and not stored: nothing
//! panics.

#![no_main]

mod services;

use libfuzzer_sys::fuzz_target;
use restate_embedded::internals::BareIngress;
use tokio::runtime::{Builder, Runtime};

thread_local! {
    static INGRESS: (Runtime, BareIngress) = (
        Builder::new_current_thread().enable_time().build().expect("a runtime can be made"),
        BareIngress::new(services::all()),
    );
}

fuzz_target!(|bytes: &[u8]| {
    INGRESS.with(|(runtime, ingress)| runtime.block_on(ingress.answer(bytes.to_vec())));
});
