#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerResult, Json, Proto};

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Order {
    item: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Money {
    #[prost(int64, tag = "1")]
    cents: i64,
}

#[restate_core::service]
pub trait Shop {
    async fn order(&self, ctx: Context<'_>, order: Json<Order>) -> HandlerResult<Proto<Money>>;
    async fn message(
        &self,
        ctx: Context<'_>,
        request: restate_ui::GreetRequest,
    ) -> HandlerResult<restate_ui::GreetResponse>;
    async fn scalar(&self, ctx: Context<'_>, number: f64) -> HandlerResult<bool>;
    async fn bytes(&self, ctx: Context<'_>, photo: Vec<u8>) -> HandlerResult<()>;
    async fn nothing(&self, ctx: Context<'_>) -> HandlerResult<Json<Vec<Option<u8>>>>;
}

fn main() {}
