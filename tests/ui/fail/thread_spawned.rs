use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        std::thread::spawn(|| 7);
        Ok(())
    }
}
fn main() {}
