//! `restate-embedded serve`: an engine without services of its own.

use std::{env, num::NonZeroUsize, path::PathBuf, process::ExitCode, time::Duration};

use restate_embedded::{Engine, EngineBuilder, Tokens, shutdown_signal};
use tracing::{Level, error};

/// The options of an engine without services of its own.
#[derive(clap::Args)]
pub(super) struct Serve {
    /// The address of the ingress, which takes calls.
    #[arg(long, env = "RESTATE_EMBEDDED_INGRESS", default_value = "127.0.0.1:8080")]
    ingress: String,
    /// The URL of a deployment; can be repeated. In the variable, commas separate them.
    #[arg(
        long = "deployment",
        value_name = "URL",
        env = "RESTATE_EMBEDDED_DEPLOYMENT",
        value_delimiter = ','
    )]
    deployments: Vec<String>,
    /// Reaches these deployments over HTTP/1.1.
    #[arg(long, env = "RESTATE_EMBEDDED_USE_HTTP_11")]
    use_http_11: bool,
    /// How many attempts one deployment has at a time.
    #[arg(long, env = "RESTATE_EMBEDDED_DEPLOYMENT_CONCURRENCY", default_value = "1000")]
    deployment_concurrency: NonZeroUsize,
    /// Seconds after which an attempt is asked to suspend that makes no progress.
    #[arg(long, value_name = "SECONDS", env = "RESTATE_EMBEDDED_INACTIVITY_TIMEOUT")]
    inactivity_timeout: Option<f64>,
    /// Seconds after that in which it has to suspend.
    #[arg(long, value_name = "SECONDS", env = "RESTATE_EMBEDDED_ABORT_TIMEOUT")]
    abort_timeout: Option<f64>,
    /// A file with the tokens of clients of the ingress; without it, everybody may call.
    #[arg(long, value_name = "FILE", env = "RESTATE_EMBEDDED_INGRESS_TOKENS")]
    ingress_tokens: Option<PathBuf>,
    /// A file with the tokens of clients of the admin interface.
    #[arg(long, value_name = "FILE", env = "RESTATE_EMBEDDED_ADMIN_TOKENS")]
    admin_tokens: Option<PathBuf>,
    /// Listens on addresses that other machines can reach, without tokens and TLS.
    #[arg(long, env = "RESTATE_EMBEDDED_ALLOW_UNPROTECTED")]
    allow_unprotected: bool,
}

impl Serve {
    /// Runs until it is told to stop.
    pub(super) fn run(self, admin: &str, data: PathBuf) -> ExitCode {
        let level = env::var("RESTATE_EMBEDDED_LOG").ok();
        let level = match level.map(|level| level.parse::<Level>()).transpose() {
            Ok(level) => level.unwrap_or(Level::INFO),
            Err(_) => {
                eprintln!("RESTATE_EMBEDDED_LOG is none of error, warn, info, debug and trace");
                return ExitCode::FAILURE;
            }
        };
        tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).init();
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                error!("no threads can be started: {error}");
                return ExitCode::FAILURE;
            }
        };
        match runtime.block_on(self.serve(admin, data)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                error!("{error}");
                ExitCode::FAILURE
            }
        }
    }

    async fn serve(self, admin: &str, data: PathBuf) -> Result<(), String> {
        let engine = self.builder(admin, data)?.start().await.map_err(|error| error.to_string())?;
        engine.run_until(shutdown_signal()).await.map_err(|error| error.to_string())
    }

    fn builder(self, admin: &str, data: PathBuf) -> Result<EngineBuilder, String> {
        let admin = admin.strip_prefix("http://").unwrap_or(admin).trim_end_matches('/');
        let mut builder = Engine::builder()
            .data_dir(data)
            .ingress(self.ingress)
            .admin(admin)
            .deployment_concurrency(self.deployment_concurrency);
        for url in self.deployments {
            let address = restate_embedded::DeploymentAddress::new(url);
            let address = if self.use_http_11 { address.use_http_11() } else { address };
            builder = builder.deployment(address);
        }
        if let Some(timeout) = seconds(self.inactivity_timeout)? {
            builder = builder.inactivity_timeout(timeout);
        }
        if let Some(timeout) = seconds(self.abort_timeout)? {
            builder = builder.abort_timeout(timeout);
        }
        if let Some(file) = self.ingress_tokens {
            builder = builder.ingress_tokens(Tokens::file(file));
        }
        if let Some(file) = self.admin_tokens {
            builder = builder.admin_tokens(Tokens::file(file));
        }
        Ok(if self.allow_unprotected { builder.allow_unprotected() } else { builder })
    }
}

fn seconds(seconds: Option<f64>) -> Result<Option<Duration>, String> {
    let duration = seconds.map(Duration::try_from_secs_f64).transpose();
    duration.map_err(|error| format!("a timeout is not a number of seconds: {error}"))
}
