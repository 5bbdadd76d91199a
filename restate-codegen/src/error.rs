//! Why no code was generated.

use std::{error, fmt, io, path::Path};

use crate::location::Place;

/// Why no code was generated: mistakes in the contract, or a file that could not be written.
///
/// `Debug` prints the same as `Display`, as that is what a failed `build.rs` shows.
pub struct Error {
    kind: Kind,
}

enum Kind {
    Contract(Vec<Mistake>),
    Input { path: String, source: io::Error },
    Output { path: String, source: io::Error },
    NoOutDir,
}

impl Error {
    pub(crate) fn contract(mistakes: Vec<Mistake>) -> Self {
        Self { kind: Kind::Contract(mistakes) }
    }

    pub(crate) fn input(path: &Path, source: io::Error) -> Self {
        Self { kind: Kind::Input { path: path.display().to_string(), source } }
    }

    pub(crate) fn output(path: &Path, source: io::Error) -> Self {
        Self { kind: Kind::Output { path: path.display().to_string(), source } }
    }

    pub(crate) fn no_out_dir() -> Self {
        Self { kind: Kind::NoOutDir }
    }

    /// Every mistake in the contract; none if the contract is in order.
    pub fn mistakes(&self) -> &[Mistake] {
        match &self.kind {
            Kind::Contract(mistakes) => mistakes,
            Kind::Input { .. } | Kind::Output { .. } | Kind::NoOutDir => &[],
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Contract(mistakes) => {
                for (index, mistake) in mistakes.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "\n" };
                    write!(f, "{separator}{mistake}")?;
                }
                Ok(())
            }
            Kind::Input { path, source } => write!(f, "cannot read {path}: {source}"),
            Kind::Output { path, source } => write!(f, "cannot write {path}: {source}"),
            Kind::NoOutDir => f.write_str(
                "OUT_DIR is not set: call this from build.rs, or say where to with \
                 `Config::out_dir`",
            ),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.kind {
            Kind::Input { source, .. } | Kind::Output { source, .. } => Some(source),
            Kind::Contract(_) | Kind::NoOutDir => None,
        }
    }
}

/// One mistake in a contract: `greeter.proto:7:3: rpc ..`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    place: Option<Place>,
    message: String,
}

impl Mistake {
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place: Some(place), message: message.into() }
    }

    /// A mistake whose message names its place, if it has one.
    pub(crate) fn placed(message: impl Into<String>) -> Self {
        Self { place: None, message: message.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
