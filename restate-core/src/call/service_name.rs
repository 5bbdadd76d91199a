//! The service that a generated client calls.

use crate::{
    call::{Call, Channel, Target},
    contract::key::SINGLETON,
};

/// The service that a generated client calls, by its wire name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceName(&'static str);

impl ServiceName {
    /// The service with this wire name, such as `greeter.v1.Greeter`.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// A call of a handler of a plain service.
    pub fn call<C: Channel, Req, Res>(
        self,
        channel: &C,
        handler: &'static str,
        request: Req,
    ) -> Call<C, Req, Res> {
        Call::new(channel, Target::service(self.0, handler), request)
    }

    /// A call of a handler of the object or workflow with this key.
    pub fn call_keyed<C: Channel, Req, Res>(
        self,
        channel: &C,
        key: impl Into<String>,
        handler: &'static str,
        request: Req,
    ) -> Call<C, Req, Res> {
        Call::new(channel, Target::object(self.0, key, handler), request)
    }

    /// A call of a handler of a singleton: an object that exists once.
    pub fn call_singleton<C: Channel, Req, Res>(
        self,
        channel: &C,
        handler: &'static str,
        request: Req,
    ) -> Call<C, Req, Res> {
        self.call_keyed(channel, SINGLETON, handler, request)
    }
}
