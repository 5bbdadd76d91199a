use std::{
    fs,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use hyper::{HeaderMap, header::AUTHORIZATION};
use restate_core::TerminalError;
use tracing::{error, info};

use crate::{
    http::refusal::refusal,
    model::tokens::{Access, Token, Tokens},
};

const UNKNOWN: &str = "the token is not among those of this interface; send a token that the operator of \
                       the engine has added to `ingress_tokens(..)` or `admin_tokens(..)`, and that \
                       has not been removed";

/// The tokens that a server knows at the moment.
#[derive(Debug)]
pub(crate) struct Keyring {
    source: Tokens,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    tokens: Arc<[Token]>,
    /// When the file was changed last, and its length, at the time it was read.
    version: Option<(SystemTime, u64)>,
}

impl Keyring {
    /// Reads the tokens.
    ///
    /// # Errors
    ///
    /// When they are not found or malformed.
    pub(crate) fn new(source: Tokens) -> Result<Self, String> {
        let version = version(&source);
        let tokens = source.read()?.into();
        Ok(Self { source, known: Mutex::new(Known { tokens, version }) })
    }

    /// The name of the token in these headers, which has to permit `needed`.
    ///
    /// # Errors
    ///
    /// Code 401 without a known token, 403 for one that permits too little.
    pub(super) fn check(
        &self,
        headers: &HeaderMap,
        needed: Access,
    ) -> Result<Arc<str>, TerminalError> {
        let Some(sent) = bearer(headers) else {
            let message = "this interface needs a token; send it in the header `authorization: Bearer ..`, or name it with \
                           `--token-file` of the command line";
            return Err(refusal(401, message));
        };
        let tokens = self.tokens();
        // All are compared, so that the time says nothing about their order either.
        let known = tokens.iter().fold(None, |found, token| match token.is(sent) {
            true => Some(token),
            false => found,
        });
        match known {
            None => Err(refusal(401, UNKNOWN)),
            Some(token) if token.access < needed => {
                let name = &token.name;
                let message = format!("the token `{name}` permits reading only, not this request");
                Err(refusal(403, message))
            }
            Some(token) => Ok(Arc::clone(&token.name)),
        }
    }

    /// The tokens, read again if their file has changed.
    fn tokens(&self) -> Arc<[Token]> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let version = version(&self.source);
        if version.is_some() && version != known.version {
            known.version = version;
            match self.source.read() {
                Ok(tokens) => {
                    info!("{} are read again: {} tokens", self.source, tokens.len());
                    known.tokens = tokens.into();
                }
                Err(reason) => error!("{reason}; the tokens before the change remain valid"),
            }
        }
        Arc::clone(&known.tokens)
    }
}

fn version(source: &Tokens) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(source.path()?).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii())
}
