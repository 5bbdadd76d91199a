use std::{error::Error, fmt};

use crate::model::encryption::EncryptionError;

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
    /// It is an SQLite file of another program.
    Foreign,
    /// An engine that used it was not stopped, and the write-ahead log with its last commits is missing.
    MissingLog,
    /// The write-ahead log next to it belongs to another copy of the database.
    OtherLog,
    /// Values in it are encrypted with a key that the engine does not have.
    MissingKey {
        /// The id of the key.
        key: String,
    },
    /// Values in it are encrypted with another key that had this id.
    WrongKey {
        /// The id.
        key: String,
        /// Why a value cannot be decrypted.
        source: EncryptionError,
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
            Self::Foreign => f.write_str(
                "it belongs to another program; choose another directory with `.data_dir(..)`, or \
                 move the file away",
            ),
            Self::MissingLog => f.write_str(
                "it was copied while an engine used it, and without its log `restate.sqlite-wal`, \
                 which has the last commits; put the log next to it, or restore a backup that \
                 `restate-embedded backup` has made",
            ),
            Self::OtherLog => f.write_str(
                "the log next to it, `restate.sqlite-wal`, is of another copy of the database; put \
                 its own log there, or move the log away if the file is a backup",
            ),
            Self::MissingKey { key } => write!(
                f,
                "values in it are encrypted with key `{key}`, which the engine does not have; give it \
                 that key with `.encryption(..)`, as a former one if it is not the current one"
            ),
            Self::WrongKey { key, source } => write!(
                f,
                "values in it are encrypted with another key that had the id `{key}` ({source}); give \
                 the engine that key with `.encryption(..)`, and a new key a new id"
            ),
            Self::Sqlite(source) => source.fmt(f),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Newer { .. }
            | Self::Foreign
            | Self::MissingLog
            | Self::OtherLog
            | Self::MissingKey { .. } => None,
            Self::WrongKey { source, .. } => Some(&**source),
            Self::Sqlite(source) => Some(source),
        }
    }
}
