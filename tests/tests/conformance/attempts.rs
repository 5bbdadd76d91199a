//! Failed attempts: their delay, and what happens after the last one.

use std::{
    error::Error,
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use restate_core::{Context, HandlerError, HandlerResult, OnMaxAttempts, RetryPolicy, service};
use restate_ingress::IngressError;
use restate_tests::services::Bound;

use crate::{
    polling::{eventually, once},
    scenario::Setup,
    system::{Needs, System},
};

/// An error overrides the delay of the engine's retry policy.
pub async fn a_failure_names_the_delay(setup: Setup) {
    let system = stage_of_the_stubborn(&setup).await;
    let attempts = StubbornClient::new(system.client()).hurries().idempotency_key(once());
    assert_eq!(attempts.await.unwrap(), 2);
}

/// An error of a closure overrides the delay of its policy.
pub async fn a_failure_in_a_run_names_the_delay(setup: Setup) {
    let system = stage_of_the_stubborn(&setup).await;
    let attempts = StubbornClient::new(system.client()).hurries_in_run().idempotency_key(once());
    assert_eq!(attempts.await.unwrap(), 2);
}

pub async fn a_failure_pauses(setup: Setup) {
    let system = stage_of_the_stubborn(&setup).await;
    let sent = StubbornClient::new(system.client()).pauses().one_way().await.unwrap();
    resume(&system, sent.invocation_id()).await;
    assert_eq!(sent.attach::<u32>().await.unwrap(), 2);
}

pub async fn a_run_that_is_exhausted_pauses(setup: Setup) {
    let system = stage_of_the_stubborn(&setup).await;
    let sent = StubbornClient::new(system.client()).pauses_in_run().one_way().await.unwrap();
    resume(&system, sent.invocation_id()).await;
    assert_eq!(sent.attach::<u32>().await.unwrap(), 2);
}

/// As the service asks for it.
pub async fn the_last_attempt_pauses(setup: Setup) {
    let system = stage_of_the_stubborn(&setup).await;
    let sent = StubbornClient::new(system.client()).pauses_at_last().one_way().await.unwrap();
    resume(&system, sent.invocation_id()).await;
    assert_eq!(sent.attach::<u32>().await.unwrap(), 3);
}

/// As the service asks for it.
pub async fn the_last_attempt_ends_the_invocation(setup: Setup) {
    let system = stage_of_the_stubborn(&setup).await;
    let client = StubbornClient::new(system.client());
    let ended = client.ends_at_last().idempotency_key(once()).await.unwrap_err();
    let IngressError::Failed { error, .. } = ended else { panic!("{ended}") };
    let cause = "asking the bank: connection refused [attempt 2]";
    assert_eq!((error.code(), error.message()), (500, cause));
}

/// The caller learns the cause, the step and the attempt.
pub async fn the_last_attempt_of_a_run_fails_the_invocation(setup: Setup) {
    let system = stage_of_the_stubborn(&setup).await;
    let client = StubbornClient::new(system.client());
    let ended = client.ends_in_run().idempotency_key(once()).await.unwrap_err();
    let IngressError::Failed { error, .. } = ended else { panic!("{ended}") };
    let cause = "asking the bank: connection refused [run step `ask`, attempt 2]";
    assert_eq!((error.code(), error.message()), (500, cause));
}

/// A platform that waits for an hour before it retries, unless the error or the service overrides it.
async fn stage_of_the_stubborn(setup: &Setup) -> System {
    let hour = Duration::from_secs(3600);
    setup
        .own_system(Needs {
            // The first version of the protocol in which a handler can pause.
            environment: vec![("RESTATE_EXPERIMENTAL_ENABLE_PROTOCOL_V7", "true".to_owned())],
            services: vec![Bound::new(StubbornServer::new(Counting::default()))],
            retry_policy: RetryPolicy::new().initial_interval(hour).max_interval(hour),
            ..Needs::default()
        })
        .await
}

/// Waits until an invocation is paused, and resumes it.
async fn resume(system: &System, invocation_id: &str) {
    eventually("it pauses", async || {
        (system.status(invocation_id).await == "paused").then_some(())
    })
    .await;
    system.resume(invocation_id).await;
}

/// Fails in its first attempts, then returns the number of attempts.
#[service(name = "Stubborn")]
trait Stubborn {
    async fn hurries(&self, ctx: Context<'_>) -> HandlerResult<u32>;
    async fn hurries_in_run(&self, ctx: Context<'_>) -> HandlerResult<u32>;
    async fn pauses(&self, ctx: Context<'_>) -> HandlerResult<u32>;
    async fn pauses_in_run(&self, ctx: Context<'_>) -> HandlerResult<u32>;
    #[handler(retries(initial_interval = "1ms", max_attempts = 2, on_max_attempts = "pause"))]
    async fn pauses_at_last(&self, ctx: Context<'_>) -> HandlerResult<u32>;
    #[handler(retries(initial_interval = "1ms", max_attempts = 2, on_max_attempts = "kill"))]
    async fn ends_at_last(&self, ctx: Context<'_>) -> HandlerResult<u32>;
    async fn ends_in_run(&self, ctx: Context<'_>) -> HandlerResult<u32>;
}

/// An error whose cause says what went wrong.
#[derive(Debug)]
struct AskingTheBank(io::Error);

impl AskingTheBank {
    fn refused() -> Self {
        Self(io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused"))
    }
}

impl fmt::Display for AskingTheBank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("asking the bank")
    }
}

impl Error for AskingTheBank {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[derive(Clone, Default)]
struct Counting(Arc<AtomicU32>);

impl Counting {
    /// The number of this attempt, or an error in the first `failing` attempts.
    fn attempt(&self, failing: u32) -> HandlerResult<u32> {
        match self.0.fetch_add(1, Ordering::SeqCst) + 1 {
            attempt if attempt <= failing => {
                Err(HandlerError::from(format!("attempt {attempt} fails")))
            }
            attempt => Ok(attempt),
        }
    }
}

impl Stubborn for Counting {
    async fn hurries(&self, _: Context<'_>) -> HandlerResult<u32> {
        self.attempt(1).map_err(|error| error.retry_after(Duration::from_millis(1)))
    }

    async fn hurries_in_run(&self, ctx: Context<'_>) -> HandlerResult<u32> {
        let soon = Duration::from_millis(1);
        let attempt = || async { self.attempt(1).map_err(|error| error.retry_after(soon)) };
        let hourly = RetryPolicy::new().initial_interval(Duration::from_secs(3600));
        Ok(ctx.run(attempt).retry_policy(hourly).await?)
    }

    async fn pauses(&self, _: Context<'_>) -> HandlerResult<u32> {
        self.attempt(1).map_err(HandlerError::pause)
    }

    async fn pauses_in_run(&self, ctx: Context<'_>) -> HandlerResult<u32> {
        let once = RetryPolicy::new().max_attempts(1);
        Ok(ctx
            .run(|| async { self.attempt(1) })
            .retry_policy(once)
            .on_max_attempts(OnMaxAttempts::Pause)
            .await?)
    }

    async fn pauses_at_last(&self, _: Context<'_>) -> HandlerResult<u32> {
        self.attempt(2)
    }

    async fn ends_at_last(&self, _: Context<'_>) -> HandlerResult<u32> {
        Err(AskingTheBank::refused().into())
    }

    async fn ends_in_run(&self, ctx: Context<'_>) -> HandlerResult<u32> {
        let twice = RetryPolicy::new().initial_interval(Duration::from_millis(1)).max_attempts(2);
        let ask = ctx.run(|| async { HandlerResult::Err(AskingTheBank::refused().into()) });
        Ok(ask.name("ask").retry_policy(twice).await?)
    }
}
