//! Polling for conditions, and unique names.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The time after which a test gives up waiting.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Calls `ask` repeatedly until it returns a value.
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
    let answered = tokio::time::timeout(TIME_LIMIT, asked).await;
    answered.unwrap_or_else(|_| panic!("{what}: not after {TIME_LIMIT:?}"))
}

/// A unique key: tests share a platform.
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);

    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A unique idempotency key, with which the client may retry the request.
pub fn once() -> String {
    unique("request")
}
