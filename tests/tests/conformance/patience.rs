//! Waiting for what others bring about, and names that nobody else has.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How long something may take before it is taken to never happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer.
pub async fn eventually<T, Fut>(what: &str, mut ask: impl FnMut() -> Fut) -> T
where
    Fut: Future<Output = Option<T>>,
{
    let asked = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let answered = tokio::time::timeout(PATIENCE, asked).await;
    answered.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

/// A key that no other scenario has.
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);

    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// An idempotency key for one request: with it the client repeats the request if it has to.
pub fn once() -> String {
    unique("request")
}
