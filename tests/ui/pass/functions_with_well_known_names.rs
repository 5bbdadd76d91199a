#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult, handlers};

#[derive(Debug)]
struct Command;

impl Command {
    fn new() -> Self {
        Self
    }
}

fn sleep(_: u32) {}
fn spawn() {}
fn random() -> u32 {
    4
}
fn now() -> u32 {
    7
}

struct Polite {
    greeting: String,
}

#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        sleep(7);
        spawn();
        let command = Command::new();
        println!("{command:?} {}", random() + now());
        Ok(())
    }
}

fn main() {}
