//! Timers survive the process that waits for them.

use std::time::Duration;

use restate_core::Json;
use restate_tests::services::{
    AwaitableCommand, Command, InterpretRequest, VirtualObjectCommandInterpreterClient,
};
use tokio::time::Instant;

use crate::{
    polling::once,
    scenario::Setup,
    system::{Needs, System},
};

pub async fn crashed_handlers(setup: Setup) {
    let mut system = setup.own_system(Needs::default()).await;
    let asleep = Asleep::fall(&system).await;
    system.crash_handlers().await;
    asleep.wakes_in_time(&system).await;
}

pub async fn restarted_handlers(setup: Setup) {
    let mut system = setup.own_system(Needs::default()).await;
    let asleep = Asleep::fall(&system).await;
    system.restart_handlers().await;
    asleep.wakes_in_time(&system).await;
}

const DURATION: Duration = Duration::from_secs(4);

/// A handler that sleeps.
struct Asleep {
    id: restate_core::InvocationId,
    started: Instant,
}

impl Asleep {
    /// Starts a handler, and returns while it sleeps.
    async fn fall(system: &System) -> Self {
        let timeout_millis = DURATION.as_millis().try_into().unwrap();
        let command = AwaitableCommand::Sleep { timeout_millis };
        let request = InterpretRequest { commands: vec![Command::AwaitOne { command }] };
        let interpreter = VirtualObjectCommandInterpreterClient::new(system.client(), "asleep");
        let started = Instant::now();
        let call = interpreter.interpret_commands(Json(request)).idempotency_key(once());
        let id = call.one_way().await.unwrap().invocation_id().to_owned();
        // The failure has to happen in the middle of the sleep.
        tokio::time::sleep(DURATION / 4).await;
        Self { id, started }
    }

    async fn wakes_in_time(self, system: &System) {
        let result = system.client().invocation(self.id).attach::<String>().await.unwrap();
        let elapsed = self.started.elapsed();
        assert_eq!(result, "sleep");
        assert!(elapsed >= DURATION, "after {elapsed:?}");
    }
}
