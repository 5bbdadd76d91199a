//! Calls whose contract is known only at run time, and the invocations that they have started.

use hyper::Method;
use restate_core::{InvocationId, Target};
use serde::Deserialize;
use serde_json::json;

use super::IngressClient;
use crate::{
    encoded::{EncodedCall, EncodedResponse},
    error::IngressError,
    exchange::{IngressRequest, Path},
};

impl IngressClient {
    /// Makes a call and waits for its response.
    ///
    /// # Errors
    ///
    /// As calls of generated clients.
    pub async fn call_encoded(&self, call: EncodedCall) -> Result<EncodedResponse, IngressError> {
        let path = Path::call(&call.target, call.scope.as_deref());
        let request = IngressRequest::encoded(path, call)?.awaiting_result();
        self.exchange().send(request).await?.encoded()
    }

    /// Sends a call without waiting for its response, to be executed after `delay`, which the engine
    /// reads: `10s` or `PT10S`.
    ///
    /// # Errors
    ///
    /// As one-way calls of generated clients.
    pub async fn send_encoded(
        &self,
        call: EncodedCall,
        delay: Option<&str>,
    ) -> Result<InvocationId, IngressError> {
        let scope = call.scope.as_deref();
        let path = match delay {
            Some(delay) => Path::send_after(&call.target, scope, delay),
            None => Path::send(&call.target, scope, None),
        };
        let request = IngressRequest::encoded(path, call)?;
        Ok(self.submit(request).await?.invocation_id().clone())
    }

    /// The id of the invocation that a call with this idempotency key has started.
    ///
    /// # Errors
    ///
    /// When there is none: refused with status 404.
    pub async fn find_idempotent(
        &self,
        target: &Target,
        scope: Option<&str>,
        idempotency_key: &str,
    ) -> Result<InvocationId, IngressError> {
        self.look_up(json!({
            "target": "idempotentInvocation",
            "service": target.service_name(),
            "key": target.key(),
            "handler": target.handler_name(),
            "idempotencyKey": idempotency_key,
            "scope": scope,
        }))
        .await
    }

    /// The id of the `run` invocation of a workflow, by its wire name and key.
    ///
    /// # Errors
    ///
    /// When there is none: refused with status 404.
    pub async fn find_workflow(
        &self,
        service: &str,
        key: &str,
        scope: Option<&str>,
    ) -> Result<InvocationId, IngressError> {
        self.look_up(json!({
            "target": "workflow",
            "workflowName": service,
            "workflowKey": key,
            "scope": scope,
        }))
        .await
    }

    async fn look_up(&self, mut subject: serde_json::Value) -> Result<InvocationId, IngressError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Found {
            invocation_id: InvocationId,
        }

        // A Restate server (1.7.12) refuses names that it does not expect, even without a value.
        subject.as_object_mut().into_iter().for_each(|it| it.retain(|_, value| !value.is_null()));
        let request = IngressRequest::new(Method::POST, Path::lookup())
            .with_body(subject.to_string().into(), Some("application/json"))
            .retryable();
        let found: Found = self.exchange().send(request).await?.accepted()?.json()?;
        Ok(found.invocation_id)
    }
}
