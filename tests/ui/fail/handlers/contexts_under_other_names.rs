//! A handler takes the context of its kind, under whatever name it was imported.

use restate_core::{HandlerResult, ObjectContext as Ctx};

#[restate_core::object]
pub trait Counter {
    // Shared handler with an exclusive context under another name
    // Instead: `SharedObjectContext<'_>`, or no `#[shared]`
    #[shared]
    async fn read(&self, ctx: Ctx<'_>) -> HandlerResult<i64>;
}

fn main() {}
