//! Results, waited for or looked at.

use restate_core::{Payload, Target};

use super::{IngressClient, question};
use crate::{
    error::IngressError,
    exchange::{Ask, Path},
};

/// How an engine's 470 reads: the invocation is there, its output is not.
const NOT_READY: u16 = 470;

/// The result of an invocation that is known by what it was started for.
#[derive(Clone, Debug)]
pub struct Attachment {
    client: IngressClient,
    subject: Subject,
}

#[derive(Clone, Debug)]
enum Subject {
    Invocation { id: String },
    Idempotent { target: Target, key: String },
    Workflow { service: String, key: String },
}

impl Attachment {
    pub(crate) fn invocation(client: IngressClient, id: String) -> Self {
        Self { client, subject: Subject::Invocation { id } }
    }

    pub(crate) fn idempotent(client: IngressClient, target: Target, key: String) -> Self {
        Self { client, subject: Subject::Idempotent { target, key } }
    }

    pub(crate) fn workflow(client: IngressClient, service: String, key: String) -> Self {
        Self { client, subject: Subject::Workflow { service, key } }
    }

    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// The failure that the invocation has ended with. When the engine knows no such invocation,
    /// or its result is not retained any more: code 404 as a failure or a refusal, by engine.
    pub async fn attach<T: Payload>(&self) -> Result<T, IngressError> {
        let question = question(self.path(Ask::Attach)).awaiting_result();
        let answer = self.client.exchange().answer(question).await?;
        Ok(answer.result()?.decode()?)
    }

    /// The result, or `None` while it is not there; does not wait for it.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach).
    pub async fn output<T: Payload>(&self) -> Result<Option<T>, IngressError> {
        let question = question(self.path(Ask::Output));
        let answer = self.client.exchange().answer(question).await?;
        if answer.status.as_u16() == NOT_READY {
            return Ok(None);
        }
        Ok(Some(answer.result()?.decode()?))
    }

    fn path(&self, ask: Ask) -> Path {
        match &self.subject {
            Subject::Invocation { id } => Path::invocation(id, ask),
            Subject::Idempotent { target, key } => Path::idempotent(target, key, ask),
            Subject::Workflow { service, key } => Path::workflow(service, key, ask),
        }
    }
}
