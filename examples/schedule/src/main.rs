//! `cargo run -p restate-schedule-example`, then
//! `curl localhost:8080/reports.v1.Reports/Subscribe -H 'content-type: application/json' -d '{"to":"ann"}'`.

use restate::{Engine, embedded::shutdown_signal};
use restate_schedule::{Declared, Schedules, directory, schedule};
use restate_schedule_example::{ToTerminal, contract::ReportsServer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    // Before it serves, so that no signal is missed.
    let shutdown = shutdown_signal();
    let reports = ReportsServer::new(ToTerminal);
    let declared = Declared::by("reports").service(&reports)?;
    let engine = Engine::builder()
        .bind(reports)
        .bind(schedule())
        .bind(directory())
        .data_dir("restate-data")
        .ingress("127.0.0.1:8080")
        .start()
        .await?;
    Schedules::new(engine.client()).reconcile(&declared).await?;
    engine.run_until(shutdown).await?;
    Ok(())
}
