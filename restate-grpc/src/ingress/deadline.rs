//! Calls of clients that do not wait for ever.

use std::{
    fmt::Write as _,
    future::{pending, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use restate_core::{InvocationId, Target};
use restate_ingress::{EncodedCall, EncodedResponse, IngressClient, IngressError};
use tokio::time::{sleep, timeout};

/// Pause before a lookup that has found nothing is repeated: the invocation is being accepted.
const LOOKUP_PAUSE: Duration = Duration::from_millis(10);

/// How the invocation of a call can be found while it runs.
#[derive(Clone, Debug)]
pub(super) enum KnownBy {
    IdempotencyKey { target: Target, scope: Option<String>, key: String },
    Workflow { target: Target, scope: Option<String> },
    Nothing,
}

/// What came of waiting.
pub(super) enum Waited {
    Finished(Result<EncodedResponse, IngressError>),
    /// The time is over. The invocation goes on.
    Left(Option<InvocationId>),
}

/// Waits for a response, at most this long.
///
/// An ingress names the invocation only in its response. So when half of the time has passed, it is
/// asked for the id as well, which a client needs to ask for the result later.
pub(super) async fn call_within(
    client: &IngressClient,
    call: EncodedCall,
    known_by: KnownBy,
    wait: Duration,
) -> Waited {
    let mut calling = pin!(client.call_encoded(call));
    let first = wait / 2;
    if let Ok(response) = timeout(first, &mut calling).await {
        return Waited::Finished(response);
    }
    let mut looking_up = pin!(look_up(client, known_by));
    let mut id = None;
    let both = poll_fn(|cx| {
        if id.is_none()
            && let Poll::Ready(found) = looking_up.as_mut().poll(cx)
        {
            id = Some(found);
        }
        calling.as_mut().poll(cx)
    });
    match timeout(wait.saturating_sub(first), both).await {
        Ok(response) => Waited::Finished(response),
        Err(_) => Waited::Left(id),
    }
}

async fn look_up(client: &IngressClient, known_by: KnownBy) -> InvocationId {
    loop {
        let found = match &known_by {
            KnownBy::IdempotencyKey { target, scope, key } => {
                client.find_idempotent(target, scope.as_deref(), key).await
            }
            KnownBy::Workflow { target, scope } => {
                let key = target.key().unwrap_or_default();
                client.find_workflow(target.service_name(), key, scope.as_deref()).await
            }
            KnownBy::Nothing => pending().await,
        };
        match found {
            Ok(id) => return id,
            Err(_) => sleep(LOOKUP_PAUSE).await,
        }
    }
}

/// An idempotency key that no other call has; `None` if the operating system has no random numbers.
pub(super) fn own_key() -> Option<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).ok()?;
    let mut key = String::from("deadline-");
    for byte in random {
        write!(key, "{byte:02x}").expect("writing to a string succeeds");
    }
    Some(key)
}
