#![deny(warnings)]
#![allow(dead_code, unused_variables)]

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
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let started = crate::clock::Instant::now();
        println!("{started:?}");
        Ok(())
    }
}

fn main() {}
