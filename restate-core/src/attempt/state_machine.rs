//! The state machine of an attempt, as its options ask for it.

use std::{borrow::Cow, convert::Infallible};

use restate_sdk_shared_core::{
    self as vm, AwaitingOnPolicy, CoreVM, ImplicitCancellationOption, VM as _, VMOptions,
};

use super::driver::AttemptOptions;

/// A state machine that has received nothing.
pub(super) fn state_machine(
    options: &AttemptOptions,
    explicit_cancellation: bool,
) -> Result<CoreVM, vm::Error> {
    CoreVM::new(ContentType::of(options.version), vm_options(options, explicit_cancellation))
}

/// The one header that the state machine asks for.
struct ContentType(Cow<'static, str>);

impl ContentType {
    fn of(version: u32) -> Self {
        Self(match version {
            5 => "application/vnd.restate.invocation.v5".into(),
            6 => "application/vnd.restate.invocation.v6".into(),
            7 => "application/vnd.restate.invocation.v7".into(),
            other => format!("application/vnd.restate.invocation.v{other}").into(),
        })
    }
}

impl vm::HeaderMap for ContentType {
    type Error = Infallible;

    fn extract(&self, name: &str) -> Result<Option<&str>, Infallible> {
        Ok(name.eq_ignore_ascii_case("content-type").then_some(&*self.0))
    }
}

fn vm_options(options: &AttemptOptions, explicit_cancellation: bool) -> VMOptions {
    let defaults = VMOptions::default();
    VMOptions {
        implicit_cancellation: match explicit_cancellation {
            true => ImplicitCancellationOption::Disabled,
            false => defaults.implicit_cancellation,
        },
        awaiting_on_policy: match options.report_awaits {
            true => AwaitingOnPolicy::default(),
            false => AwaitingOnPolicy::DontSend,
        },
        ..defaults
    }
}
