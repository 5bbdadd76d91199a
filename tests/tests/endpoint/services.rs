//! Hand-written services.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use restate_core::{
    Call, Context, HandlerResult, ObjectContext, Service, SharedObjectContext, Target,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};

/// Greets, and counts its greetings.
#[derive(Default)]
pub struct Greeter {
    /// The number of executions of the closure of `Charge`.
    pub charges: AtomicU32,
}

impl Service for Greeter {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const HANDLERS: &[HandlerDescriptor] = &[
            HandlerDescriptor::plain::<String, String>("Greet"),
            HandlerDescriptor::plain::<String, String>("Welcome"),
            HandlerDescriptor::plain::<String, u32>("Charge"),
            HandlerDescriptor::plain::<(), ()>("Nothing"),
        ];
        static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service("test.Greeter", HANDLERS);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        match handler {
            "Greet" => incoming.handle(|ctx, name| self.greet(ctx, name)),
            "Welcome" => incoming.handle(|ctx, name| self.welcome(ctx, name)),
            "Charge" => incoming.handle(|ctx, name| self.charge(ctx, name)),
            "Nothing" => incoming.handle(|_: Context<'_>, ()| async { Ok(()) }),
            _ => incoming.unknown_handler(handler),
        }
    }
}

impl Greeter {
    async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
        Ok(format!("Hello {name}"))
    }

    /// Makes calls in all three forms, with sleeps between them.
    async fn welcome(&self, ctx: Context<'_>, name: String) -> HandlerResult<String> {
        let greeting = greet(ctx, &name).await?;
        count(ctx, &name).one_way().await?;
        ctx.sleep(Duration::from_millis(10)).await?;
        count(ctx, &name).delayed(Duration::from_millis(10)).await?;
        Ok(greeting)
    }

    async fn charge(&self, ctx: Context<'_>, _: String) -> HandlerResult<u32> {
        let closure = || async { Ok(self.charges.fetch_add(1, Ordering::SeqCst) + 1) };
        let charged = ctx.run(closure).name("charge").await?;
        ctx.sleep(Duration::from_millis(10)).await?;
        Ok(charged)
    }
}

fn greet<'a>(ctx: Context<'a>, name: &str) -> Call<Context<'a>, String, String> {
    Call::new(&ctx, Target::service("test.Greeter", "Greet"), name.to_owned())
}

fn count<'a>(ctx: Context<'a>, name: &str) -> Call<Context<'a>, u32, u32> {
    Call::new(&ctx, Target::object("test.Counter", name, "Add"), 1)
}

/// A number for each key.
pub struct Counter;

impl Service for Counter {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const HANDLERS: &[HandlerDescriptor] = &[
            HandlerDescriptor::exclusive::<u32, u32>("Add"),
            HandlerDescriptor::shared::<(), u32>("Get"),
        ];
        static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object("test.Counter", HANDLERS);
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        match handler {
            "Add" => incoming.handle(add),
            "Get" => incoming.handle(get),
            _ => incoming.unknown_handler(handler),
        }
    }
}

async fn add(ctx: ObjectContext<'_>, delta: u32) -> HandlerResult<u32> {
    let count = ctx.get::<u32>("count").await?.unwrap_or_default() + delta;
    ctx.set("count", count);
    Ok(count)
}

async fn get(ctx: SharedObjectContext<'_>, (): ()) -> HandlerResult<u32> {
    Ok(ctx.get("count").await?.unwrap_or_default())
}
