//! The client of the Restate server.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use restate_ingress::{IngressClient, RetryPolicy};

use crate::tls;

/// Where the Restate server is, and how it is called.
#[derive(Args)]
pub(crate) struct ClientOptions {
    /// URL of the ingress of a node, such as http://node1:8080; repeat it for the nodes of a cluster,
    /// which take turns.
    #[arg(
        long,
        value_name = "URL",
        env = "RESTATE_GRPC_INGRESS",
        value_delimiter = ',',
        required = true
    )]
    ingress: Vec<String>,
    /// A file with the bearer token that the ingress asks for. The variable RESTATE_GRPC_TOKEN can hold the
    /// token instead.
    #[arg(long, value_name = "FILE", env = "RESTATE_GRPC_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// URL of the admin interface, such as http://node1:9070. With it, clients can cancel every invocation
    /// whose id they know, by `restate.v1.Ingress/Cancel`; without, that is UNIMPLEMENTED.
    #[arg(long, value_name = "URL", env = "RESTATE_GRPC_ADMIN")]
    admin: Option<String>,
    /// A file with the bearer token that the admin interface asks for, if it is not that of the ingress. The
    /// variable RESTATE_GRPC_ADMIN_TOKEN can hold the token instead.
    #[arg(long, value_name = "FILE", env = "RESTATE_GRPC_ADMIN_TOKEN_FILE")]
    admin_token_file: Option<PathBuf>,
    /// A file (PEM) with the certificate authorities that the certificates of https:// addresses must be of,
    /// in place of those of the operating system.
    #[arg(long, value_name = "FILE", env = "RESTATE_GRPC_CA")]
    ca: Option<PathBuf>,
    /// The longest response of a handler, in bytes.
    #[arg(
        long,
        value_name = "BYTES",
        env = "RESTATE_GRPC_MAX_RESPONSE",
        default_value_t = 32 << 20
    )]
    max_response: usize,
}

impl ClientOptions {
    /// The client of the nodes, and of the admin interface.
    pub(crate) fn client(&self) -> Result<IngressClient, Box<dyn Error>> {
        let (first, others) = self.ingress.split_first().ok_or("no `--ingress` is given")?;
        // Clients wait, and retry on their own: what lasts longer than a restart of a node is theirs.
        let retries = RetryPolicy::new().max_attempts(5);
        let mut builder =
            IngressClient::builder(first).response_limit(self.max_response).retry_policy(retries);
        for node in others {
            builder = builder.node(node);
        }
        if let Some(admin) = &self.admin {
            builder = builder.admin(admin);
        }
        if let Some(token) = token(self.token_file.as_deref(), "RESTATE_GRPC_TOKEN")? {
            builder = builder.bearer_token(token);
        }
        let admin_token = token(self.admin_token_file.as_deref(), "RESTATE_GRPC_ADMIN_TOKEN")?;
        if let Some(token) = admin_token {
            builder = builder.admin_token(token);
        }
        if let Some(authorities) = &self.ca {
            builder = builder.tls(tls::trusting(authorities)?);
        }
        Ok(builder.build()?)
    }
}

/// The token in a file, or else in this environment variable.
fn token(file: Option<&Path>, variable: &str) -> Result<Option<String>, String> {
    let token = match file {
        Some(path) => fs::read_to_string(path)
            .map_err(|error| format!("the token file `{}`: {error}", path.display()))?,
        None => env::var(variable).unwrap_or_default(),
    };
    Ok(Some(token.trim().to_owned()).filter(|token| !token.is_empty()))
}
