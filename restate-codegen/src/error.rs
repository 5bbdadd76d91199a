//! Why no code was generated.

use std::{
    error, fmt, io,
    path::{Path, PathBuf},
};

use crate::location::SourceLocation;

/// Why no code was generated.
///
/// `Debug` prints the same as `Display`, because `Debug` is what a failed `build.rs` shows.
#[non_exhaustive]
pub enum CodegenError {
    /// The contract has mistakes: all that were found.
    Contract(Vec<Mistake>),
    /// A file or directory cannot be read.
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Why it cannot be read.
        source: io::Error,
    },
    /// A file or directory cannot be written.
    Write {
        /// The file or directory.
        path: PathBuf,
        /// Why it cannot be written.
        source: io::Error,
    },
    /// Neither Cargo's `OUT_DIR` nor [`Config::out_dir`](crate::Config::out_dir) is set.
    NoOutDir,
}

impl CodegenError {
    /// The mistakes in the contract; empty for all other errors.
    pub fn mistakes(&self) -> &[Mistake] {
        match self {
            Self::Contract(mistakes) => mistakes,
            Self::Read { .. } | Self::Write { .. } | Self::NoOutDir => &[],
        }
    }

    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        Self::Write { path: path.to_owned(), source }
    }

    /// Fails with `mistakes` if there are any.
    pub(crate) fn unless_empty(mistakes: Vec<Mistake>) -> Result<(), Self> {
        if mistakes.is_empty() { Ok(()) } else { Err(Self::Contract(mistakes)) }
    }
}

impl From<Mistake> for CodegenError {
    fn from(mistake: Mistake) -> Self {
        Self::Contract(vec![mistake])
    }
}

impl fmt::Display for CodegenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contract(mistakes) => {
                for (index, mistake) in mistakes.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "\n" };
                    write!(f, "{separator}{mistake}")?;
                }
                Ok(())
            }
            Self::Read { path, source } => write!(f, "cannot read {}: {source}", path.display()),
            Self::Write { path, source } => write!(f, "cannot write {}: {source}", path.display()),
            Self::NoOutDir => f.write_str(
                "OUT_DIR is not set; call this from build.rs, or choose a directory with \
                 `Config::out_dir`",
            ),
        }
    }
}

impl fmt::Debug for CodegenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for CodegenError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Read { source, .. } | Self::Write { source, .. } => Some(source),
            Self::Contract(_) | Self::NoOutDir => None,
        }
    }
}

/// One mistake in a contract: `greeter.proto:7:3: rpc ..`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    location: Option<SourceLocation>,
    message: String,
}

impl Mistake {
    /// Where the contract has to change, if that is known.
    pub fn location(&self) -> Option<&SourceLocation> {
        self.location.as_ref()
    }

    /// What is wrong and how to repair it, without the location.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn at(location: SourceLocation, message: impl Into<String>) -> Self {
        Self { location: Some(location), message: message.into() }
    }

    pub(crate) fn somewhere(message: impl Into<String>) -> Self {
        Self { location: None, message: message.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(location) => write!(f, "{location}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
