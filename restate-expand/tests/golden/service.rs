/// What `Greeter` is for.
pub trait Greeter: ::core::marker::Send + ::core::marker::Sync {
    /// What `greet` does.
    ///
    /// At length.
    fn greet(
        &self,
        ctx: ::restate_core::Context<'_>,
        request: GreetRequest,
    ) -> impl ::restate_core::Handling<super::other::v1::Response>;
    fn ping(
        &self,
        ctx: ::restate_core::Context<'_>,
    ) -> impl ::restate_core::Handling<()>;
}
/// Calls [`Greeter`] through the context of a handler, or from outside through an engine.
#[derive(Clone, Copy, Debug)]
pub struct GreeterClient<C> {
    channel: C,
}
#[allow(dead_code)]
impl<C: ::restate_core::Channel> GreeterClient<C> {
    const CALLEE: ::restate_core::Callee = ::restate_core::Callee::new(
        "greeter.v1.Greeter",
    );
    /// A client whose calls go through `channel`.
    pub fn new(channel: C) -> Self {
        Self { channel }
    }
    /// What `greet` does.
    ///
    /// At length.
    pub fn greet(
        &self,
        request: GreetRequest,
    ) -> ::restate_core::Call<C, GreetRequest, super::other::v1::Response> {
        Self::CALLEE.call(&self.channel, "Greet", request)
    }
    /// Calls [`Greeter::ping`].
    pub fn ping(&self) -> ::restate_core::Call<C, (), ()> {
        Self::CALLEE.call(&self.channel, "Ping", ())
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
            codec::<GreetRequest, super::other::v1::Response>()
                .plain("Greet")
                .documentation("What `greet` does.\n\nAt length."),
            codec::<(), ()>().plain("Ping"),
        ];
        static DESCRIPTOR: ::restate_core::ServiceDescriptor = {
            ::restate_core::ServiceDescriptor::service("greeter.v1.Greeter", HANDLERS)
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
                codec::<GreetRequest, super::other::v1::Response>()
                    .serve(incoming, &self.0, S::greet)
            }
            "Ping" => {
                codec::<(), ()>()
                    .serve(incoming, &self.0, |it, ctx, ()| S::ping(it, ctx))
            }
            _ => incoming.unknown_handler(handler),
        }
    }
}
