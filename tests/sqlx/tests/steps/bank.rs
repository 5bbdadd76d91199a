//! A bank whose accounts are in a database.

use restate::{Context, HandlerResult, Json, TerminalError};
use restate_sqlx::{Transactions as _, migrate};
use sqlx::{query, query_as, query_scalar, raw_sql};

use super::database::{BEGIN, Connection, Database, Pool};

/// Number, debtor, creditor and cents.
pub type Order = (i64, String, String, i64);
pub type Transfer = Json<Order>;

#[restate::service]
pub trait Bank {
    /// Returns what the debtor has left.
    async fn transfer(&self, ctx: Context<'_>, transfer: Transfer) -> HandlerResult<i64>;
    /// The same in a plain step.
    async fn transfer_carelessly(&self, ctx: Context<'_>, transfer: Transfer)
    -> HandlerResult<i64>;
    /// Transfers twice, at the same time.
    async fn transfer_twice(
        &self,
        ctx: Context<'_>,
        transfers: Json<[Order; 2]>,
    ) -> HandlerResult<i64>;
}

#[derive(Clone)]
pub struct InDatabase(pub Pool);

impl InDatabase {
    /// A bank with two accounts of 1,000 cents.
    pub async fn open(database: &Database) -> Self {
        let bank = Self(database.pool(4).await);
        bank.create().await;
        bank
    }

    /// Creates the tables and the accounts.
    pub async fn create(&self) {
        migrate(&self.0).await.unwrap();
        let tables = "CREATE TABLE accounts (name TEXT PRIMARY KEY, cents BIGINT NOT NULL);
             CREATE TABLE bookings (number BIGINT NOT NULL, debtor TEXT NOT NULL, cents BIGINT NOT NULL);
             INSERT INTO accounts VALUES ('ann', 1000), ('ben', 1000)";
        raw_sql(tables).execute(&self.0).await.unwrap();
    }

    /// Undoes everything.
    pub async fn reset(&self) {
        let reset =
            "DELETE FROM bookings; DELETE FROM restate_steps; UPDATE accounts SET cents = 1000";
        raw_sql(reset).execute(&self.0).await.unwrap();
    }

    pub async fn give(&self, name: &str, cents: i64) {
        let give = query("UPDATE accounts SET cents = cents + $1 WHERE name = $2");
        give.bind(cents).bind(name).execute(&self.0).await.unwrap();
    }

    /// What the accounts have, by name.
    pub async fn accounts(&self) -> Vec<i64> {
        query_scalar("SELECT cents FROM accounts ORDER BY name").fetch_all(&self.0).await.unwrap()
    }

    /// The numbers of the bookings.
    pub async fn bookings(&self) -> Vec<i64> {
        let numbers = query_scalar("SELECT number FROM bookings ORDER BY number");
        numbers.fetch_all(&self.0).await.unwrap()
    }

    /// How many steps are stored.
    pub async fn steps(&self) -> i64 {
        query_scalar("SELECT count(*) FROM restate_steps").fetch_one(&self.0).await.unwrap()
    }
}

#[restate::handlers]
impl Bank for InDatabase {
    async fn transfer(&self, ctx: Context<'_>, Json(transfer): Transfer) -> HandlerResult<i64> {
        ctx.transaction(&self.0, async move |tx| book(tx, &transfer).await).name("book").await
    }

    async fn transfer_carelessly(
        &self,
        ctx: Context<'_>,
        Json(transfer): Transfer,
    ) -> HandlerResult<i64> {
        let book = || async {
            let mut tx = self.0.begin_with(BEGIN).await?;
            let left = book(&mut tx, &transfer).await?;
            tx.commit().await?;
            Ok(left)
        };
        ctx.run(book).name("book").await
    }

    async fn transfer_twice(
        &self,
        ctx: Context<'_>,
        Json([first, second]): Json<[Order; 2]>,
    ) -> HandlerResult<i64> {
        let first = ctx.transaction(&self.0, async move |tx| book(tx, &first).await);
        let second = ctx.transaction(&self.0, async move |tx| book(tx, &second).await);
        let (first, second) = futures::future::join(first, second).await;
        Ok(first?.min(second?))
    }
}

async fn book(
    tx: &mut Connection,
    (number, debtor, creditor, cents): &Order,
) -> HandlerResult<i64> {
    query("INSERT INTO bookings VALUES ($1, $2, $3)")
        .bind(number)
        .bind(debtor)
        .bind(cents)
        .execute(&mut *tx)
        .await?;
    query("UPDATE accounts SET cents = cents + $1 WHERE name = $2")
        .bind(cents)
        .bind(creditor)
        .execute(&mut *tx)
        .await?;
    let (left,): (i64,) =
        query_as("UPDATE accounts SET cents = cents - $1 WHERE name = $2 RETURNING cents")
            .bind(cents)
            .bind(debtor)
            .fetch_one(&mut *tx)
            .await?;
    if left < 0 {
        let error = TerminalError::conflict(format!("{debtor} lacks {} cents", -left));
        return Err(error.with_metadata("account", debtor).into());
    }
    Ok(left)
}

pub fn transfer(number: i64, cents: i64) -> Transfer {
    Json((number, "ann".to_owned(), "ben".to_owned(), cents))
}
