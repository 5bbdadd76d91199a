use std::collections::HashSet;
use restate_core::{Context, HandlerResult, handlers};
struct Polite;
#[handlers]
impl Polite {
    async fn all(&self, ctx: Context<'_>, ids: HashSet<String>) -> HandlerResult<()> {
        ids.iter().for_each(|id| ctx.resolve_awakeable(id, 7));
        Ok(())
    }
}
fn main() {}
