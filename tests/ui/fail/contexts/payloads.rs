//! What is sent or stored must be a payload.

use restate_core::{Context, HandlerResult, ObjectContext, StateKey};

pub struct Person;

// Request that is not a payload
#[restate_core::service]
pub trait Greeter {
    async fn greet(&self, ctx: Context<'_>, person: Person) -> HandlerResult<String>;
}

// Response that is not a payload
#[restate_core::service]
pub trait Directory {
    async fn find(&self, ctx: Context<'_>) -> HandlerResult<Person>;
}

// Result of a run step that is not a payload
async fn run(ctx: Context<'_>) -> HandlerResult<()> {
    ctx.run(|| async { Ok(Person) }).await?;
    Ok(())
}

// State that is not a payload
fn state(ctx: ObjectContext<'_>) {
    ctx.set("person", Person);
}

const COUNT: StateKey<i64> = StateKey::new("count");

// Value of another type than its state key
fn state_key(ctx: ObjectContext<'_>) {
    COUNT.set(ctx, "seven");
}

fn main() {}
