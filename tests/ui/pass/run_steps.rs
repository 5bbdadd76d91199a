//! The closure of a run step may do anything but use the journal.

#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::time::{Duration, Instant};

use restate_core::{Context, HandlerResult, ObjectContext, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn clock_inside_run(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let now = ctx.run(|| async { Ok(Instant::now().elapsed().as_secs()) }).name("age").await?;
        println!("{now}");
        Ok(())
    }

    async fn context_identity_inside_run(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        ctx.run(|| async {
            let key = (ctx.key(), ctx.invocation_id(), ctx.header("x-tenant"));
            Ok(format!("{key:?}"))
        })
        .await?;
        Ok(())
    }

    async fn everything_inside_run(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.run(|| async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let home = std::env::var("HOME")?;
            let text = std::fs::read_to_string(home)?;
            let worker = tokio::spawn(async move { text.len() });
            let die: u32 = rand::random_range(1..=6);
            Ok(die + u32::try_from(worker.await?)?)
        })
        .await?;
        Ok(())
    }

    async fn nested_function_reads_clock_for_run(&self, ctx: Context<'_>) -> HandlerResult<()> {
        fn stamp() -> u64 {
            std::time::Instant::now().elapsed().as_secs()
        }
        ctx.run(|| async { Ok(stamp()) }).await?;
        Ok(())
    }

    async fn run_borrows_locals_and_self(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let mut attempts = 0;
        let name = String::from("Pete");
        let greeting = ctx
            .run(|| async {
                attempts += 1;
                Ok(format!("{} {name}", self.greeting))
            })
            .await?;
        println!("{greeting} {name} {attempts}");
        Ok(())
    }

    async fn run_of_closure_by_name(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let roll = || async { Ok(rand::random_range(1..=6_u32)) };
        let die = ctx.run(roll).name("roll").await?;
        println!("{die}");
        Ok(())
    }

    async fn run_of_closure_that_calls_another(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let clock = || std::time::SystemTime::now();
        ctx.run(|| async { Ok(clock().elapsed()?.as_secs()) }).await?;
        Ok(())
    }

    async fn run_with_context_shadowed(&self, ctx: Context<'_>) -> HandlerResult<()> {
        ctx.run(|| async {
            let ctx = std::collections::BTreeMap::from([("a", 1)]);
            Ok(ctx.get("a").copied().unwrap_or_default())
        })
        .await?;
        Ok(())
    }
}
