use std::{error::Error, fmt, io, net::SocketAddr, path::PathBuf};

use restate_core::contract::NoSuchHandler;

use crate::{
    engine::directory::DirectoryError,
    store::{OpenError, StoreError},
};

/// Why an engine did not start.
#[non_exhaustive]
pub enum EngineBuildError {
    /// Two bound services have the same name.
    DuplicateService {
        /// The name.
        name: &'static str,
    },
    /// A bound service has a name that Restate reserves.
    ReservedName {
        /// The name.
        name: &'static str,
    },
    /// Settings were given for a handler that the service does not have.
    NoSuchHandler(NoSuchHandler),
    /// Another process uses the data directory.
    DirectoryInUse {
        /// The directory.
        path: PathBuf,
    },
    /// The data directory cannot be created or written to.
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The database in the data directory cannot be opened.
    Database {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: OpenError,
    },
    /// The contents of the database cannot be read.
    Store(StoreError),
    /// The address of the ingress or the admin interface, which the error names, is malformed or
    /// cannot be listened on.
    Listen(io::Error),
    /// A text given to `cors` is not an origin.
    InvalidOrigin {
        /// The text.
        origin: String,
    },
    /// A text given to `hosts` is not the name of a host.
    InvalidHost {
        /// The text.
        host: String,
    },
    /// A text given to `sensitive_headers` cannot be the name of such a header.
    InvalidHeader {
        /// The text.
        name: String,
    },
    /// A text given to `deployment` is not the URL of one.
    InvalidDeployment {
        /// The text, and what is wrong with it.
        reason: String,
    },
    /// A text given to `request_identity` has no key that requests can be signed with.
    InvalidIdentity {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Bytes given to `contracts` are no descriptor set that can be used.
    InvalidContracts {
        /// What is wrong with them.
        reason: String,
    },
    /// The tokens of clients cannot be read, or are malformed.
    InvalidTokens {
        /// Where they are, and what is wrong; not the tokens.
        reason: String,
    },
    /// An address that other machines can reach is not protected.
    Unprotected {
        /// The address.
        address: SocketAddr,
        /// What it lacks.
        missing: &'static str,
    },
    /// An admin interface was configured for an engine in memory; it needs a database to read.
    AdminWithoutDirectory,
    /// The message limit is higher than the database allows.
    MessageLimit {
        /// The limit that was set, in bytes.
        bytes: usize,
        /// The highest one.
        highest: usize,
    },
    /// The operating system refused to start a thread.
    Thread(io::Error),
    /// The engine panicked while it resumed unfinished invocations.
    Panicked {
        /// With what.
        message: String,
    },
}

impl EngineBuildError {
    pub(crate) fn directory(path: PathBuf, error: DirectoryError) -> Self {
        match error {
            DirectoryError::InUse => Self::DirectoryInUse { path },
            DirectoryError::Io(source) => Self::Directory { path, source },
            DirectoryError::Database(source) => {
                Self::Database { path: path.join("restate.sqlite"), source }
            }
        }
    }
}

impl fmt::Display for EngineBuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateService { name } => write!(
                f,
                "service `{name}` is bound twice; service names are unique in an engine: \
                 remove one of the two `.bind(..)`"
            ),
            Self::ReservedName { name } => write!(
                f,
                "service `{name}` has a name that Restate reserves: names do not begin with `restate`, and none \
                 is `openapi`; give it another name in its contract"
            ),
            Self::NoSuchHandler(error) => error.fmt(f),
            Self::DirectoryInUse { path } => write!(
                f,
                "data directory `{}` is in use by another process; a directory belongs to one \
                 process: stop the other one, or choose another directory with `.data_dir(..)`",
                path.display()
            ),
            Self::Directory { path, source } => write!(
                f,
                "data directory `{}` cannot be written to ({source}); \
                 change its permissions, or choose another directory with `.data_dir(..)`",
                path.display()
            ),
            Self::InvalidOrigin { origin } => write!(
                f,
                "`{origin}` is not an origin, which has a scheme and a host, and no path; give \
                 `.cors(..)` origins like `https://app.example.com`"
            ),
            Self::InvalidHost { host } => write!(
                f,
                "`{host}` is not the name of a host; give `.hosts(..)` names like \
                 `engine.example.com`, without scheme and port"
            ),
            Self::InvalidHeader { name } => write!(
                f,
                "`{name}` cannot be a sensitive header; give `.sensitive_headers(..)` names like \
                 `x-api-key`, but not `content-type`, without which requests cannot be read"
            ),
            Self::InvalidIdentity { reason } => write!(
                f,
                "requests cannot be signed with the given key: {reason}; make one with \
                 `openssl genpkey -algorithm ed25519`"
            ),
            Self::InvalidDeployment { reason } | Self::InvalidContracts { reason } => {
                f.write_str(reason)
            }
            Self::InvalidTokens { reason } => {
                write!(f, "{reason}; write lines of a name, `read` or `change`, and a token")
            }
            Self::Unprotected { address, missing } => write!(
                f,
                "other machines can reach {address}, which has {missing}; give it both, with \
                 `.ingress_tokens(..)` or `.admin_tokens(..)` and `.tls(..)`, or listen on \
                 127.0.0.1, or permit it with `.allow_unprotected()`"
            ),
            Self::Database { path, source } => {
                write!(f, "database `{}` cannot be opened: {source}", path.display())
            }
            Self::Store(source) => source.fmt(f),
            Self::Listen(error) => error.fmt(f),
            Self::AdminWithoutDirectory => f.write_str(
                "the admin interface reads the database, which an engine in memory does not have; \
                 choose a directory with `.data_dir(..)`, or remove `.admin(..)`",
            ),
            Self::MessageLimit { bytes, highest } => write!(
                f,
                "the message limit of {bytes} bytes is higher than the database allows; set \
                 `.message_limit(..)` to {highest} or less, and keep larger data elsewhere"
            ),
            Self::Thread(source) => write!(f, "the engine's thread cannot be started: {source}"),
            Self::Panicked { message } => write!(
                f,
                "the engine cannot resume its invocations because of a bug in it ({message}); \
                 everything acknowledged is stored: report the panic that was logged"
            ),
        }
    }
}

/// As [`Display`](fmt::Display): a `main` that returns this error prints it so.
impl fmt::Debug for EngineBuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for EngineBuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Directory { source, .. } | Self::Thread(source) => Some(source),
            Self::Database { source, .. } => Some(source),
            Self::Store(source) => Some(source),
            Self::DuplicateService { .. }
            | Self::ReservedName { .. }
            | Self::NoSuchHandler(_)
            | Self::AdminWithoutDirectory
            | Self::MessageLimit { .. }
            | Self::InvalidHeader { .. }
            | Self::InvalidTokens { .. }
            | Self::InvalidDeployment { .. }
            | Self::InvalidIdentity { .. }
            | Self::InvalidContracts { .. }
            | Self::Unprotected { .. }
            | Self::InvalidOrigin { .. }
            | Self::InvalidHost { .. }
            | Self::DirectoryInUse { .. }
            | Self::Panicked { .. }
            | Self::Listen(_) => None,
        }
    }
}

/// Why an engine stopped without being told to.
pub struct EngineError {
    source: Option<StoreError>,
}

impl EngineError {
    pub(crate) fn store(source: StoreError) -> Self {
        Self { source: Some(source) }
    }

    pub(crate) fn panicked() -> Self {
        Self { source: None }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(
                f,
                "the engine has stopped: {source}; everything acknowledged is stored: remove the \
                 cause, then start the engine again"
            ),
            None => f.write_str(
                "the engine has stopped because of a bug in it; everything acknowledged is stored: \
                 start the engine again, and report the panic that was logged",
            ),
        }
    }
}

/// As [`Display`](fmt::Display): a `main` that returns this error prints it so.
impl fmt::Debug for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for EngineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
