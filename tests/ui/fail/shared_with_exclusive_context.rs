use restate_core::{HandlerResult, ObjectContext};

#[restate_core::object]
pub trait Counter {
    #[shared]
    async fn read(&self, ctx: ObjectContext<'_>) -> HandlerResult<i64>;
}

fn main() {}
