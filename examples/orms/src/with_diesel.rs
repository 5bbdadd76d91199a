//! The bank with diesel-async, in PostgreSQL.

use diesel::{
    ExpressionMethods as _, OptionalExtension as _, QueryDsl as _, QueryableByName, sql_query,
    sql_types::{Binary, Text},
};
use diesel_async::{
    AsyncConnection as _, AsyncPgConnection, RunQueryDsl as _, pooled_connection::deadpool::Pool,
};
use restate::{Context, HandlerError, HandlerResult, Json, TerminalError};
use uuid::Uuid;

use crate::Bank;

diesel::table! {
    accounts (name) {
        name -> Text,
        cents -> BigInt,
    }
}

diesel::table! {
    payments (number) {
        number -> BigInt,
        account -> Text,
        cents -> BigInt,
    }
}

/// The bank in the database of this pool.
#[derive(Clone)]
pub struct WithDiesel(pub Pool<AsyncPgConnection>);

#[restate::handlers]
impl Bank for WithDiesel {
    async fn pay(
        &self,
        ctx: Context<'_>,
        Json((name, cents)): Json<(String, i64)>,
    ) -> HandlerResult<i64> {
        let id = ctx.run(async || Ok(Uuid::new_v4().to_string())).name("id").await?;
        let invocation = ctx.invocation_id();
        let step = ctx.run(async || self.pay_once(invocation, &id, &name, cents).await);
        let Json(left) = step.name("pay").await?;
        Ok(left.ok_or_else(|| TerminalError::conflict("too little"))?)
    }
}

/// A row of `restate_steps`.
#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Binary)]
    result: Vec<u8>,
}

impl WithDiesel {
    /// What is left, or `None` if that is too little, unless the step has committed before: then what it has
    /// returned.
    pub async fn pay_once(
        &self,
        invocation: &str,
        id: &str,
        name: &str,
        cents: i64,
    ) -> HandlerResult<Json<Option<i64>>> {
        let mut connection = self.0.get().await?;
        let transaction = connection.transaction(async |tx| {
            let find = "SELECT result FROM restate_steps WHERE invocation = $1 AND step = $2::uuid";
            let find = sql_query(find).bind::<Text, _>(invocation).bind::<Text, _>(id);
            if let Some(found) = find.get_result::<Stored>(tx).await.optional()? {
                return Ok(Json(serde_json::from_slice(&found.result)?));
            }

            let account = accounts::table.find(name).filter(accounts::cents.ge(cents));
            let pay = diesel::update(account).set(accounts::cents.eq(accounts::cents - cents));
            let left = pay.returning(accounts::cents).get_result::<i64>(tx).await.optional()?;
            if left.is_some() {
                let payment = (payments::account.eq(name), payments::cents.eq(cents));
                diesel::insert_into(payments::table).values(payment).execute(tx).await?;
            }

            let add =
                "INSERT INTO restate_steps (invocation, step, result) VALUES ($1, $2::uuid, $3)";
            let add = sql_query(add).bind::<Text, _>(invocation).bind::<Text, _>(id);
            add.bind::<Binary, _>(serde_json::to_vec(&left)?).execute(tx).await?;
            Ok::<_, HandlerError>(Json(left))
        });
        transaction.await
    }
}
