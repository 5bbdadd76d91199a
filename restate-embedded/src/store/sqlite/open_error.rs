use std::{error::Error, fmt};

/// Why a database could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// It was written by a newer version of the engine.
    Newer {
        /// The version of its schema.
        found: i64,
        /// The newest version that this engine reads.
        supported: i64,
    },
    /// SQLite refused it.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sqlite(source)
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer { found, supported } => write!(
                f,
                "its schema has version {found}, but this program reads versions up to {supported}; \
                 open it with the newer program that wrote it"
            ),
            Self::Sqlite(source) => source.fmt(f),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Newer { .. } => None,
            Self::Sqlite(source) => Some(source),
        }
    }
}
