//! Calls the handlers named in its requests.

use std::time::Duration;

use bytes::Bytes;
use restate_core::{Call, Context, HandlerResult, Json, Target, TerminalError, service};
use serde::{Deserialize, Serialize};

/// A call to make.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProxyRequest {
    /// Wire name of the service.
    pub service_name: String,
    /// Key of the object; `None` for a plain service.
    pub virtual_object_key: Option<String>,
    /// Wire name of the handler.
    pub handler_name: String,
    /// The encoded request.
    pub message: Vec<u8>,
    /// The delay of a one-way call.
    pub delay_millis: Option<u64>,
    /// The idempotency key.
    pub idempotency_key: Option<String>,
    /// The scope of the call.
    pub scope: Option<String>,
    /// The limit key of the call.
    pub limit_key: Option<String>,
}

/// One of many calls.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ManyCallRequest {
    /// The call.
    pub proxy_request: ProxyRequest,
    /// Whether it is a one-way call.
    pub one_way_call: bool,
    /// Whether its response is awaited at the end.
    pub await_at_the_end: bool,
}

/// Calls on behalf of others.
#[service(name = "Proxy")]
pub trait Proxy {
    /// Makes a call, and returns the response.
    async fn call(
        &self,
        ctx: Context<'_>,
        request: Json<ProxyRequest>,
    ) -> HandlerResult<Json<Vec<u8>>>;

    /// Makes a one-way call, and returns its invocation id.
    #[handler(name = "oneWayCall")]
    async fn one_way_call(
        &self,
        ctx: Context<'_>,
        request: Json<ProxyRequest>,
    ) -> HandlerResult<String>;

    /// Makes calls in order.
    #[handler(name = "manyCalls")]
    async fn many_calls(
        &self,
        ctx: Context<'_>,
        requests: Json<Vec<ManyCallRequest>>,
    ) -> HandlerResult<()>;
}

/// Forwards requests as bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forward;

impl Proxy for Forward {
    async fn call(
        &self,
        ctx: Context<'_>,
        Json(request): Json<ProxyRequest>,
    ) -> HandlerResult<Json<Vec<u8>>> {
        let response = request.into_call(ctx).await?;
        Ok(Json(response.into()))
    }

    async fn one_way_call(
        &self,
        ctx: Context<'_>,
        Json(request): Json<ProxyRequest>,
    ) -> HandlerResult<String> {
        let handle = request.send(ctx).await?;
        Ok(handle.invocation_id().await?.into())
    }

    async fn many_calls(
        &self,
        ctx: Context<'_>,
        Json(requests): Json<Vec<ManyCallRequest>>,
    ) -> HandlerResult<()> {
        let mut awaited = Vec::new();
        for ManyCallRequest { proxy_request, one_way_call, await_at_the_end } in requests {
            if one_way_call {
                proxy_request.send(ctx).await?;
            } else {
                let reply = proxy_request.into_call(ctx).call();
                if await_at_the_end {
                    awaited.push(reply);
                }
            }
        }
        for reply in awaited {
            reply.await?;
        }
        Ok(())
    }
}

impl ProxyRequest {
    fn into_call(self, ctx: Context<'_>) -> Call<Context<'_>, Bytes, Bytes> {
        let target = match self.virtual_object_key {
            Some(key) => Target::object(self.service_name, key, self.handler_name),
            None => Target::service(self.service_name, self.handler_name),
        };
        let mut call = Call::new(&ctx, target, Bytes::from(self.message));
        if let Some(key) = self.idempotency_key {
            call = call.idempotency_key(key);
        }
        if let Some(scope) = self.scope {
            call = call.scope(scope);
        }
        if let Some(key) = self.limit_key {
            call = call.limit_key(key);
        }
        call
    }

    async fn send(
        self,
        ctx: Context<'_>,
    ) -> Result<restate_core::InvocationHandle<'_>, TerminalError> {
        match self.delay_millis {
            Some(millis) => self.into_call(ctx).delayed(Duration::from_millis(millis)).await,
            None => self.into_call(ctx).one_way().await,
        }
    }
}
