/// What `Counter` is for.
#[allow(clippy::wrong_self_convention)]
pub trait Counter: ::core::marker::Send + ::core::marker::Sync {
    /// What `add` does.
    ///
    /// At length.
    fn add(
        &self,
        ctx: ::restate_core::ObjectContext<'_>,
        request: AddRequest,
    ) -> impl ::restate_core::ResponseFuture<super::other::v1::Response>;
    /// What `new` does.
    ///
    /// At length.
    fn new(
        &self,
        ctx: ::restate_core::SharedObjectContext<'_>,
        request: ReadRequest,
    ) -> impl ::restate_core::ResponseFuture<super::other::v1::Response>;
}
/// Calls [`Counter`] under the key in the field `counter_id` of each request.
#[derive(Clone, Copy, Debug)]
pub struct CounterClient<C> {
    channel: C,
}
#[allow(dead_code)]
#[allow(clippy::wrong_self_convention)]
impl<C: ::restate_core::Channel> CounterClient<C> {
    const SERVICE: ::restate_core::codegen::ServiceName = ::restate_core::codegen::ServiceName::new(
        "counter.v1.Counter",
    );
    /// Creates a client that calls through `channel`.
    pub fn new(channel: C) -> Self {
        Self { channel }
    }
    /// What `add` does.
    ///
    /// At length.
    pub fn add(
        &self,
        request: AddRequest,
    ) -> ::restate_core::Call<C, AddRequest, super::other::v1::Response> {
        let key = ::restate_core::codegen::Key::to_key(&request.counter_id);
        Self::SERVICE.call_keyed(&self.channel, key, "Add", request)
    }
    /// What `new` does.
    ///
    /// At length.
    pub fn new_(
        &self,
        request: ReadRequest,
    ) -> ::restate_core::Call<C, ReadRequest, super::other::v1::Response> {
        let key = ::restate_core::codegen::Key::to_key(&request.counter_id);
        Self::SERVICE.call_keyed(&self.channel, key, "New", request)
    }
}
/// Serves an implementation of [`Counter`].
#[derive(Clone, Debug)]
pub struct CounterServer<S>(S);
#[allow(dead_code)]
impl<S> CounterServer<S> {
    /// Wraps `service`, to be bound to an engine.
    pub fn new(service: S) -> Self {
        Self(service)
    }
}
impl<S: Counter + 'static> ::restate_core::Service for CounterServer<S> {
    fn descriptor(&self) -> &'static ::restate_core::codegen::ServiceDescriptor {
        use ::restate_core::codegen::codec;
        const HANDLERS: &[::restate_core::codegen::HandlerDescriptor] = &[
            codec::<AddRequest, super::other::v1::Response>()
                .exclusive("Add")
                .key_field(
                    "counter_id",
                    |content_type, body| {
                        codec::<AddRequest, super::other::v1::Response>()
                            .key(content_type, body, |it| &mut it.counter_id)
                    },
                )
                .documentation("What `add` does.\n\nAt length."),
            codec::<ReadRequest, super::other::v1::Response>()
                .shared("New")
                .key_field(
                    "counter_id",
                    |content_type, body| {
                        codec::<ReadRequest, super::other::v1::Response>()
                            .key(content_type, body, |it| &mut it.counter_id)
                    },
                )
                .documentation("What `new` does.\n\nAt length."),
        ];
        static DESCRIPTOR: ::restate_core::codegen::ServiceDescriptor = {
            ::restate_core::codegen::ServiceDescriptor::object(
                    "counter.v1.Counter",
                    HANDLERS,
                )
                .documentation("What `Counter` is for.")
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
            "Add" => {
                codec::<AddRequest, super::other::v1::Response>()
                    .serve_keyed(request, &self.0, |it| &mut it.counter_id, S::add)
            }
            "New" => {
                codec::<ReadRequest, super::other::v1::Response>()
                    .serve_keyed(request, &self.0, |it| &mut it.counter_id, S::new)
            }
            _ => request.unknown_handler(handler),
        }
    }
}
