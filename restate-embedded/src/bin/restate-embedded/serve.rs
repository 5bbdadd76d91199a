//! `restate-embedded serve`: an engine without services of its own.

mod duration;
mod options;
mod tls;

use std::process::ExitCode;

use restate_embedded::shutdown_signal;
use tracing::error;

use options::LogFormat;
pub(super) use options::Serve;

/// Runs until it is told to stop.
pub(super) fn run(serve: Serve) -> ExitCode {
    let log = tracing_subscriber::fmt().with_max_level(serve.log).with_writer(std::io::stderr);
    match serve.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            error!("no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(until_told_to_stop(serve)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn until_told_to_stop(serve: Serve) -> Result<(), String> {
    let engine = serve.builder()?.start().await.map_err(|error| error.to_string())?;
    engine.run_until(shutdown_signal()).await.map_err(|error| error.to_string())
}
