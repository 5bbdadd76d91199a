//! `?` on a `tonic::Status` ends the invocation or repeats the attempt, by the code.

#![deny(warnings)]
#![allow(dead_code)]

use restate_core::{Context, HandlerResult, TerminalError};
use tonic::{Response, Status};

async fn charge(_: &str) -> Result<Response<String>, Status> {
    Err(Status::unavailable("connection refused"))
}

pub async fn pay(ctx: Context<'_>, card: String) -> HandlerResult<String> {
    let receipt = ctx.run(|| async { Ok(charge(&card).await?.into_inner()) }).await?;
    Ok(receipt)
}

/// A gRPC service that calls a handler.
pub fn answer(result: Result<String, TerminalError>) -> Result<Response<String>, Status> {
    Ok(Response::new(result?))
}
