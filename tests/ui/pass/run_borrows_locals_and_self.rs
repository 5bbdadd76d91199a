#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult, handlers};

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
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
}

fn main() {}
