//! The services in Rust, and the contract of the object in TypeScript.

use std::sync::{Arc, Mutex};

use restate_core::{HandlerResult, Json, ObjectContext, SharedObjectContext, object};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::UnboundedSender;

/// Sells things that it takes off a shelf.
#[object(name = "Till")]
pub trait Till {
    /// Charges the customer, and takes `count` things off the shelf. Returns the shelf's answer.
    async fn buy(&self, ctx: ObjectContext<'_>, count: i64) -> HandlerResult<String>;

    /// How many things have been sold.
    #[shared]
    async fn sold(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64>;
}

/// What shelves report. They call it while the till of the same key waits for them.
#[object(name = "Register")]
pub trait Register {
    async fn record(&self, ctx: ObjectContext<'_>, count: i64) -> HandlerResult<()>;

    /// A shelf waits for this awakeable.
    async fn hold(&self, ctx: ObjectContext<'_>, awakeable: String) -> HandlerResult<()>;

    #[shared]
    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Records>>;
}

/// The object in `tests/typescript/shelf.cjs`.
#[object(name = "typescript.Shelf")]
pub trait Shelf {
    async fn take(&self, ctx: ObjectContext<'_>, count: i64) -> HandlerResult<String>;

    #[shared]
    async fn taken(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64>;
}

/// How often something was recorded, and the sum.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Records {
    pub count: u64,
    pub total: i64,
}

/// What is outside of the engine, and outlives it.
#[derive(Clone)]
pub struct World {
    /// The invocations that have charged a customer, once for each time.
    pub charges: Arc<Mutex<Vec<String>>>,
    /// Receives the awakeables that shelves wait for.
    pub held: UnboundedSender<String>,
}

impl Till for World {
    async fn buy(&self, ctx: ObjectContext<'_>, count: i64) -> HandlerResult<String> {
        let sold: i64 = ctx.get("sold").await?.unwrap_or_default();
        let id = ctx.invocation_id().to_owned();
        let charge = || async {
            self.charges.lock().unwrap().push(id);
            Ok(())
        };
        ctx.run(charge).name("charge").await?;
        let answer = ShelfClient::new(&ctx, ctx.key()).take(count).await?;
        ctx.set("sold", sold + count);
        Ok(answer)
    }

    async fn sold(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<i64> {
        Ok(ctx.get("sold").await?.unwrap_or_default())
    }
}

impl Register for World {
    async fn record(&self, ctx: ObjectContext<'_>, count: i64) -> HandlerResult<()> {
        let Json(before) = ctx.get::<Json<Records>>("records").await?.unwrap_or_default();
        let after = Records { count: before.count + 1, total: before.total + count };
        ctx.set("records", Json(after));
        Ok(())
    }

    async fn hold(&self, _: ObjectContext<'_>, awakeable: String) -> HandlerResult<()> {
        // An error means that the test has ended.
        let _ = self.held.send(awakeable);
        Ok(())
    }

    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Records>> {
        Ok(ctx.get("records").await?.unwrap_or_default())
    }
}
