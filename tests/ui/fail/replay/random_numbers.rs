//! A random number is another one when the handler is replayed.

use restate_core::{Context, HandlerResult, handlers};

struct Polite;

#[handlers]
impl Polite {
    // Random generator
    async fn generator(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let mut generator = rand::rng();
        Ok(())
    }

    // Random number
    async fn number(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let die = rand::random_range(1..=6);
        Ok(())
    }

    // Random id
    async fn id(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let id = uuid::Uuid::new_v4();
        Ok(())
    }
}

fn main() {}
