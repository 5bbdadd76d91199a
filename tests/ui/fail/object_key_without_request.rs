use restate_core::{HandlerResult, SharedObjectContext};

#[restate_core::object(key = "counter_id")]
pub trait Counter {
    #[shared]
    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64>;
}

fn main() {}
