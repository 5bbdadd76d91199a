/// What `Greeter` is for.
pub trait Greeter: ::core::marker::Send + ::core::marker::Sync {
    /// What `greet` does.
    ///
    /// At length.
    fn greet(
        &self,
        ctx: Ctx<'_>,
    ) -> impl ::restate_core::Handling<super::other::v1::Response>;
}
/// Calls [`Greeter`] through the context of a handler, or from outside through an engine.
#[derive(Clone, Copy, Debug)]
pub struct GreeterClient<C> {
    channel: C,
}
#[allow(dead_code)]
impl<C: ::restate_core::Channel> GreeterClient<C> {
    const CALLEE: ::restate_core::Callee = ::restate_core::Callee::new("Greeter");
    /// A client whose calls go through `channel`.
    pub fn new(channel: C) -> Self {
        Self { channel }
    }
    /// What `greet` does.
    ///
    /// At length.
    pub fn greet(&self) -> ::restate_core::Call<C, (), super::other::v1::Response> {
        Self::CALLEE.call(&self.channel, "Greet", ())
    }
}
/// Serves an implementation of [`Greeter`].
#[derive(Clone, Debug)]
pub struct GreeterServer<S>(S);
#[allow(dead_code)]
impl<S> GreeterServer<S> {
    /// Makes `service` ready to be bound to an engine.
    pub fn new(service: S) -> Self {
        Self(service)
    }
}
impl<S: Greeter + 'static> ::restate_core::Service for GreeterServer<S> {
    fn descriptor(&self) -> &'static ::restate_core::ServiceDescriptor {
        use ::restate_core::codec;
        const HANDLERS: &[::restate_core::HandlerDescriptor] = &[
            codec::<(), super::other::v1::Response>()
                .plain("Greet")
                .documentation("What `greet` does.\n\nAt length."),
        ];
        static DESCRIPTOR: ::restate_core::ServiceDescriptor = {
            ::restate_core::ServiceDescriptor::service("Greeter", HANDLERS)
                .documentation("What `Greeter` is for.")
        };
        &DESCRIPTOR
    }
    fn handle<'a>(
        &'a self,
        handler: &str,
        incoming: ::restate_core::Incoming<'a>,
    ) -> ::restate_core::HandlerFuture<'a> {
        use ::restate_core::codec;
        match handler {
            "Greet" => {
                codec::<(), super::other::v1::Response>()
                    .serve(incoming, &self.0, |it, ctx, ()| S::greet(it, ctx))
            }
            _ => incoming.unknown_handler(handler),
        }
    }
}
const _: fn(Ctx<'_>) = |ctx| {
    let _: ::restate_core::Context<'_> = ctx;
};
