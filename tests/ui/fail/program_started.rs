use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        let date = std::process::Command::new("date").output()?;
        Ok(())
    }
}
fn main() {}
