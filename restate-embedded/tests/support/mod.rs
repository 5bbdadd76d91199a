//! Services that the tests of the engine call, and a log of what they did.
#![allow(dead_code, reason = "each test file uses a part of this")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "this is test code, outside of tests' functions"
)]

pub(crate) mod actor;
pub(crate) mod echo;
pub(crate) mod http;
pub(crate) mod lines;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use restate_core::{
    Call, Channel, Context, HandlerResult, ObjectContext, Payload, RetryPolicy, Service,
    SharedObjectContext, SharedWorkflowContext, Target, TerminalError, WorkflowContext,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_embedded::{Engine, EngineBuilder};
use tokio::sync::Notify;

/// A log of what the services did, and the gates that block them.
#[derive(Clone, Default)]
pub(crate) struct World {
    log: Arc<Mutex<Vec<String>>>,
    logged: Arc<Notify>,
    broken: Arc<AtomicBool>,
    gate: Arc<Notify>,
}

impl World {
    /// A builder of an engine with the services.
    pub(crate) fn engine(&self) -> EngineBuilder {
        Engine::builder()
            .bind(Worker(self.clone()))
            .bind(Counter(self.clone()))
            .bind(Signup(self.clone()))
            .retry_policy(RetryPolicy::new().initial_interval(Duration::from_millis(1)))
    }

    /// The services.
    pub(crate) fn services(&self) -> (Worker, Counter, Signup) {
        (Worker(self.clone()), Counter(self.clone()), Signup(self.clone()))
    }

    pub(crate) fn log(&self, line: impl Into<String>) {
        self.log.lock().unwrap().push(line.into());
        self.logged.notify_waiters();
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Waits until `line` was logged.
    pub(crate) async fn until(&self, line: &str) {
        loop {
            let logged = self.logged.notified();
            if self.lines().iter().any(|logged| logged == line) {
                return;
            }
            logged.await;
        }
    }

    /// The line after the first `count` ones.
    pub(crate) async fn next_line(&self, count: usize) -> String {
        loop {
            let logged = self.logged.notified();
            if let Some(line) = self.lines().get(count) {
                return line.clone();
            }
            logged.await;
        }
    }

    /// Makes the handler `break` fail until it is called with false.
    pub(crate) fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    /// Lets one handler pass the gate.
    pub(crate) fn open_gate(&self) {
        self.gate.notify_one();
    }
}

pub(crate) fn call<C: Channel, Req: Payload, Res: Payload>(
    channel: &C,
    handler: &'static str,
    body: Req,
) -> Call<C, Req, Res> {
    Call::new(channel, Target::service("Worker", handler), body)
}

pub(crate) fn counter<C: Channel, Req: Payload, Res: Payload>(
    channel: &C,
    key: &str,
    handler: &'static str,
    body: Req,
) -> Call<C, Req, Res> {
    Call::new(channel, Target::object("Counter", key, handler), body)
}

pub(crate) struct Worker(World);

impl Service for Worker {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::service(
            "Worker",
            &[
                HandlerDescriptor::plain::<String, String>("echo"),
                HandlerDescriptor::plain::<String, String>("relay"),
                HandlerDescriptor::plain::<String, String>("relay_gated"),
                HandlerDescriptor::plain::<String, String>("steps"),
                HandlerDescriptor::plain::<String, String>("gated"),
                HandlerDescriptor::plain::<u64, u64>("sleep"),
                HandlerDescriptor::plain::<String, String>("break"),
                HandlerDescriptor::plain::<String, String>("panic"),
                HandlerDescriptor::plain::<String, String>("fail"),
                HandlerDescriptor::plain::<u64, String>("send_all"),
                HandlerDescriptor::plain::<String, String>("cancel_sleeper"),
                HandlerDescriptor::plain::<String, String>("await_awakeable"),
                HandlerDescriptor::plain::<String, ()>("resolve_awakeable"),
                HandlerDescriptor::plain::<String, String>("attach"),
                HandlerDescriptor::plain::<(), ()>("nothing"),
            ],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        let world = &self.0;
        match handler {
            "echo" => incoming.handle(move |_: Context<'a>, text: String| async move {
                world.log(format!("echo {text}"));
                HandlerResult::Ok(text)
            }),
            "relay" => incoming.handle(move |ctx: Context<'a>, text: String| async move {
                let echoed: String = call(&ctx, "echo", text).await?;
                HandlerResult::Ok(format!("relayed {echoed}"))
            }),
            "relay_gated" => incoming.handle(move |ctx: Context<'a>, text: String| async move {
                let passed: String = call(&ctx, "gated", text).await?;
                HandlerResult::Ok(passed)
            }),
            "steps" => incoming.handle(move |ctx: Context<'a>, text: String| async move {
                for step in ["one", "two", "three"] {
                    ctx.run(|| async {
                        world.log(format!("{step} {text}"));
                        Ok(())
                    })
                    .await?;
                }
                HandlerResult::Ok(text)
            }),
            "gated" => incoming.handle(move |ctx: Context<'a>, text: String| async move {
                ctx.run(|| async {
                    world.log(format!("before {text}"));
                    Ok(())
                })
                .await?;
                world.log(format!("waiting {text}"));
                world.gate.notified().await;
                world.log(format!("after {text}"));
                HandlerResult::Ok(text)
            }),
            "sleep" => incoming.handle(move |ctx: Context<'a>, millis: u64| async move {
                world.log("asleep");
                ctx.sleep(Duration::from_millis(millis)).await?;
                world.log("awake");
                HandlerResult::Ok(millis)
            }),
            "break" => incoming.handle(move |_: Context<'a>, text: String| async move {
                // Before the line that tests wait for, after which they repair it.
                let is_broken = world.broken.load(Ordering::SeqCst);
                world.log(format!("try {text}"));
                if is_broken {
                    return Err("broken".into());
                }
                HandlerResult::Ok(text)
            }),
            "panic" => incoming.handle(move |_: Context<'a>, text: String| async move {
                if world.lines().is_empty() {
                    world.log("panic");
                    panic!("the handler's own fault");
                }
                HandlerResult::Ok(text)
            }),
            "fail" => incoming.handle(move |_: Context<'a>, text: String| async move {
                let error = TerminalError::with_code(418, text).with_metadata("pot", "tea");
                HandlerResult::<String>::Err(error.into())
            }),
            "send_all" => incoming.handle(move |ctx: Context<'a>, delay: u64| async move {
                let sent = call::<_, _, String>(&ctx, "echo", "now".to_owned()).one_way();
                let delay = Duration::from_millis(delay);
                call::<_, _, String>(&ctx, "echo", "later".to_owned()).delayed(delay).await?;
                let id = sent.await?.invocation_id().await?;
                HandlerResult::Ok(id)
            }),
            "cancel_sleeper" => incoming.handle(move |ctx: Context<'a>, _: String| async move {
                let sleeper = call::<_, _, u64>(&ctx, "sleep", 3_600_000_u64).one_way().await?;
                let id = sleeper.invocation_id().await?;
                sleeper.cancel().await?;
                HandlerResult::Ok(id)
            }),
            "await_awakeable" => incoming.handle(move |ctx: Context<'a>, _: String| async move {
                let awakeable = ctx.awakeable::<String>();
                world.log(format!("awakeable {}", awakeable.id()));
                HandlerResult::Ok(awakeable.await?)
            }),
            "resolve_awakeable" => {
                incoming.handle(move |ctx: Context<'a>, id: String| async move {
                    ctx.resolve_awakeable(&id, "resolved".to_owned());
                    HandlerResult::Ok(())
                })
            }
            "attach" => incoming.handle(move |ctx: Context<'a>, id: String| async move {
                world.log("attaching");
                let output: String = ctx.invocation(id).attach().await?;
                HandlerResult::Ok(format!("attached {output}"))
            }),
            "nothing" => incoming.handle(|_: Context<'a>, (): ()| async { HandlerResult::Ok(()) }),
            other => incoming.unknown_handler(other),
        }
    }
}

#[derive(Default)]
pub(crate) struct Counter(World);

impl Service for Counter {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object(
            "Counter",
            &[
                HandlerDescriptor::exclusive::<i64, i64>("add"),
                HandlerDescriptor::exclusive::<i64, i64>("add_slowly"),
                HandlerDescriptor::shared::<(), i64>("get"),
            ],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        let world = &self.0;
        match handler {
            "add" => incoming.handle(move |ctx: ObjectContext<'a>, delta: i64| async move {
                let total = ctx.get("total").await?.unwrap_or(0) + delta;
                ctx.set("total", total);
                HandlerResult::Ok(total)
            }),
            "add_slowly" => incoming.handle(move |ctx: ObjectContext<'a>, delta: i64| async move {
                world.log(format!("adding {delta}"));
                let total = ctx.get("total").await?.unwrap_or(0);
                world.gate.notified().await;
                ctx.set("total", total + delta);
                HandlerResult::Ok(total + delta)
            }),
            "get" => incoming.handle(|ctx: SharedObjectContext<'a>, (): ()| async move {
                HandlerResult::Ok(ctx.get("total").await?.unwrap_or(0_i64))
            }),
            other => incoming.unknown_handler(other),
        }
    }
}

pub(crate) fn signup<C: Channel, Req: Payload, Res: Payload>(
    channel: &C,
    key: &str,
    handler: &'static str,
    body: Req,
) -> Call<C, Req, Res> {
    Call::new(channel, Target::object("Signup", key, handler), body)
}

pub(crate) struct Signup(World);

impl Service for Signup {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::workflow(
            "Signup",
            &[
                HandlerDescriptor::run::<String, String>("run"),
                HandlerDescriptor::shared::<String, ()>("confirm"),
                HandlerDescriptor::shared::<(), String>("status"),
                HandlerDescriptor::shared::<(), String>("confirmed"),
                HandlerDescriptor::shared::<(), String>("peek"),
            ],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        let world = &self.0;
        match handler {
            "run" => incoming.handle(move |ctx: WorkflowContext<'a>, name: String| async move {
                ctx.set("name", name.clone());
                world.log(format!("running {name}"));
                let code: String = ctx.promise("code").await?;
                HandlerResult::Ok(format!("{name} confirmed {code}"))
            }),
            "confirm" => {
                incoming.handle(|ctx: SharedWorkflowContext<'a>, code: String| async move {
                    ctx.promise("code").resolve(code).await?;
                    HandlerResult::Ok(())
                })
            }
            "status" => incoming.handle(|ctx: SharedWorkflowContext<'a>, (): ()| async move {
                HandlerResult::Ok(ctx.get("name").await?.unwrap_or_else(|| "nobody".to_owned()))
            }),
            "confirmed" => {
                incoming.handle(move |ctx: SharedWorkflowContext<'a>, (): ()| async move {
                    world.log("waiting for the code");
                    HandlerResult::Ok(ctx.promise::<String>("code").await?)
                })
            }
            "peek" => incoming.handle(|ctx: SharedWorkflowContext<'a>, (): ()| async move {
                let code: Option<String> = ctx.promise("code").peek().await?;
                HandlerResult::Ok(code.unwrap_or_else(|| "nothing".to_owned()))
            }),
            other => incoming.unknown_handler(other),
        }
    }
}
