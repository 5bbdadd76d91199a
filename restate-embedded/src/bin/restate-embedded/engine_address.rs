use std::path::{Path, PathBuf};

use crate::{admin::Admin, arguments::Move, failure::Failure};

/// Where an engine is that runs, and how it is asked.
pub(crate) struct EngineAddress {
    pub(crate) admin: String,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) ca: Option<PathBuf>,
}

impl EngineAddress {
    /// Its admin interface.
    pub(crate) fn admin(&self) -> Result<Admin, Failure> {
        let token = token(self.token_file.as_deref(), "RESTATE_ADMIN_TOKEN")?;
        Admin::new(&self.admin, token, self.ca.as_deref())
    }

    /// Its ingress at this URL.
    pub(crate) fn ingress(&self, url: &str, token_file: Option<&Path>) -> Result<Admin, Failure> {
        let token = token(token_file, "RESTATE_INGRESS_TOKEN")?;
        // Authorities are for both, which have one certificate, but one of the two may be without TLS.
        let authorities = self.ca.as_deref().filter(|_| url.starts_with("https://"));
        Ok(Admin::new(url, token, authorities)?.without_timeout())
    }

    /// The ingress of a Restate server, whether it has a token, and its admin interface.
    pub(crate) fn server(&self, options: &Move) -> Result<((Admin, bool), Admin), Failure> {
        let token = token(options.to_token_file.as_deref(), "RESTATE_AUTH_TOKEN")?;
        let at = |url: &str| {
            let authorities = self.ca.as_deref().filter(|_| url.starts_with("https://"));
            Admin::new(url, token.clone(), authorities)
        };
        Ok(((at(&options.to)?, token.is_some()), at(&options.to_admin)?))
    }
}

fn token(file: Option<&Path>, variable: &str) -> Result<Option<String>, Failure> {
    let Some(file) = file else { return Ok(std::env::var(variable).ok()) };
    match std::fs::read_to_string(file) {
        Ok(token) => Ok(Some(token.trim().to_owned())),
        Err(error) => {
            Err(format!("no token can be read from `{}`: {error}", file.display()).into())
        }
    }
}
