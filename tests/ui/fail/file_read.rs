use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let text = std::fs::read_to_string("greeting.txt")?;
        Ok(())
    }
}
fn main() {}
