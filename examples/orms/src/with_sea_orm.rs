//! The bank with SeaORM, in SQLite.

use restate::{Context, HandlerResult, Json, TerminalError};
use restate_sqlx::Transactions as _;
use sea_orm::{ActiveModelTrait as _, DatabaseConnection, EntityTrait as _, Set};

use crate::{Bank, transaction::StepTransaction};

/// The table of accounts.
pub mod account {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "accounts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub cents: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table of payments.
pub mod payment {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payments")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub number: i64,
        pub account: String,
        pub cents: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The bank in the database of this connection.
#[derive(Clone, Debug)]
pub struct WithSeaOrm(pub DatabaseConnection);

#[restate::handlers]
impl Bank for WithSeaOrm {
    async fn pay(
        &self,
        ctx: Context<'_>,
        Json((name, cents)): Json<(String, i64)>,
    ) -> HandlerResult<i64> {
        let pool = self.0.get_sqlite_connection_pool();
        let step = ctx.transaction(pool, async move |tx| {
            let tx = &StepTransaction::new(tx);
            let payment = payment::ActiveModel {
                account: Set(name.clone()),
                cents: Set(cents),
                ..Default::default()
            };
            payment.insert(tx).await?;
            let account = account::Entity::find_by_id(&name).one(tx).await?;
            let account = account.ok_or_else(|| TerminalError::not_found("no such account"))?;
            let left = account.cents - cents;
            if left < 0 {
                return Err(TerminalError::conflict("too little").into()); // rolls back
            }
            account::ActiveModel { cents: Set(left), ..account.into() }.update(tx).await?;
            Ok(left)
        });
        Ok(step.name("pay").await?)
    }
}
