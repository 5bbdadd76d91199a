//! An outbox: an order and the event that tells of it are written together, and each event is published.
//!
//! The handler's next step publishes the event, even if the process dies in between. A broker may be told
//! twice, if the process dies before the answer is in the journal, and recognizes the id of the event.

use restate::{Context, HandlerResult, Json};
use restate_sqlx::Transactions as _;
use sqlx::{SqlitePool, query};

/// Takes orders.
#[restate::service]
pub trait Shop {
    /// Returns the number of the order.
    async fn order(&self, ctx: Context<'_>, item: String) -> HandlerResult<i64>;
}

/// A message broker, such as Kafka: it drops events whose id it knows.
pub trait Broker: Send + Sync + 'static {
    /// Publishes an event.
    fn publish(
        &self,
        id: i64,
        event: &str,
    ) -> impl Future<Output = Result<(), std::io::Error>> + Send;
}

/// The shop with its database and its broker.
#[derive(Clone, Debug)]
pub struct WithOutbox<B> {
    /// The database with orders and events.
    pub pool: SqlitePool,
    /// Where events go.
    pub broker: B,
}

#[restate::handlers]
impl<B: Broker> Shop for WithOutbox<B> {
    async fn order(&self, ctx: Context<'_>, item: String) -> HandlerResult<i64> {
        let write = ctx.transaction(&self.pool, async move |tx| {
            let order = query!("INSERT INTO orders (item) VALUES (?) RETURNING id", item);
            let order = order.fetch_one(&mut *tx).await?.id;
            let event = format!("order {order}: {item}");
            let stored = query!("INSERT INTO outbox (event) VALUES (?) RETURNING id", event);
            let id = stored.fetch_one(&mut *tx).await?.id;
            Ok(Json((order, id, event)))
        });
        let Json((order, id, event)) = write.name("write").await?;
        ctx.run(|| async { Ok(self.broker.publish(id, &event).await?) }).name("publish").await?;
        let forget = ctx.transaction(&self.pool, async move |tx| {
            query!("DELETE FROM outbox WHERE id = ?", id).execute(tx).await?;
            Ok(())
        });
        forget.name("forget").await?;
        Ok(order)
    }
}
