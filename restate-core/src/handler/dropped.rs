//! The check of `#[handlers]` that a value in `let _ =` has started its work.
//!
//! `Dropped(&value).check()` is the method of [`Begun`] for every type but those that do nothing
//! until they are awaited. Those have an inherent method of that name, which takes precedence, with a
//! bound that never holds.

use crate::{call::Call, handler::run::Run};

/// A value that is about to be dropped.
#[derive(Debug)]
pub struct Dropped<'v, T>(pub &'v T);

/// Everything else.
pub trait Begun {
    /// Accepts the value.
    fn check(&self) {}
}

impl<T> Begun for Dropped<'_, T> {}

impl<C, Req, Res> Dropped<'_, Call<C, Req, Res>> {
    /// Refuses a call.
    pub fn check(&self)
    where
        Call<C, Req, Res>: Made,
    {
    }
}

impl<F, Fut, T> Dropped<'_, Run<'_, F, Fut, T>> {
    /// Refuses a closure.
    pub fn check(&self)
    where
        for<'a> Run<'a, F, Fut, T>: Executed,
    {
    }
}

/// Holds for no call.
#[diagnostic::on_unimplemented(
    message = "this call is never made",
    label = "a call does nothing until it is awaited or sent, and this one is dropped",
    note = "write `.await?`, `.one_way().await?` or `.delayed(duration).await?` at its end"
)]
pub trait Made {}

/// Holds for no closure.
#[diagnostic::on_unimplemented(
    message = "this `run` is never executed",
    label = "its closure does not run until it is awaited, and this one is dropped",
    note = "write `.await?` at its end"
)]
pub trait Executed {}
