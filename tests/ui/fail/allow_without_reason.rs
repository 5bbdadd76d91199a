use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn greet(&self, ctx: Context<'_>) -> HandlerResult<()> {
        #[allow_nondeterminism]
        let started = std::time::Instant::now();
        Ok(())
    }
}
fn main() {}
