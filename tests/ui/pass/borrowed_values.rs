//! What is written may be borrowed.

#![deny(warnings)]
#![allow(dead_code)]

use restate_core::codegen::bytes::Bytes;
use restate_core::{Context, HandlerResult, Json, ObjectContext, SharedWorkflowContext, StateKey};
use restate_ui::{GreetRequest, Item};

const NAME: StateKey<String> = StateKey::new("name");
const ITEM: StateKey<Item> = StateKey::new("item");
const DATA: StateKey<Bytes> = StateKey::new("data");

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Order {
    item: String,
}

pub fn state(ctx: ObjectContext<'_>, request: &GreetRequest, order: &Order, data: &[u8]) {
    ctx.set("text", "text");
    ctx.set("name", &request.name);
    ctx.set("name", request.name.as_str());
    ctx.set("request", request);
    ctx.set("order", Json(order));
    ctx.set("data", data);
    ctx.set("data", b"data");
    ctx.set("number", 7);
    ctx.set("number", &7_u64);
    ctx.set("flag", true);
    ctx.set("owned", request.clone());
}

pub fn state_keys(ctx: ObjectContext<'_>, item: &Item, data: &Bytes) {
    NAME.set(ctx, "Pete");
    NAME.set(ctx, String::new());
    ITEM.set(ctx, item);
    DATA.set(ctx, data);
}

pub async fn completions(ctx: SharedWorkflowContext<'_>, id: &str) -> HandlerResult<()> {
    ctx.promise::<String>("name").resolve("Pete").await?;
    ctx.promise("name").resolve("Pete").await?;
    ctx.resolve_awakeable(id, "done");
    ctx.invocation(id).signal("go", "now").await?;
    Ok(())
}

pub fn elsewhere(ctx: Context<'_>, id: &str, request: &GreetRequest) {
    ctx.resolve_awakeable(id, request);
}
