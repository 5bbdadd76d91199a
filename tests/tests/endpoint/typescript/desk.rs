use std::time::Duration;

use restate_core::{Context, HandlerResult, Json, TerminalError};

use super::contract::{Account, Desk, Entry, LedgerClient, Refusal};

/// Deposits into the ledger, which is written in TypeScript.
pub struct Clerk;

impl Desk for Clerk {
    async fn deposit(&self, ctx: Context<'_>, entry: Entry) -> HandlerResult<Entry> {
        let ledger = LedgerClient::new(ctx);
        let added = ledger.add(entry.clone()).await?;
        ledger.add(entry.clone()).one_way().await?;
        ledger.add(entry).delayed(Duration::from_millis(10)).await?;
        Ok(added)
    }

    async fn double(&self, _: Context<'_>, mut entry: Entry) -> HandlerResult<Entry> {
        entry.cents *= 2;
        Ok(entry)
    }

    async fn complain(&self, ctx: Context<'_>, account: Account) -> HandlerResult<Refusal> {
        let Err(refused) = LedgerClient::new(ctx).refuse(account).await else {
            return Err(TerminalError::new("the ledger has not refused").into());
        };
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        Ok(Refusal {
            code: refused.code().into(),
            message: refused.message().to_owned(),
            metadata: refused.metadata().map(owned).collect(),
        })
    }

    async fn deny(&self, _: Context<'_>, account: Account) -> HandlerResult<Refusal> {
        let message = format!("{} has no account", account.name);
        Err(TerminalError::with_code(418, message).with_metadata("ledger", "rust").into())
    }

    async fn wait(&self, ctx: Context<'_>, account: Account) -> HandlerResult<Entry> {
        let sent = ctx.awakeable::<Entry>();
        let account = Account { awakeable: sent.id().to_owned(), ..account };
        LedgerClient::new(ctx).complete(account).await?;
        Ok(sent.await?)
    }

    async fn complete(&self, ctx: Context<'_>, account: Account) -> HandlerResult<Entry> {
        let Account { name, awakeable } = account;
        let sent = Entry { account_name: name, cents: 7, ..Entry::default() };
        ctx.resolve_awakeable(&awakeable, Json(sent));
        Ok(Entry::default())
    }
}
