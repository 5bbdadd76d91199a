//! Signals: values that another invocation sends to this one by name.

use restate_sdk_shared_core::VM;

use crate::{
    attempt::{convert::value, future::DurableFuture, journal::Journal},
    payload::Payload,
};

pub(crate) fn signal<'a, T: Payload>(journal: &'a Journal, name: &str) -> DurableFuture<'a, T> {
    let recorded = journal.record("`signal`", |vm| vm.create_signal_handle(name.to_owned()));
    DurableFuture::new(journal, recorded, value)
}
