//! `grpc.health.v1`: whether services take calls.

use std::fmt::Display;

use bytes::Bytes;
use restate_core::RpcCode;

use super::{
    SERVICES,
    messages::health::{
        HealthCheckRequest, HealthCheckResponse, HealthListResponse,
        health_check_response::ServingStatus,
    },
};
use crate::{
    calls::{Calls, Serving},
    status::RpcStatus,
    stream::{Requests, Responses},
};

/// The status of a service, or of all with the empty name.
pub(super) async fn check<C: Calls>(
    calls: &C,
    request: &HealthCheckRequest,
) -> Result<HealthCheckResponse, RpcStatus> {
    let status = status(calls, &request.service, calls.serving().await);
    status.map(response).ok_or_else(|| {
        let text = format!("no such service: `{}`", request.service);
        RpcStatus::new(RpcCode::NotFound, text)
    })
}

/// The status of each service.
pub(super) async fn list<C: Calls>(calls: &C) -> HealthListResponse {
    let now = response(status_of(calls.serving().await));
    let services = calls.services().into_iter().map(|service| service.name);
    let own = SERVICES.into_iter().chain([""]).map(str::to_owned);
    HealthListResponse { statuses: services.chain(own).map(|name| (name, now)).collect() }
}

/// Sends the status of a service now and whenever it changes, until the engine stops.
pub(super) async fn watch<C, B>(
    calls: &C,
    mut requests: Requests<B>,
    responses: Responses,
) -> Result<(), RpcStatus>
where
    C: Calls,
    B: http_body::Body<Data = Bytes, Error: Display> + Send,
{
    let request: HealthCheckRequest = requests.only().await?;
    let mut now = calls.serving().await;
    let mut sent = None;
    loop {
        // A client keeps waiting for a service that may be bound later.
        let status = status(calls, &request.service, now).unwrap_or(ServingStatus::ServiceUnknown);
        if sent != Some(status) {
            responses.send(&response(status)).await?;
            sent = Some(status);
        }
        if now == Serving::Draining {
            return Err(RpcStatus::new(RpcCode::Unavailable, "the engine is stopping"));
        }
        now = calls.serving_unlike(now).await;
    }
}

fn status<C: Calls>(calls: &C, service: &str, now: Serving) -> Option<ServingStatus> {
    let is_known = service.is_empty()
        || SERVICES.contains(&service)
        || calls.services().iter().any(|known| known.name == service);
    is_known.then(|| status_of(now))
}

fn status_of(now: Serving) -> ServingStatus {
    match now {
        Serving::Serving => ServingStatus::Serving,
        Serving::Draining | Serving::Failed | Serving::Unreachable => ServingStatus::NotServing,
    }
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
