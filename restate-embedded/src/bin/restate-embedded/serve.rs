//! `restate-embedded serve`: an engine without services of its own.

mod duration;
mod log;
mod options;
mod tls;
#[cfg(feature = "otlp")]
mod traces;

use std::process::ExitCode;

use restate_embedded::shutdown_signal;
use tracing::error;
#[cfg(feature = "otlp")]
use tracing_subscriber::Layer as _;

pub(super) use options::Serve;

/// Runs until it is told to stop.
pub(super) fn run(serve: Serve) -> ExitCode {
    #[cfg(feature = "otlp")]
    let otlp = match serve.traces.start() {
        Ok(otlp) => otlp,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    #[cfg(feature = "otlp")]
    let spans = otlp.as_ref().map(|otlp| otlp.layer().boxed());
    #[cfg(not(feature = "otlp"))]
    let spans = None;
    log::start(serve.log, serve.log_format, spans);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            error!("no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(until_told_to_stop(serve));
    #[cfg(feature = "otlp")]
    if let Some(otlp) = otlp {
        otlp.shutdown();
    }
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn until_told_to_stop(serve: Serve) -> Result<(), String> {
    // The engine logs where it serves, and may be told to stop right after that.
    let shutdown = shutdown_signal();
    let engine = serve.builder()?.start().await.map_err(|error| error.to_string())?;
    engine.run_until(shutdown).await.map_err(|error| error.to_string())
}
