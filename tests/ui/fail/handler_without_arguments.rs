use restate_core::{HandlerResult};

#[restate_core::service]
pub trait Greeter {
    async fn greet(&self) -> HandlerResult<()>;
}

fn main() {}
