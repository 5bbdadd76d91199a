//! Tasks, threads and timers of this process do not survive a crash.

use std::{thread, time::Duration};
use restate_core::{Context, HandlerResult, handlers};

struct Polite;

#[handlers]
impl Polite {
    // Blocking task
    async fn blocking(&self, ctx: Context<'_>) -> HandlerResult<()> {
        tokio::task::spawn_blocking(|| 7);
        Ok(())
    }

    // Task spawned
    async fn task(&self, ctx: Context<'_>) -> HandlerResult<()> {
        tokio::spawn(async move { ctx.now().await });
        Ok(())
    }

    // Task spawned under another name
    async fn other_name(&self, ctx: Context<'_>) -> HandlerResult<()> {
        use tokio as runtime;
        runtime::spawn(async {});
        Ok(())
    }

    // Thread spawned
    async fn thread(&self, ctx: Context<'_>) -> HandlerResult<()> {
        std::thread::spawn(|| 7);
        Ok(())
    }

    // Sleep of a thread
    async fn sleep(&self, ctx: Context<'_>) -> HandlerResult<()> {
        thread::sleep(Duration::from_secs(5));
        Ok(())
    }

    // Sleep of tokio
    async fn sleep_of_tokio(&self, ctx: Context<'_>) -> HandlerResult<()> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok(())
    }

    // Timeout of tokio
    async fn timeout(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let now = tokio::time::timeout(Duration::from_secs(5), ctx.now()).await;
        Ok(())
    }
}

fn main() {}
