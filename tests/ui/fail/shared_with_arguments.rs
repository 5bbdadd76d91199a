use restate_core::{HandlerResult, SharedObjectContext};

#[restate_core::object]
pub trait Greeter {
    #[shared(true)]
    async fn greet(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<()>;
}

fn main() {}
