use restate_core::{HandlerResult, ObjectContext};

#[restate_core::object]
pub trait Counter {
    #[run]
    async fn add(&self, ctx: ObjectContext<'_>, amount: i64) -> HandlerResult<i64>;
}

fn main() {}
