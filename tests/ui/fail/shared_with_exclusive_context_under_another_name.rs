// Instead: `SharedObjectContext<'_>`, or no `#[shared]`
use restate_core::{HandlerResult, ObjectContext as Ctx};

#[restate_core::object]
pub trait Counter {
    #[shared]
    async fn read(&self, ctx: Ctx<'_>) -> HandlerResult<i64>;
}

fn main() {}
