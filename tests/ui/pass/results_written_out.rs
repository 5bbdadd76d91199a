#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use restate_core::{Context, HandlerError, HandlerResult, TerminalError};

#[restate_core::service]
pub trait Bank {
    async fn pay(&self, ctx: Context<'_>, amount: u64) -> Result<u64, HandlerError>;
    async fn refund(&self, ctx: Context<'_>) -> restate_core::HandlerResult<()>;
}

struct Local;

impl Bank for Local {
    async fn pay(&self, _: Context<'_>, amount: u64) -> HandlerResult<u64> {
        let rest = 100_u64.checked_sub(amount);
        Ok(rest.ok_or_else(|| TerminalError::with_code(409, "too much"))?)
    }

    async fn refund(&self, _: Context<'_>) -> HandlerResult<()> {
        Err(std::io::Error::other("not now"))?
    }
}

fn main() {}
