//! Signals between invocations.

use restate_core::Json;
use restate_ingress::InvocationHandle;
use restate_tests::services::{
    AwaitableCommand, Command, RejectSignalRequest, ResolveSignalRequest, TestUtilsServiceClient,
};

use crate::{combinators::submit, polling::once, scenario::Setup};

pub async fn resolve(setup: Setup) {
    let submitted = await_a_signal(&setup).await;
    resolve_signal(&setup, submitted.invocation_id(), "mysignal", "hello").await;
    assert_eq!(submitted.attach::<String>().await.unwrap(), "hello");
}

pub async fn reject(setup: Setup) {
    let submitted = await_a_signal(&setup).await;
    reject_signal(&setup, submitted.invocation_id(), "mysignal", "boom").await;
    let error = submitted.attach::<String>().await.unwrap_err();
    assert!(error.terminal().unwrap().message().contains("boom"), "{error}");
}

async fn await_a_signal(setup: &Setup) -> InvocationHandle {
    let command = AwaitableCommand::CreateSignal { signal_name: "mysignal".to_owned() };
    submit(setup, Command::AwaitOne { command }).await
}

pub async fn resolve_signal(setup: &Setup, invocation_id: &str, name: &str, value: &str) {
    let utils = TestUtilsServiceClient::new(setup.client());
    let request = ResolveSignalRequest {
        invocation_id: invocation_id.to_owned(),
        signal_name: name.to_owned(),
        value: value.to_owned(),
    };
    utils.resolve_signal(Json(request)).idempotency_key(once()).await.unwrap();
}

pub async fn reject_signal(setup: &Setup, invocation_id: &str, name: &str, reason: &str) {
    let utils = TestUtilsServiceClient::new(setup.client());
    let request = RejectSignalRequest {
        invocation_id: invocation_id.to_owned(),
        signal_name: name.to_owned(),
        reason: reason.to_owned(),
    };
    utils.reject_signal(Json(request)).idempotency_key(once()).await.unwrap();
}
