//! A shop whose invocations are in every state that the page shows.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "this is test code, outside of tests' functions"
)]

pub mod browser;

use std::time::Duration;

use restate_core::{
    Context, HandlerResult, Json, ObjectContext, RetryPolicy, SharedObjectContext, TerminalError,
};
use restate_embedded::{Client, Engine, EngineBuilder};
use restate_rpc_tests::{Clerk, DeskServer, Shelf, StockServer};
use restate_schedule::{Schedules, Timetable};
use serde::{Deserialize, Serialize};

/// A text that is a script wherever it is taken for markup.
pub const SCRIPT: &str =
    "<img src=x onerror=\"window.intruded=1\"><script>window.intruded=1</script>";

/// What somebody buys.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Who buys.
    pub buyer: String,
    /// What.
    pub article: String,
}

/// Takes orders.
#[restate_core::service]
pub trait Shop {
    /// Adds the article to the basket, and ends when it is delivered.
    async fn order(&self, ctx: Context<'_>, order: Json<Order>) -> HandlerResult<String>;
    /// Waits for somebody to complete an awakeable.
    async fn approve(&self, ctx: Context<'_>) -> HandlerResult<String>;
    /// Fails at each attempt.
    async fn charge(&self, ctx: Context<'_>, reason: String) -> HandlerResult<()>;
    /// Refuses what it is asked for.
    async fn refuse(&self, ctx: Context<'_>, reason: String) -> HandlerResult<()>;
}

/// What somebody has chosen.
#[restate_core::object]
pub trait Basket {
    /// Adds an article.
    async fn add(&self, ctx: ObjectContext<'_>, article: String) -> HandlerResult<u64>;
    /// How many articles there are.
    #[shared]
    async fn count(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<u64>;
}

/// The shop of the tests.
#[derive(Debug)]
pub struct Example;

impl Shop for Example {
    async fn order(&self, ctx: Context<'_>, Json(order): Json<Order>) -> HandlerResult<String> {
        let Order { buyer, article } = order;
        let articles = BasketClient::new(ctx, &buyer).add(article).await?;
        let charge = format!("{articles} articles");
        let step = format!("charge {buyer}");
        let receipt = ctx.run(async || HandlerResult::Ok(charge)).name(step).await?;
        Ok(receipt)
    }

    async fn approve(&self, ctx: Context<'_>) -> HandlerResult<String> {
        Ok(ctx.awakeable().await?)
    }

    async fn charge(&self, _: Context<'_>, reason: String) -> HandlerResult<()> {
        Err(std::io::Error::other(reason).into())
    }

    async fn refuse(&self, _: Context<'_>, reason: String) -> HandlerResult<()> {
        Err(TerminalError::new(reason).into())
    }
}

impl Basket for Example {
    async fn add(&self, ctx: ObjectContext<'_>, article: String) -> HandlerResult<u64> {
        let count = ctx.get::<u64>("count").await?.unwrap_or_default() + 1;
        ctx.set("count", count);
        ctx.set("last", article);
        Ok(count)
    }

    async fn count(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<u64> {
        Ok(ctx.get("count").await?.unwrap_or_default())
    }
}

/// An engine with the shop, which listens on free ports.
pub fn engine() -> EngineBuilder {
    let retries = RetryPolicy::new().initial_interval(Duration::from_secs(600));
    Engine::builder()
        .bind(ShopServer::new(Example))
        .bind(BasketServer::new(Example))
        .bind(DeskServer::new(Clerk::default()))
        .bind(StockServer::new(Shelf))
        .bind(restate_schedule::schedule())
        .bind(restate_schedule::directory())
        .retry_policy(retries)
        .journal_retention(Duration::from_secs(3_600))
        .ingress("127.0.0.1:0")
        .admin("127.0.0.1:0")
}

/// Makes invocations in every state, also with scripts in keys and texts.
pub async fn fill(client: &Client) {
    let shop = || ShopClient::new(client);
    for buyer in ["ann", "bob", SCRIPT] {
        let order = Order { buyer: buyer.to_owned(), article: format!("a {SCRIPT}") };
        let order = shop().order(Json(order)).header("x-note", SCRIPT);
        let receipt = order.idempotency_key(format!("{buyer}-1")).await;
        assert_eq!(receipt.unwrap(), "1 articles");
    }
    shop().approve().one_way().await.unwrap();
    shop().charge(format!("the bank says {SCRIPT}")).one_way().await.unwrap();
    shop().refuse(SCRIPT.to_owned()).idempotency_key("refused").await.unwrap_err();
    let later = Order { buyer: "ann".to_owned(), article: "a book".to_owned() };
    shop().order(Json(later)).delayed(Duration::from_secs(3_600)).await.unwrap();
    let schedules = Schedules::new(client.clone());
    for (name, time) in [("every morning", "0 9 * * *"), (SCRIPT, "30 18 * * FRI")] {
        let timetable = Timetable::cron(time).time_zone("Europe/Berlin");
        schedules.put(name, timetable, shop().approve()).await.unwrap();
    }
}
