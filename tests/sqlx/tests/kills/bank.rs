//! A bank that books a transfer in two steps.

use clap::ValueEnum;
use restate::{Context, HandlerResult, Json};
use restate_sqlx::Transactions as _;
use serde::{Deserialize, Serialize};

use crate::accounts::{Accounts, Posting};

/// Moves money from one account to another.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Transfer {
    pub number: i64,
    pub from: String,
    pub to: String,
    pub cents: i64,
}

impl Transfer {
    /// What it writes.
    pub fn postings(&self) -> [Posting; 2] {
        let Self { number, from, to, cents } = self.clone();
        [Posting { number, account: from, cents: -cents }, Posting { number, account: to, cents }]
    }
}

#[restate::service]
pub trait Bank {
    async fn transfer(&self, ctx: Context<'_>, transfer: Json<Transfer>) -> HandlerResult<()>;
}

/// How the bank writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Care {
    /// In transactional steps.
    #[default]
    Step,
    /// In plain steps, with the same transactions.
    PlainStep,
}

pub struct InDatabase {
    pub accounts: Accounts,
    pub care: Care,
}

#[restate::handlers]
impl Bank for InDatabase {
    async fn transfer(
        &self,
        ctx: Context<'_>,
        Json(transfer): Json<Transfer>,
    ) -> HandlerResult<()> {
        let [withdrawal, deposit] = transfer.postings();
        self.post(ctx, "withdraw", withdrawal).await?;
        self.post(ctx, "deposit", deposit).await
    }
}

impl InDatabase {
    async fn post(&self, ctx: Context<'_>, name: &str, posting: Posting) -> HandlerResult<()> {
        match (&self.accounts, self.care) {
            (Accounts::Postgres(pool), Care::Step) => {
                let post = ctx.transaction(pool, async move |tx| posting.to_postgres(tx).await);
                post.name(name).await?;
            }
            (Accounts::Sqlite(pool), Care::Step) => {
                let post = ctx.transaction(pool, async move |tx| posting.to_sqlite(tx).await);
                post.name(name).await?;
            }
            (Accounts::Postgres(pool), Care::PlainStep) => {
                let post = ctx.run(|| async {
                    let mut tx = pool.begin().await?;
                    posting.to_postgres(&mut tx).await?;
                    Ok(tx.commit().await?)
                });
                post.name(name).await?;
            }
            (Accounts::Sqlite(pool), Care::PlainStep) => {
                let post = ctx.run(|| async {
                    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
                    posting.to_sqlite(&mut tx).await?;
                    Ok(tx.commit().await?)
                });
                post.name(name).await?;
            }
        }
        Ok(())
    }
}
