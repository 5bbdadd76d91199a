//! Clocks and random numbers that a replay repeats, or that do not matter to it.

#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::time::Instant;

use restate_core::{Context, HandlerResult, handlers};

mod clock {
    #[derive(Debug)]
    pub struct Instant;

    impl Instant {
        pub fn now() -> Self {
            Self
        }
    }
}

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn clock_of_own_crate(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let started = self::clock::Instant::now();
        println!("{started:?}");
        Ok(())
    }

    async fn clock_only_logged(&self, ctx: Context<'_>) -> HandlerResult<()> {
        println!("{:?}", std::time::SystemTime::now());
        Ok(())
    }

    async fn nondeterminism_allowed(&self, ctx: Context<'_>) -> HandlerResult<()> {
        #[allow_nondeterminism(reason = "only logged")]
        let started = Instant::now();
        let now = ctx.now().await?;
        #[allow_nondeterminism(reason = "a cache, the same for all")]
        tokio::spawn(async move { println!("{now:?}") });
        println!("{:?}", started.elapsed());
        Ok(())
    }

    async fn random_numbers_of_the_context(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let mut random = ctx.rand();
        let die = rand::RngExt::random_range(&mut random, 1..=6);
        println!("{die} {} {:?}", ctx.uuid(), ctx.now().await?);
        Ok(())
    }
}
