//! Steps that write with other libraries than sqlx: what they write happens exactly once.

pub mod transaction;
pub mod with_diesel;
pub mod with_sea_orm;

use restate::{Context, HandlerResult, Json};

/// Pays from accounts in a database.
#[restate::service]
pub trait Bank {
    /// Takes cents from the account of this name, and returns what is left. Fails if that is too little.
    async fn pay(&self, ctx: Context<'_>, payment: Json<(String, i64)>) -> HandlerResult<i64>;
}
