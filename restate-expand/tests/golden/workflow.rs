/// What `Signup` is for.
pub trait Signup: ::core::marker::Send + ::core::marker::Sync {
    /// What `run` does.
    ///
    /// At length.
    fn run(
        &self,
        ctx: ::restate_core::WorkflowContext<'_>,
        request: SignupRequest,
    ) -> impl ::restate_core::ResponseFuture<super::other::v1::Response>;
    /// What `status` does.
    ///
    /// At length.
    fn status(
        &self,
        ctx: ::restate_core::SharedWorkflowContext<'_>,
    ) -> impl ::restate_core::ResponseFuture<super::other::v1::Response>;
}
/// Calls [`Signup`] under one key.
#[derive(Clone, Debug)]
pub struct SignupClient<C> {
    channel: C,
    key: ::std::string::String,
}
#[allow(dead_code)]
impl<C: ::restate_core::Channel> SignupClient<C> {
    const SERVICE: ::restate_core::codegen::ServiceName = ::restate_core::codegen::ServiceName::new(
        "signup.v1.Signup",
    );
    /// Creates a client that calls the workflow under `key` through `channel`.
    pub fn new(
        channel: C,
        key: impl ::core::convert::Into<::std::string::String>,
    ) -> Self {
        Self {
            channel,
            key: ::core::convert::Into::into(key),
        }
    }
    /// What `run` does.
    ///
    /// At length.
    pub fn run(
        &self,
        request: SignupRequest,
    ) -> ::restate_core::Call<C, SignupRequest, super::other::v1::Response> {
        let key = self.key.clone();
        Self::SERVICE.call_keyed(&self.channel, key, "run", request)
    }
    /// What `status` does.
    ///
    /// At length.
    pub fn status(&self) -> ::restate_core::Call<C, (), super::other::v1::Response> {
        let key = self.key.clone();
        Self::SERVICE.call_keyed(&self.channel, key, "Status", ())
    }
}
/// Serves an implementation of [`Signup`].
#[derive(Clone, Debug)]
pub struct SignupServer<S>(S);
#[allow(dead_code)]
impl<S> SignupServer<S> {
    /// Wraps `service`, to be bound to an engine.
    pub fn new(service: S) -> Self {
        Self(service)
    }
}
impl<S: Signup + 'static> ::restate_core::Service for SignupServer<S> {
    fn descriptor(&self) -> &'static ::restate_core::codegen::ServiceDescriptor {
        use ::restate_core::codegen::codec;
        const HANDLERS: &[::restate_core::codegen::HandlerDescriptor] = &[
            codec::<SignupRequest, super::other::v1::Response>()
                .run("run")
                .documentation("What `run` does.\n\nAt length."),
            codec::<(), super::other::v1::Response>()
                .shared("Status")
                .documentation("What `status` does.\n\nAt length."),
        ];
        static DESCRIPTOR: ::restate_core::codegen::ServiceDescriptor = {
            ::restate_core::codegen::ServiceDescriptor::workflow(
                    "signup.v1.Signup",
                    HANDLERS,
                )
                .documentation("What `Signup` is for.")
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
            "run" => {
                codec::<SignupRequest, super::other::v1::Response>()
                    .serve(request, &self.0, S::run)
            }
            "Status" => {
                codec::<(), super::other::v1::Response>()
                    .serve(request, &self.0, |it, ctx, ()| S::status(it, ctx))
            }
            _ => request.unknown_handler(handler),
        }
    }
}
