//! Signals: values that another invocation sends to this one by name.

use restate_sdk_shared_core::VM;

use crate::{
    attempt::{convert::value, future::DurableFuture, journal::Invocation},
    payload::Payload,
};

pub(crate) fn signal<'a, T: Payload>(
    invocation: &'a Invocation,
    name: &str,
) -> DurableFuture<'a, T> {
    let recorded = invocation.record("`signal`", |vm| vm.create_signal_handle(name.to_owned()));
    DurableFuture::new(invocation, recorded, value)
}
