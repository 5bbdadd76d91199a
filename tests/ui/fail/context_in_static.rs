// Instead: pass the context on as an argument
use std::sync::Mutex;
use restate_core::{Context, HandlerResult};

static LAST: Mutex<Option<Context<'static>>> = Mutex::new(None);

async fn handler(ctx: Context<'_>) -> HandlerResult<()> {
    *LAST.lock().unwrap() = Some(ctx);
    Ok(())
}

fn main() {}
