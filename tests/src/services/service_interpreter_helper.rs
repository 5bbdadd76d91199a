//! The service that interpreted programs call.

use std::time::Duration;

use restate_core::{Context, HandlerResult, Json, TerminalError, service};
use serde::{Deserialize, Serialize};

use super::{
    object_interpreter::ObjectInterpreterClient,
    program::{InterpreterCommand, Program},
};

/// A delayed echo.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EchoLaterRequest {
    /// The delay in milliseconds.
    pub sleep: u64,
    /// The response.
    pub parameter: String,
}

/// An object that executes programs.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct InterpreterId {
    /// The depth of the chain of objects that have called each other.
    pub layer: i32,
    /// Its key.
    pub key: String,
}

/// An exchange of awakeables.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IncrementViaAwakeableDanceRequest {
    /// The object whose counter is incremented.
    pub interpreter: InterpreterId,
    /// The awakeable that is resolved with the id of the second one.
    pub tx_promise_id: String,
}

/// Calls for programs.
#[service(name = "ServiceInterpreterHelper")]
pub trait ServiceInterpreterHelper {
    /// Does nothing.
    async fn ping(&self, ctx: Context<'_>) -> HandlerResult<()>;

    /// Answers with the request.
    async fn echo(&self, ctx: Context<'_>, param: String) -> HandlerResult<String>;

    /// Answers with the request's parameter after some time.
    #[handler(name = "echoLater")]
    async fn echo_later(
        &self,
        ctx: Context<'_>,
        request: Json<EchoLaterRequest>,
    ) -> HandlerResult<String>;

    /// Fails with a terminal error.
    #[handler(name = "terminalFailure")]
    async fn terminal_failure(&self, ctx: Context<'_>) -> HandlerResult<()>;

    /// Makes an object add 1 to its counter.
    #[handler(name = "incrementIndirectly")]
    async fn increment_indirectly(
        &self,
        ctx: Context<'_>,
        id: Json<InterpreterId>,
    ) -> HandlerResult<()>;

    /// Resolves an awakeable with `ok`.
    #[handler(name = "resolveAwakeable")]
    async fn resolve_awakeable(&self, ctx: Context<'_>, id: String) -> HandlerResult<()>;

    /// Rejects an awakeable.
    #[handler(name = "rejectAwakeable")]
    async fn reject_awakeable(&self, ctx: Context<'_>, id: String) -> HandlerResult<()>;

    /// Resolves an awakeable with the id of a second one; when that is resolved, makes an object add 1
    /// to its counter.
    #[handler(name = "incrementViaAwakeableDance")]
    async fn increment_via_awakeable_dance(
        &self,
        ctx: Context<'_>,
        request: Json<IncrementViaAwakeableDanceRequest>,
    ) -> HandlerResult<()>;
}

/// Implements the handlers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Help;

impl ServiceInterpreterHelper for Help {
    async fn ping(&self, _: Context<'_>) -> HandlerResult<()> {
        Ok(())
    }

    async fn echo(&self, _: Context<'_>, param: String) -> HandlerResult<String> {
        Ok(param)
    }

    async fn echo_later(
        &self,
        ctx: Context<'_>,
        Json(EchoLaterRequest { sleep, parameter }): Json<EchoLaterRequest>,
    ) -> HandlerResult<String> {
        ctx.sleep(Duration::from_millis(sleep)).await?;
        Ok(parameter)
    }

    async fn terminal_failure(&self, _: Context<'_>) -> HandlerResult<()> {
        Err(TerminalError::new("bye").into())
    }

    async fn increment_indirectly(
        &self,
        ctx: Context<'_>,
        Json(id): Json<InterpreterId>,
    ) -> HandlerResult<()> {
        increment(ctx, id).await
    }

    async fn resolve_awakeable(&self, ctx: Context<'_>, id: String) -> HandlerResult<()> {
        ctx.resolve_awakeable(&id, "ok".to_owned());
        Ok(())
    }

    async fn reject_awakeable(&self, ctx: Context<'_>, id: String) -> HandlerResult<()> {
        ctx.reject_awakeable(&id, TerminalError::new("error"));
        Ok(())
    }

    async fn increment_via_awakeable_dance(
        &self,
        ctx: Context<'_>,
        Json(request): Json<IncrementViaAwakeableDanceRequest>,
    ) -> HandlerResult<()> {
        let second = ctx.awakeable::<String>();
        ctx.resolve_awakeable(&request.tx_promise_id, second.id().to_owned());
        second.await?;
        increment(ctx, request.interpreter).await
    }
}

async fn increment(ctx: Context<'_>, id: InterpreterId) -> HandlerResult<()> {
    let program = Program { commands: vec![InterpreterCommand::IncrementStateCounter] };
    ObjectInterpreterClient::new(ctx, id.key).interpret(Json(program)).one_way().await?;
    Ok(())
}
