/// What `Basket` is for.
pub trait Basket: ::core::marker::Send + ::core::marker::Sync {
    /// What `put` does.
    ///
    /// At length.
    fn put(
        &self,
        ctx: ::restate_core::ObjectContext<'_>,
        request: C,
    ) -> impl ::restate_core::ResponseFuture<super::other::v1::Response>;
    /// What `count` does.
    ///
    /// At length.
    fn count(
        &self,
        ctx: ::restate_core::SharedObjectContext<'_>,
        request: S,
    ) -> impl ::restate_core::ResponseFuture<super::other::v1::Response>;
}
/// Calls [`Basket`] under one key.
#[derive(Clone, Debug)]
pub struct BasketClient<C_> {
    channel: C_,
    key: ::std::string::String,
}
#[allow(dead_code)]
impl<C_: ::restate_core::Channel> BasketClient<C_> {
    const SERVICE: ::restate_core::codegen::ServiceName = ::restate_core::codegen::ServiceName::new(
        "shop.v1.Basket",
    );
    /// Creates a client that calls the object under `key` through `channel`.
    pub fn new(
        channel: C_,
        key: impl ::core::convert::Into<::std::string::String>,
    ) -> Self {
        Self {
            channel,
            key: ::core::convert::Into::into(key),
        }
    }
    /// What `put` does.
    ///
    /// At length.
    pub fn put(
        &self,
        request: C,
    ) -> ::restate_core::Call<C_, C, super::other::v1::Response> {
        let key = self.key.clone();
        Self::SERVICE.call_keyed(&self.channel, key, "Put", request)
    }
    /// What `count` does.
    ///
    /// At length.
    pub fn count(
        &self,
        request: S,
    ) -> ::restate_core::Call<C_, S, super::other::v1::Response> {
        let key = self.key.clone();
        Self::SERVICE.call_keyed(&self.channel, key, "Count", request)
    }
}
/// Serves an implementation of [`Basket`].
#[derive(Clone, Debug)]
pub struct BasketServer<S_>(S_);
#[allow(dead_code)]
impl<S_> BasketServer<S_> {
    /// Wraps `service`, to be bound to an engine.
    pub fn new(service: S_) -> Self {
        Self(service)
    }
}
impl<S_: Basket + 'static> ::restate_core::Service for BasketServer<S_> {
    fn descriptor(&self) -> &'static ::restate_core::codegen::ServiceDescriptor {
        use ::restate_core::codegen::codec;
        const HANDLERS: &[::restate_core::codegen::HandlerDescriptor] = &[
            codec::<C, super::other::v1::Response>()
                .exclusive("Put")
                .documentation("What `put` does.\n\nAt length."),
            codec::<S, super::other::v1::Response>()
                .shared("Count")
                .documentation("What `count` does.\n\nAt length."),
        ];
        static DESCRIPTOR: ::restate_core::codegen::ServiceDescriptor = {
            ::restate_core::codegen::ServiceDescriptor::object(
                    "shop.v1.Basket",
                    HANDLERS,
                )
                .documentation("What `Basket` is for.")
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
            "Put" => {
                codec::<C, super::other::v1::Response>().serve(request, &self.0, S_::put)
            }
            "Count" => {
                codec::<S, super::other::v1::Response>()
                    .serve(request, &self.0, S_::count)
            }
            _ => request.unknown_handler(handler),
        }
    }
}
