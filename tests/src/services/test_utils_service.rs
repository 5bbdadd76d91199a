//! Handlers for single features.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};

use bytes::Bytes;
use restate_core::{Context, HandlerResult, Json, TerminalError, service};
use serde::{Deserialize, Serialize};

/// A signal's value.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResolveSignalRequest {
    /// The invocation that awaits it.
    pub invocation_id: String,
    /// Its name.
    pub signal_name: String,
    /// Its value.
    pub value: String,
}

/// A signal's failure.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectSignalRequest {
    /// The invocation that awaits it.
    pub invocation_id: String,
    /// Its name.
    pub signal_name: String,
    /// The message of the failure.
    pub reason: String,
}

/// Corner cases, each in a handler.
#[service(name = "TestUtilsService")]
pub trait TestUtilsService {
    /// Answers with the request.
    async fn echo(&self, ctx: Context<'_>, input: String) -> HandlerResult<String>;

    /// Answers with the request in upper case.
    #[handler(name = "uppercaseEcho")]
    async fn uppercase_echo(&self, ctx: Context<'_>, input: String) -> HandlerResult<String>;

    /// Answers with the request's headers.
    #[handler(name = "echoHeaders")]
    async fn echo_headers(&self, ctx: Context<'_>)
    -> HandlerResult<Json<BTreeMap<String, String>>>;

    /// Answers with the bytes of the request.
    #[handler(name = "rawEcho")]
    async fn raw_echo(&self, ctx: Context<'_>, input: Bytes) -> HandlerResult<Bytes>;

    /// Runs this many closures in sequence, and returns how many of them this attempt has executed.
    #[handler(name = "countExecutedSideEffects")]
    async fn count_executed_side_effects(
        &self,
        ctx: Context<'_>,
        increments: u32,
    ) -> HandlerResult<u32>;

    /// Cancels another invocation.
    #[handler(name = "cancelInvocation")]
    async fn cancel_invocation(&self, ctx: Context<'_>, invocation_id: String)
    -> HandlerResult<()>;

    /// Resolves a signal of another invocation.
    #[handler(name = "resolveSignal")]
    async fn resolve_signal(
        &self,
        ctx: Context<'_>,
        request: Json<ResolveSignalRequest>,
    ) -> HandlerResult<()>;

    /// Rejects a signal of another invocation.
    #[handler(name = "rejectSignal")]
    async fn reject_signal(
        &self,
        ctx: Context<'_>,
        request: Json<RejectSignalRequest>,
    ) -> HandlerResult<()>;
}

/// Implements the contract.
#[derive(Clone, Copy, Debug, Default)]
pub struct Utilities;

impl TestUtilsService for Utilities {
    async fn echo(&self, _: Context<'_>, input: String) -> HandlerResult<String> {
        Ok(input)
    }

    async fn uppercase_echo(&self, _: Context<'_>, input: String) -> HandlerResult<String> {
        Ok(input.to_uppercase())
    }

    async fn echo_headers(
        &self,
        ctx: Context<'_>,
    ) -> HandlerResult<Json<BTreeMap<String, String>>> {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Ok(Json(ctx.headers().map(owned).collect()))
    }

    async fn raw_echo(&self, _: Context<'_>, input: Bytes) -> HandlerResult<Bytes> {
        Ok(input)
    }

    async fn count_executed_side_effects(
        &self,
        ctx: Context<'_>,
        increments: u32,
    ) -> HandlerResult<u32> {
        let executed = AtomicU32::new(0);
        for _ in 0..increments {
            let effect = || async {
                executed.fetch_add(1, Ordering::Relaxed);
                Ok(())
            };
            ctx.run(effect).name("increment").await?;
        }
        Ok(executed.into_inner())
    }

    async fn cancel_invocation(
        &self,
        ctx: Context<'_>,
        invocation_id: String,
    ) -> HandlerResult<()> {
        Ok(ctx.invocation(invocation_id).cancel().await?)
    }

    async fn resolve_signal(
        &self,
        ctx: Context<'_>,
        Json(request): Json<ResolveSignalRequest>,
    ) -> HandlerResult<()> {
        let ResolveSignalRequest { invocation_id, signal_name, value } = request;
        Ok(ctx.invocation(invocation_id).signal(&signal_name, value).await?)
    }

    async fn reject_signal(
        &self,
        ctx: Context<'_>,
        Json(request): Json<RejectSignalRequest>,
    ) -> HandlerResult<()> {
        let RejectSignalRequest { invocation_id, signal_name, reason } = request;
        let error = TerminalError::new(reason);
        Ok(ctx.invocation(invocation_id).reject_signal(&signal_name, error).await?)
    }
}
