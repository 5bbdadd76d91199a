use restate_core::{Context, HandlerResult, handlers};

struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        use tokio as runtime;
        runtime::spawn(async {});
        Ok(())
    }
}
fn main() {}
