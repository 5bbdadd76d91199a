//! A clock shows another time when the handler is replayed.

use std::time::Instant;
use restate_core::{Context, HandlerResult, handlers};

mod chrono { pub struct Utc; impl Utc { pub fn now() -> Self { Self } } }
use chrono::Utc;

struct Polite;

#[handlers]
impl Polite {
    // Clock read
    async fn read(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let now = std::time::SystemTime::now();
        Ok(())
    }

    // Stopwatch started
    async fn started(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let started = Instant::now();
        Ok(())
    }

    // Clock passed as a function
    async fn as_function(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let started = None.unwrap_or_else(Instant::now);
        Ok(())
    }

    // Clock read in a macro
    async fn in_macro(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let started = vec![Instant::now()];
        Ok(())
    }

    // Clock read in `select!`
    async fn in_select(&self, ctx: Context<'_>) -> HandlerResult<()> {
        tokio::select! { biased; now = async { Instant::now() } => println!("{now:?}") }
        Ok(())
    }

    // Clock of another crate
    async fn other_crate(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let now = Utc::now();
        Ok(())
    }

    // Clock under another name
    async fn other_name(&self, ctx: Context<'_>) -> HandlerResult<()> {
        use std::time::Instant as Watch;
        let started = Watch::now();
        Ok(())
    }

    // Time of the journal compared with the clock
    // Instead: `ctx.now().await?.duration_since(started)?`
    async fn compared(&self, ctx: Context<'_>) -> HandlerResult<u64> {
        let started = ctx.now().await?;
        Ok(started.elapsed()?.as_secs())
    }
}

fn main() {}
