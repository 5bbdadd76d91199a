//! A context ends with its attempt; nothing that outlives the handler can hold it.

use std::sync::Mutex;
use restate_core::{Context, SendHandle};
use restate_ui::{GreetRequest, GreeterClient};

// Context in a spawned task
// Instead: `tokio::join!`, or a handler that is called `.one_way()`
async fn in_task(ctx: Context<'_>) {
    tokio::spawn(async move { ctx.now().await });
}

// Context in a thread
// Instead: `ctx.run(..)` around work for a thread
async fn in_thread(ctx: Context<'_>) {
    std::thread::spawn(move || ctx.invocation_id().len());
}

// Context in a static
// Instead: pass the context on as an argument
static LAST: Mutex<Option<Context<'static>>> = Mutex::new(None);
async fn in_static(ctx: Context<'_>) {
    *LAST.lock().unwrap() = Some(ctx);
}

// Context stored in a service
// Instead: pass the context as an argument to every function that needs it
struct Polite(Mutex<Option<Context<'static>>>);
impl Polite {
    fn remember(&self, ctx: Context<'_>) {
        *self.0.lock().unwrap() = Some(ctx);
    }
}

// Call of a client of another context
// Instead: a client of the same context: `GreeterClient::new(one)`
fn send<'a>(one: Context<'a>, other: Context<'_>) -> SendHandle<'a> {
    let client = GreeterClient::new(other);
    one.one_way_call(client.greet(GreetRequest::default()))
}

fn main() {}
