// Instead: `Arc` for `Rc`, or a value that is dropped before the `.await`
use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreetResponse, Greeter};
struct Polite;
impl Greeter for Polite {
    async fn greet(&self, ctx: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> {
        let shared = std::rc::Rc::new(7);
        println!("{shared} {:?}", ctx.now().await?);
        Ok(GreetResponse::default())
    }
}
fn main() {}
