//! A shop that charges, ships and waits: the service for tests of the test environment.
#![allow(dead_code, reason = "each test file uses a part of this")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use restate_core::{Context, HandlerResult, Json, ObjectContext, object, service};
use serde::{Deserialize, Serialize};

/// An order of one kind of goods.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Order {
    pub(crate) item: String,
    pub(crate) pieces: u64,
}

/// The amount charged and the pieces left.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Receipt {
    pub(crate) charged: u64,
    pub(crate) left: i64,
}

#[service]
pub(crate) trait Shop {
    async fn checkout(&self, ctx: Context<'_>, order: Json<Order>) -> HandlerResult<Json<Receipt>>;

    async fn patient_checkout(
        &self,
        ctx: Context<'_>,
        order: Json<Order>,
    ) -> HandlerResult<Json<Receipt>>;
}

#[object]
pub(crate) trait Stock {
    async fn take(&self, ctx: ObjectContext<'_>, pieces: u64) -> HandlerResult<i64>;
}

/// Counts how often it has charged.
#[derive(Clone, Default)]
pub(crate) struct CountingShop {
    pub(crate) charges: Arc<AtomicU32>,
}

impl CountingShop {
    pub(crate) fn charges(&self) -> u32 {
        self.charges.load(Ordering::SeqCst)
    }
}

impl Shop for CountingShop {
    async fn checkout(
        &self,
        ctx: Context<'_>,
        Json(order): Json<Order>,
    ) -> HandlerResult<Json<Receipt>> {
        let charge = || async {
            self.charges.fetch_add(1, Ordering::SeqCst);
            Ok(order.pieces * 10)
        };
        let charged = ctx.run(charge).name("charge").await?;
        let left = StockClient::new(ctx, &order.item).take(order.pieces).await?;
        ctx.sleep(Duration::from_secs(60)).await?;
        ctx.run(|| async { Ok(()) }).name("thank").await?;
        Ok(Json(Receipt { charged, left }))
    }

    async fn patient_checkout(
        &self,
        ctx: Context<'_>,
        Json(order): Json<Order>,
    ) -> HandlerResult<Json<Receipt>> {
        let charge = ctx.run(|| async { Ok(order.pieces * 10) }).name("charge");
        let charged = ctx.timeout(Duration::from_secs(30), charge).await??;
        Ok(Json(Receipt { charged, left: 0 }))
    }
}

/// Stocks a hundred pieces of everything.
pub(crate) struct Shelf;

impl Stock for Shelf {
    async fn take(&self, ctx: ObjectContext<'_>, pieces: u64) -> HandlerResult<i64> {
        let left = ctx.get("left").await?.unwrap_or(100_i64);
        let left = left - i64::try_from(pieces)?;
        ctx.set("left", left);
        Ok(left)
    }
}

pub(crate) fn order(pieces: u64) -> Json<Order> {
    Json(Order { item: "book".to_owned(), pieces })
}
