// Instead: `CounterClient::new(ctx, "pete")`: a client is for one key
use restate_core::{Context, HandlerResult, ObjectContext};

#[restate_core::object]
pub trait Counter {
    async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64>;
}

fn client(ctx: Context<'_>) -> CounterClient<Context<'_>> { CounterClient::new(ctx) }

fn main() {}
