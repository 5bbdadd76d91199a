/// What `Greeter` is for.
pub trait Greeter: ::core::marker::Send + ::core::marker::Sync {
    /// What `greet` does.
    ///
    /// At length.
    fn greet(
        &self,
        ctx: ::restate_core::Context<'_>,
        request: GreetRequest,
    ) -> impl ::restate_core::ResponseFuture<super::other::v1::Response>;
    fn ping(
        &self,
        ctx: ::restate_core::Context<'_>,
    ) -> impl ::restate_core::ResponseFuture<()>;
}
/// Calls [`Greeter`] through the context of a handler, or from outside through an engine.
#[derive(Clone, Copy, Debug)]
pub struct GreeterClient<C> {
    channel: C,
}
#[allow(dead_code)]
impl<C: ::restate_core::Channel> GreeterClient<C> {
    const SERVICE: ::restate_core::codegen::ServiceName = ::restate_core::codegen::ServiceName::new(
        "greeter.v1.Greeter",
    );
    /// Creates a client that calls through `channel`.
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
        Self::SERVICE.call(&self.channel, "Greet", request)
    }
    /// Calls [`Greeter::ping`].
    pub fn ping(&self) -> ::restate_core::Call<C, (), ()> {
        Self::SERVICE.call(&self.channel, "Ping", ())
    }
}
/// Serves an implementation of [`Greeter`].
#[derive(Clone, Debug)]
pub struct GreeterServer<S>(S);
#[allow(dead_code)]
impl<S> GreeterServer<S> {
    /// Wraps `service`, to be bound to an engine.
    pub fn new(service: S) -> Self {
        Self(service)
    }
}
impl<S: Greeter + 'static> ::restate_core::Service for GreeterServer<S> {
    fn descriptor(&self) -> &'static ::restate_core::codegen::ServiceDescriptor {
        use ::restate_core::codegen::codec;
        const HANDLERS: &[::restate_core::codegen::HandlerDescriptor] = &[
            codec::<GreetRequest, super::other::v1::Response>()
                .plain("Greet")
                .documentation("What `greet` does.\n\nAt length."),
            codec::<(), ()>().plain("Ping"),
        ];
        static DESCRIPTOR: ::restate_core::codegen::ServiceDescriptor = {
            ::restate_core::codegen::ServiceDescriptor::service(
                    "greeter.v1.Greeter",
                    HANDLERS,
                )
                .documentation("What `Greeter` is for.")
        };
        &DESCRIPTOR
    }
    fn handle<'a>(
        &'a self,
        handler: &str,
        request: ::restate_core::codegen::HandlerRequest<'a>,
    ) -> ::restate_core::codegen::HandlerFuture<'a> {
        use ::restate_core::codegen::codec;
        match handler {
            "Greet" => {
                codec::<GreetRequest, super::other::v1::Response>()
                    .serve(request, &self.0, S::greet)
            }
            "Ping" => {
                codec::<(), ()>().serve(request, &self.0, |it, ctx, ()| S::ping(it, ctx))
            }
            _ => request.unknown_handler(handler),
        }
    }
}
