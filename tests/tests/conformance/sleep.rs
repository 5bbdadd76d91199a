//! Durable timers.

use std::time::Duration;

use futures::future::join_all;
use restate_tests::services::{AwaitableCommand, Command};
use tokio::time::Instant;

use crate::{combinators::execute, scenario::Setup};

pub async fn sleep(setup: Setup) {
    let started = Instant::now();
    let command = AwaitableCommand::Sleep { timeout_millis: 10 };
    assert_eq!(execute(&setup, Command::AwaitOne { command }).await.unwrap(), "sleep");
    assert!(started.elapsed() >= Duration::from_millis(10), "after {:?}", started.elapsed());
}

/// Fifty handlers, each with twenty timers of 10 to 50 ms.
pub async fn many_sleeps(setup: Setup) {
    let handlers = (0..50_u64).map(|handler| {
        let timers = (0..20_u64).map(move |timer| AwaitableCommand::Sleep {
            timeout_millis: 10 + (handler * 7 + timer * 13) % 41,
        });
        execute(&setup, Command::AwaitAllCompleted { commands: timers.collect() })
    });
    for result in join_all(handlers).await {
        assert_eq!(result.unwrap(), ["ok:sleep"; 20].join("|"));
    }
}
