//! An object whose behavior a test defines.

use std::pin::Pin;

use restate_core::{
    Call, Channel, HandlerResult, ObjectContext, Service, Target,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};

use super::World;

/// An object whose only handler is a closure of the test, called with the text of the request.
pub(crate) struct Actor<F>(F);

impl<F> Service for Actor<F>
where
    F: for<'a> Fn(ObjectContext<'a>, String) -> Act<'a> + Send + Sync + 'static,
{
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object(
            "Actor",
            &[HandlerDescriptor::exclusive::<String, String>("act")],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        incoming.handle(|ctx, text: String| (self.0)(ctx, text))
    }
}

/// The handler of an [`Actor`].
pub(crate) type Act<'a> = Pin<Box<dyn Future<Output = HandlerResult<String>> + Send + 'a>>;

/// An [`Actor`] of a closure that takes a context of any lifetime.
pub(crate) fn actor<F>(act: F) -> Actor<F>
where
    F: for<'a> Fn(ObjectContext<'a>, String) -> Act<'a> + Send + Sync + 'static,
{
    Actor(act)
}

/// An [`Actor`] of a closure that logs what it does in `world`.
pub(crate) fn logging_actor<F>(
    world: &World,
    act: F,
) -> Actor<impl for<'a> Fn(ObjectContext<'a>, String) -> Act<'a> + Send + Sync + 'static + use<F>>
where
    F: for<'a> Fn(World, ObjectContext<'a>, String) -> Act<'a> + Send + Sync + 'static,
{
    let world = world.clone();
    actor(move |ctx, text| act(world.clone(), ctx, text))
}

/// Calls the object `key` with `text`.
pub(crate) fn act<C: Channel>(channel: &C, key: &str, text: &str) -> Call<C, String, String> {
    Call::new(channel, Target::object("Actor", key, "act"), text.to_owned())
}
