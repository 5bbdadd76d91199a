/// What `Greeter` is for.
pub trait Greeter: ::core::marker::Send + ::core::marker::Sync {
    /// What `greet` does.
    ///
    /// At length.
    fn greet(
        &self,
        ctx: Ctx<'_>,
    ) -> impl ::restate_core::ResponseFuture<super::other::v1::Response>;
}
/// Calls [`Greeter`] through the context of a handler, or from outside through an engine.
#[derive(Clone, Copy, Debug)]
pub struct GreeterClient<C> {
    channel: C,
}
#[allow(dead_code)]
impl<C: ::restate_core::Channel> GreeterClient<C> {
    const SERVICE: ::restate_core::codegen::ServiceName = ::restate_core::codegen::ServiceName::new(
        "Greeter",
    );
    /// Creates a client that calls through `channel`.
    pub fn new(channel: C) -> Self {
        Self { channel }
    }
    /// What `greet` does.
    ///
    /// At length.
    pub fn greet(&self) -> ::restate_core::Call<C, (), super::other::v1::Response> {
        Self::SERVICE.call(&self.channel, "Greet", ())
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
            codec::<(), super::other::v1::Response>()
                .plain("Greet")
                .documentation("What `greet` does.\n\nAt length."),
        ];
        static DESCRIPTOR: ::restate_core::codegen::ServiceDescriptor = {
            ::restate_core::codegen::ServiceDescriptor::service("Greeter", HANDLERS)
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
                codec::<(), super::other::v1::Response>()
                    .serve(request, &self.0, |it, ctx, ()| S::greet(it, ctx))
            }
            _ => request.unknown_handler(handler),
        }
    }
}
const _: fn(Ctx<'_>) = |ctx| {
    let _: ::restate_core::Context<'_> = ctx;
};
