use restate_core::{Context, HandlerResult};
use restate_ui::{GreetRequest, GreetResponse, Greeter};
struct Polite;
impl Greeter for Polite {
    async fn greet(&self, ctx: Context<'_>, _: GreetRequest) -> HandlerResult<GreetResponse> {
        let shared = std::rc::Rc::new(7);
        ctx.now().await?;
        println!("{shared}");
        Ok(GreetResponse::default())
    }
}
fn main() {}
