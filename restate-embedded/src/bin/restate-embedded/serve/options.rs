use std::{fmt, fs, num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::{ValueEnum, builder::BoolishValueParser};
use restate_core::{OnMaxAttempts, RetryPolicy};
use restate_embedded::{DeploymentAddress, Engine, EngineBuilder, Tokens};
use tracing::Level;

use super::{duration::duration, tls};

/// The options of an engine without services of its own. Each can also be set by a variable.
#[derive(clap::Args)]
pub(crate) struct Serve {
    /// The directory of the database. One engine at a time uses it.
    #[arg(
        long,
        value_name = "DIRECTORY",
        env = "RESTATE_EMBEDDED_DATA",
        default_value = "restate-data"
    )]
    data: PathBuf,
    /// The lowest level that is logged, to standard error: error, warn, info, debug or trace.
    #[arg(long, value_name = "LEVEL", env = "RESTATE_EMBEDDED_LOG", default_value = "info")]
    pub(super) log: Level,
    /// How log lines are written.
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        env = "RESTATE_EMBEDDED_LOG_FORMAT",
        default_value = "text"
    )]
    pub(super) log_format: LogFormat,
    /// How long a shutdown waits for handlers to suspend.
    #[arg(
        long,
        value_name = "DURATION",
        env = "RESTATE_EMBEDDED_SHUTDOWN_TIMEOUT",
        default_value = "10s",
        value_parser = duration
    )]
    shutdown_timeout: Duration,
    #[command(flatten)]
    servers: Servers,
    #[command(flatten)]
    deployments: Deployments,
    #[command(flatten)]
    invocations: Invocations,
    #[cfg(feature = "otlp")]
    #[command(flatten)]
    pub(super) traces: super::traces::Traces,
    #[command(flatten)]
    _of_clients: OfClients,
}

/// The form of a log line.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object in each line, for programs that collect logs.
    Json,
}

/// Options of the program that make no sense here: declared to be hidden, and refused by `main`.
#[derive(clap::Args)]
struct OfClients {
    #[arg(long, hide = true)]
    token_file: Option<PathBuf>,
    #[arg(long, hide = true)]
    ca: Option<PathBuf>,
    #[arg(long, hide = true)]
    json: bool,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Ingress and admin interface")]
struct Servers {
    /// The address of the ingress, which takes calls.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "RESTATE_EMBEDDED_INGRESS",
        default_value = "127.0.0.1:8080"
    )]
    ingress: String,
    /// The address of the admin interface, which shows and changes everything.
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "RESTATE_EMBEDDED_ADMIN",
        default_value = "127.0.0.1:9070"
    )]
    admin: String,
    /// A file (PEM) with the certificate, and those that it depends on: both listen with TLS only.
    #[arg(long, value_name = "FILE", env = "RESTATE_EMBEDDED_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// A file (PEM) with the private key of the certificate.
    #[arg(long, value_name = "FILE", env = "RESTATE_EMBEDDED_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A file with the tokens of clients of the ingress, one `NAME read|change TOKEN` per line. Without it,
    /// everybody may call.
    #[arg(long, value_name = "FILE", env = "RESTATE_EMBEDDED_INGRESS_TOKENS")]
    ingress_tokens: Option<PathBuf>,
    /// A file with the tokens of clients of the admin interface, in the same form.
    #[arg(long, value_name = "FILE", env = "RESTATE_EMBEDDED_ADMIN_TOKENS")]
    admin_tokens: Option<PathBuf>,
    /// Listens on addresses that other machines can reach, without tokens or TLS.
    #[arg(
        long,
        env = "RESTATE_EMBEDDED_ALLOW_UNPROTECTED",
        value_parser = BoolishValueParser::new()
    )]
    allow_unprotected: bool,
    /// A host name under which clients call, besides IP addresses and localhost, or `*`; can be repeated.
    /// In the variable, commas separate them.
    #[arg(
        long = "host",
        value_name = "NAME",
        env = "RESTATE_EMBEDDED_HOST",
        value_delimiter = ','
    )]
    hosts: Vec<String>,
    /// An origin whose web pages may call, such as https://app.example.com, or `*`; can be repeated. In the
    /// variable, commas separate them.
    #[arg(long, value_name = "ORIGIN", env = "RESTATE_EMBEDDED_CORS", value_delimiter = ',')]
    cors: Vec<String>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Deployments")]
struct Deployments {
    /// The URL of a deployment, such as http://localhost:9080; can be repeated. In the variable, commas
    /// separate them. Others can be registered while the engine runs: `POST /deployments`.
    #[arg(
        long = "deployment",
        value_name = "URL",
        env = "RESTATE_EMBEDDED_DEPLOYMENT",
        value_delimiter = ','
    )]
    urls: Vec<String>,
    /// A file with the contracts of services of deployments, which makes these callable over gRPC and their
    /// messages readable: an encoded FileDescriptorSet, as `buf build -o` writes it. Can be repeated; in the
    /// variable, commas separate them.
    #[arg(
        long = "descriptor-set",
        value_name = "FILE",
        env = "RESTATE_EMBEDDED_DESCRIPTOR_SET",
        value_delimiter = ','
    )]
    descriptor_sets: Vec<PathBuf>,
    /// Reaches these deployments over HTTP/1.1.
    #[arg(
        long,
        env = "RESTATE_EMBEDDED_USE_HTTP_11",
        value_parser = BoolishValueParser::new()
    )]
    use_http_11: bool,
    /// A header of each request to these deployments, such as `authorization: Bearer ..`; can be repeated.
    /// In the variable, each has a line.
    #[arg(
        long = "deployment-header",
        value_name = "NAME: VALUE",
        env = "RESTATE_EMBEDDED_DEPLOYMENT_HEADER",
        value_delimiter = '\n',
        value_parser = header,
        hide_env_values = true
    )]
    headers: Vec<(String, String)>,
    /// A file (PEM) with certificate authorities that deployments with https:// may have, besides those
    /// that the system trusts.
    #[arg(long, value_name = "FILE", env = "RESTATE_EMBEDDED_DEPLOYMENT_CA")]
    deployment_ca: Option<PathBuf>,
    /// A file (PEM) with an Ed25519 key that signs the requests to all deployments:
    /// `openssl genpkey -algorithm ed25519`.
    #[arg(long, value_name = "FILE", env = "RESTATE_EMBEDDED_REQUEST_IDENTITY_KEY")]
    request_identity_key: Option<PathBuf>,
    /// How many attempts one deployment has at a time.
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RESTATE_EMBEDDED_DEPLOYMENT_CONCURRENCY",
        default_value = "1000"
    )]
    deployment_concurrency: NonZeroUsize,
}

/// What applies where the services do not say otherwise. Without a value, the engine has its defaults.
#[derive(clap::Args)]
#[command(next_help_heading = "Invocations, unless their services say otherwise")]
struct Invocations {
    /// How long an attempt makes no progress before it is asked to suspend [default: 1m].
    #[arg(
        long,
        value_name = "DURATION",
        env = "RESTATE_EMBEDDED_INACTIVITY_TIMEOUT",
        value_parser = duration
    )]
    inactivity_timeout: Option<Duration>,
    /// How long after that it may take to suspend before it is stopped and retried [default: 10m].
    #[arg(
        long,
        value_name = "DURATION",
        env = "RESTATE_EMBEDDED_ABORT_TIMEOUT",
        value_parser = duration
    )]
    abort_timeout: Option<Duration>,
    /// How long to wait before the first retry of a failed attempt [default: 100ms].
    #[arg(
        long,
        value_name = "DURATION",
        env = "RESTATE_EMBEDDED_RETRY_INITIAL_INTERVAL",
        value_parser = duration
    )]
    retry_initial_interval: Option<Duration>,
    /// What that is multiplied by after each further failure, at least 1 [default: 2].
    #[arg(
        long,
        value_name = "FACTOR",
        env = "RESTATE_EMBEDDED_RETRY_FACTOR",
        value_parser = factor
    )]
    retry_factor: Option<f64>,
    /// The longest wait before a retry [default: 10s].
    #[arg(
        long,
        value_name = "DURATION",
        env = "RESTATE_EMBEDDED_RETRY_MAX_INTERVAL",
        value_parser = duration
    )]
    retry_max_interval: Option<Duration>,
    /// How many attempts are made without progress, the first included [default: any number].
    #[arg(
        long,
        value_name = "NUMBER",
        env = "RESTATE_EMBEDDED_RETRY_MAX_ATTEMPTS",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    retry_max_attempts: Option<u32>,
    /// What becomes of an invocation after the last attempt [default: pause].
    #[arg(long, value_enum, value_name = "ACTION", env = "RESTATE_EMBEDDED_ON_MAX_ATTEMPTS")]
    on_max_attempts: Option<AtTheEnd>,
    /// How long results are kept that may be asked for later: those of calls with an idempotency key, of
    /// sends and of workflows [default: 1d].
    #[arg(
        long,
        value_name = "DURATION",
        env = "RESTATE_EMBEDDED_RETENTION",
        value_parser = duration
    )]
    retention: Option<Duration>,
    /// How long the journals of ended invocations are kept, at most as long as their results [default: 1d].
    #[arg(
        long,
        value_name = "DURATION",
        env = "RESTATE_EMBEDDED_JOURNAL_RETENTION",
        value_parser = duration
    )]
    journal_retention: Option<Duration>,
    /// Whether calls without an idempotency key are kept as well, so that people can look at them.
    #[arg(
        long,
        value_name = "BOOL",
        env = "RESTATE_EMBEDDED_RETAIN_CALLS",
        default_value = "true",
        value_parser = BoolishValueParser::new(),
        action = clap::ArgAction::Set
    )]
    retain_calls: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum AtTheEnd {
    /// It is kept, and goes on when it is resumed.
    Pause,
    /// It ends with the error of the last attempt.
    Kill,
}

impl Serve {
    /// An engine with these options.
    pub(super) fn builder(self) -> Result<EngineBuilder, String> {
        #[cfg(feature = "otlp")]
        let traces = self.traces;
        let Self { data, shutdown_timeout, servers, deployments, invocations, .. } = self;
        let builder = Engine::builder().data_dir(data).shutdown_timeout(shutdown_timeout);
        #[cfg(feature = "otlp")]
        let builder = traces.apply(builder);
        let builder = servers.apply(builder)?;
        Ok(invocations.apply(deployments.apply(builder)?))
    }
}

impl Servers {
    fn apply(self, mut builder: EngineBuilder) -> Result<EngineBuilder, String> {
        builder = builder.ingress(listen(&self.ingress)).admin(listen(&self.admin));
        if let (Some(certificate), Some(key)) = (self.tls_cert, self.tls_key) {
            builder = builder.tls(tls::server(&certificate, &key)?);
        }
        if let Some(file) = self.ingress_tokens {
            builder = builder.ingress_tokens(Tokens::file(file));
        }
        if let Some(file) = self.admin_tokens {
            builder = builder.admin_tokens(Tokens::file(file));
        }
        if self.allow_unprotected {
            builder = builder.allow_unprotected();
        }
        Ok(builder.hosts(self.hosts).cors(self.cors))
    }
}

impl Deployments {
    fn apply(self, mut builder: EngineBuilder) -> Result<EngineBuilder, String> {
        builder = builder.deployment_concurrency(self.deployment_concurrency);
        // A variable that is set to nothing names no deployment.
        for url in self.urls.into_iter().filter(|url| !url.is_empty()) {
            let mut address = DeploymentAddress::new(url);
            if self.use_http_11 {
                address = address.use_http_11();
            }
            for (name, value) in &self.headers {
                address = address.header(name, value);
            }
            builder = builder.deployment(address);
        }
        for file in self.descriptor_sets.into_iter().filter(|it| !it.as_os_str().is_empty()) {
            let failed = |error: &dyn fmt::Display| {
                format!("no contracts can be read from `{}`: {error}", file.display())
            };
            let set = fs::read(&file).map_err(|error| failed(&error))?;
            builder = builder.contracts(&set).map_err(|error| failed(&error))?;
        }
        if let Some(file) = self.deployment_ca {
            builder = builder.deployment_tls(crate::tls::trusting(Some(&file))?);
        }
        if let Some(file) = self.request_identity_key {
            let key = tls::private_key(&file)?;
            builder = builder.request_identity(&key).map_err(|error| error.to_string())?;
        }
        Ok(builder)
    }
}

impl Invocations {
    fn apply(self, mut builder: EngineBuilder) -> EngineBuilder {
        let mut retries = RetryPolicy::new();
        retries.initial_interval = self.retry_initial_interval;
        retries.factor = self.retry_factor;
        retries.max_interval = self.retry_max_interval;
        retries.max_attempts = self.retry_max_attempts;
        builder = builder.retry_policy(retries).retain_calls(self.retain_calls);
        if let Some(action) = self.on_max_attempts {
            builder = builder.on_max_attempts(match action {
                AtTheEnd::Pause => OnMaxAttempts::Pause,
                AtTheEnd::Kill => OnMaxAttempts::Kill,
            });
        }
        if let Some(timeout) = self.inactivity_timeout {
            builder = builder.inactivity_timeout(timeout);
        }
        if let Some(timeout) = self.abort_timeout {
            builder = builder.abort_timeout(timeout);
        }
        if let Some(retention) = self.retention {
            builder = builder.retention(retention);
        }
        if let Some(retention) = self.journal_retention {
            builder = builder.journal_retention(retention);
        }
        builder
    }
}

/// The address in a URL: the other commands take one.
fn listen(address: &str) -> &str {
    let rest = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
    rest.unwrap_or(address).trim_end_matches('/')
}

fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        // It may be a secret, so it is not repeated.
        None => Err("a header has a name and a value, as in `authorization: Bearer ..`".to_owned()),
    }
}

fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor: &f64| factor.is_finite() && *factor >= 1.0);
    factor.ok_or_else(|| format!("`{text}` is not a number of at least 1"))
}
