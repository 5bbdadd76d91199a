use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let id = uuid::Uuid::new_v4();
        Ok(())
    }
}
fn main() {}
