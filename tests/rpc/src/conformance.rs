//! The service of Connect's conformance suite, as a durable one.

#[allow(unreachable_pub, reason = "nobody else needs the contract")]
mod contract {
    restate_core::include_proto!("connectrpc.conformance.v1");
}

use std::{collections::BTreeMap, time::Duration};

use restate_core::{Context, HandlerResult, RpcCode, TerminalError, handlers};
use restate_embedded::{Engine, EngineBuilder};

use self::contract::{
    ConformanceService, ConformanceServiceServer, Header, UnaryRequest, UnaryResponse,
    conformance_payload::RequestInfo, unary_response_definition::Response,
};

/// The longest message, which the cases about sizes refer to.
pub const LIMIT: usize = 200 << 10;

/// A builder of an engine in memory with the service, on a free port.
pub fn engine() -> EngineBuilder {
    let engine = Engine::builder().bind(ConformanceServiceServer::new(Referee));
    engine.in_memory().ingress("127.0.0.1:0").body_limit(LIMIT)
}

/// Answers as requests say.
#[derive(Clone, Copy, Debug)]
struct Referee;

#[handlers]
impl ConformanceService for Referee {
    async fn unary(&self, ctx: Context<'_>, request: UnaryRequest) -> HandlerResult<UnaryResponse> {
        answer(ctx, request).await
    }

    async fn idempotent_unary(
        &self,
        ctx: Context<'_>,
        request: UnaryRequest,
    ) -> HandlerResult<UnaryResponse> {
        answer(ctx, request).await
    }
}

async fn answer(ctx: Context<'_>, request: UnaryRequest) -> HandlerResult<UnaryResponse> {
    let info = info(ctx.headers());
    let definition = request.response_definition.unwrap_or_default();
    if definition.response_delay_ms > 0 {
        ctx.sleep(Duration::from_millis(definition.response_delay_ms.into())).await?;
    }
    let data = match definition.response {
        Some(Response::Error(error)) => {
            let code = u32::try_from(error.code).ok().and_then(RpcCode::from_number);
            let code = code.unwrap_or(RpcCode::Unknown);
            let failure = TerminalError::with_code(code.http_status(), error.message());
            return Err(failure.with_rpc_code(code).with_detail(&info).into());
        }
        Some(Response::ResponseData(data)) => data,
        None => Default::default(),
    };
    let payload = contract::ConformancePayload { data, request_info: Some(info) };
    Ok(UnaryResponse { payload: Some(payload) })
}

/// What the service sees of a request.
fn info<'h>(headers: impl Iterator<Item = (&'h str, &'h str)>) -> RequestInfo {
    let mut by_name = BTreeMap::<_, Vec<_>>::new();
    let mut timeout_ms = None;
    for (name, value) in headers {
        match name {
            "connect-timeout-ms" => timeout_ms = value.parse().ok(),
            "grpc-timeout" => timeout_ms = value.strip_suffix('m').and_then(|it| it.parse().ok()),
            _ => by_name.entry(name.to_owned()).or_default().push(value.to_owned()),
        }
    }
    let headers = by_name.into_iter().map(|(name, value)| Header { name, value });
    RequestInfo { request_headers: headers.collect(), timeout_ms }
}
