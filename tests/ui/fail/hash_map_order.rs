use std::collections::HashMap;
use restate_core::{HandlerResult, ObjectContext, handlers};
struct Basket;
#[handlers]
impl Basket {
    async fn put(&self, ctx: ObjectContext<'_>, items: HashMap<String, u32>) -> HandlerResult<()> {
        for (item, count) in &items { ctx.set(item, *count); }
        Ok(())
    }
}
fn main() {}
