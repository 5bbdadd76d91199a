#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult, handlers};

struct Pool {
    jobs: u32,
}

impl Pool {
    fn spawn(&mut self) {
        self.jobs += 1;
    }
    fn sleep(&self) {}
    fn now(&self) -> u32 {
        self.jobs
    }
    fn elapsed(&self) -> u32 {
        self.jobs
    }
}

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let mut pool = Pool { jobs: 0 };
        pool.spawn();
        pool.sleep();
        println!("{}", pool.now() + pool.elapsed());
        Ok(())
    }
}

fn main() {}
