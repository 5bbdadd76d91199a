//! Values on their way between memory and the tables: encrypted and decrypted, if the engine has keys.

use std::{borrow::Cow, collections::BTreeSet, error::Error, fmt, sync::Arc};

use bytes::Bytes;
use prost::Message as _;
use restate_core::wire::protocol::Failure;
use rusqlite::{Connection, params};

use super::{OpenError, SqliteStore, columns::scope};
use crate::{
    model::{
        encryption::{Encrypted, Encryption, EncryptionError, Keys},
        sealed::{Stored, is_marked, prefix},
        target::Object,
    },
    store::PromiseName,
};

/// Each column whose values are encrypted, and the primary key of its table.
pub(super) const COLUMNS: [(&str, &[&str], &str); 9] = [
    ("invocation", INVOCATION, "input"),
    ("completed", INVOCATION, "input"),
    ("completed", INVOCATION, "output"),
    ("completed", INVOCATION, "failure"),
    ("journal", PART, "frames"),
    ("state", NAME, "value"),
    ("promise", NAME, "output"),
    ("promise", NAME, "failure"),
    ("deployment", &["id"], "headers"),
];

const INVOCATION: &[&str] = &["id"];
const PART: &[&str] = &["invocation", "part"];
const NAME: &[&str] = &["service", "key", "scope", "name"];

/// What is encrypted with each key, to recognize a wrong one.
pub(super) const PROBE: &[u8] = b"restate";

/// Which value of which row it is. Invocations are named by their orders.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'a> {
    Input(u64),
    Frames(u64, u32),
    Output(Owner<'a>),
    Failure(Owner<'a>),
    State(&'a Object, &'a [u8]),
    /// The headers of the deployment with this id.
    Headers(&'a str),
    Probe,
}

/// What has a result.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner<'a> {
    Invocation(u64),
    Promise(&'a PromiseName),
}

impl Place<'_> {
    /// A text for each place. Values that are stored can only be decrypted with the same.
    pub(super) fn bytes(self) -> Vec<u8> {
        match self {
            Self::Input(order) => joined(&[b"input", &order.to_be_bytes()]),
            Self::Frames(order, part) => {
                joined(&[b"frames", &order.to_be_bytes(), &part.to_be_bytes()])
            }
            Self::Output(owner) => owner.bytes(b"output"),
            Self::Failure(owner) => owner.bytes(b"failure"),
            Self::State(object, name) => named(b"state", object, name),
            Self::Headers(id) => joined(&[b"headers", id.as_bytes()]),
            Self::Probe => joined(&[b"probe"]),
        }
    }
}

impl Owner<'_> {
    fn bytes(self, value: &[u8]) -> Vec<u8> {
        match self {
            Self::Invocation(order) => joined(&[value, &order.to_be_bytes()]),
            Self::Promise(PromiseName { object, name }) => {
                named(&[b"promise ", value].concat(), object, name.as_bytes())
            }
        }
    }
}

fn named(value: &[u8], object: &Object, name: &[u8]) -> Vec<u8> {
    joined(&[
        value,
        object.service.as_bytes(),
        object.key.as_bytes(),
        scope(object).as_bytes(),
        name,
    ])
}

/// Each part behind its length, so that no two lists of parts are the same.
fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let behind_length = |part: &&[u8]| [&(part.len() as u64).to_be_bytes(), *part].concat();
    parts.iter().flat_map(behind_length).collect()
}

impl SqliteStore {
    /// A value as it is stored.
    pub(super) fn sealed<'v>(
        &self,
        place: Place<'_>,
        value: &'v [u8],
    ) -> rusqlite::Result<Cow<'v, [u8]>> {
        match &self.keys {
            Keys::Present(encryption) => {
                self.encrypted(&**encryption, place, value).map(Cow::Owned)
            }
            _ if is_marked(value) => {
                Ok(Cow::Owned([&prefix("").unwrap_or_default()[..], value].concat()))
            }
            _ => Ok(Cow::Borrowed(value)),
        }
    }

    /// A failure as it is stored.
    pub(super) fn sealed_failure(
        &self,
        owner: Owner<'_>,
        failure: &Failure,
    ) -> rusqlite::Result<Vec<u8>> {
        let encoded = failure.encode_to_vec();
        match self.sealed(Place::Failure(owner), &encoded)? {
            Cow::Borrowed(_) => Ok(encoded),
            Cow::Owned(sealed) => Ok(sealed),
        }
    }

    fn encrypted(
        &self,
        encryption: &dyn Encryption,
        place: Place<'_>,
        value: &[u8],
    ) -> rusqlite::Result<Vec<u8>> {
        let encrypted = encryption.encrypt(value, &place.bytes());
        let Encrypted { key_id, ciphertext } = encrypted.map_err(encrypt_failed)?;
        let Some(mut sealed) = prefix(&key_id).filter(|_| !key_id.is_empty()) else {
            let source = format!("the id of the key has {} bytes, not 1 to 255", key_id.len());
            return Err(failed(SealError::Encrypt { source: source.into() }));
        };
        self.record(encryption, &key_id)?;
        sealed.extend(ciphertext);
        Ok(sealed)
    }

    /// Writes down that a key is used, in the same commit as the first of its values.
    fn record(&self, encryption: &dyn Encryption, key_id: &Arc<str>) -> rusqlite::Result<()> {
        if self.recorded_keys.borrow().contains(&**key_id) {
            return Ok(());
        }
        let probe = encryption.encrypt(PROBE, &Place::Probe.bytes());
        let probe = probe.map_err(encrypt_failed)?;
        // Unless another key has become the current one meanwhile.
        let probe = (probe.key_id == *key_id).then_some(probe.ciphertext);
        self.execute(
            "INSERT OR IGNORE INTO encryption_key (id, probe) VALUES (?1, ?2)",
            params![&**key_id, probe],
        )?;
        self.recorded_keys.borrow_mut().insert(key_id.to_string());
        Ok(())
    }
}

/// A value that is stored, as it was before.
pub(super) fn opened(keys: &Keys, place: Place<'_>, stored: Vec<u8>) -> rusqlite::Result<Bytes> {
    if !is_marked(&stored) {
        return Ok(stored.into());
    }
    match (Stored::of(&stored), keys) {
        (Stored::Plain(value), _) => Ok(Bytes::copy_from_slice(value)),
        (_, Keys::Withheld) => Ok(stored.into()),
        (Stored::Damaged, _) => Err(failed(SealError::Damaged)),
        (Stored::Sealed { key_id, ciphertext }, Keys::Present(encryption))
            if encryption.has_key(key_id) =>
        {
            let value = encryption.decrypt(key_id, ciphertext, &place.bytes());
            let refused = |source| failed(SealError::Refused { key_id: key_id.to_owned(), source });
            value.map(Bytes::from).map_err(refused)
        }
        (Stored::Sealed { key_id, .. }, _) => {
            Err(failed(SealError::NoKey { key_id: key_id.to_owned() }))
        }
    }
}

/// Checks that the values in a database can be decrypted. Returns the ids of the keys that they have.
///
/// # Errors
///
/// When there are values with a key that is not at hand, or that differs from what it was.
pub(super) fn check_keys(
    connection: &Connection,
    keys: &Keys,
) -> Result<BTreeSet<String>, OpenError> {
    let mut statement = connection.prepare("SELECT id, probe FROM encryption_key")?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let recorded: Vec<(String, Option<Vec<u8>>)> =
        statement.query_map([], read)?.collect::<Result<_, _>>()?;
    let mut used = BTreeSet::new();
    for (id, probe) in recorded {
        let key = match keys {
            Keys::Withheld => None,
            Keys::Present(encryption) if encryption.has_key(&id) => Some(encryption),
            Keys::Present(_) | Keys::Absent => {
                if is_used(connection, &id)? {
                    return Err(OpenError::MissingKey { key: id });
                }
                connection.execute("DELETE FROM encryption_key WHERE id = ?1", [&id])?;
                continue;
            }
        };
        if let Some((encryption, probe)) = key.zip(probe) {
            let decrypted = encryption.decrypt(&id, &probe, &Place::Probe.bytes());
            decrypted.map_err(|source| OpenError::WrongKey { key: id.clone(), source })?;
        }
        used.insert(id);
    }
    Ok(used)
}

fn is_used(connection: &Connection, key_id: &str) -> rusqlite::Result<bool> {
    let prefix = prefix(key_id).unwrap_or_default();
    for (table, _, column) in COLUMNS {
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {table} WHERE substr({column}, 1, length(?1)) = ?1)"
        );
        if connection.query_row(&sql, params![prefix], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Why a value cannot be written or read.
#[derive(Debug)]
enum SealError {
    Encrypt { source: EncryptionError },
    NoKey { key_id: String },
    Refused { key_id: String, source: EncryptionError },
    Damaged,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encrypt { source } => write!(f, "a value cannot be encrypted: {source}"),
            Self::NoKey { key_id } => write!(
                f,
                "a value is encrypted with key `{key_id}`, which the engine does not have; give it \
                 that key with `.encryption(..)`"
            ),
            Self::Refused { key_id, source } => write!(
                f,
                "a value that is encrypted with key `{key_id}` cannot be decrypted: {source}; it was \
                 changed or moved in the file: restore a backup"
            ),
            Self::Damaged => {
                f.write_str("an encrypted value does not name its key; restore a backup")
            }
        }
    }
}

impl Error for SealError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Encrypt { source } | Self::Refused { source, .. } => Some(&**source),
            Self::NoKey { .. } | Self::Damaged => None,
        }
    }
}

/// A value cannot be encrypted.
pub(super) fn encrypt_failed(source: EncryptionError) -> rusqlite::Error {
    failed(SealError::Encrypt { source })
}

/// Shown as it is, unlike other errors that can wrap one.
fn failed(error: SealError) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

#[cfg(test)]
pub(super) mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::{
        model::{id::InvocationId, settings::Durability},
        store::{Reads, Store, StoredInvocation, Write, conformance},
    };

    /// Inverts the bits of a value, and puts its place behind it. The first key is the current one.
    struct Inverted(&'static [&'static str]);

    impl Encryption for Inverted {
        fn encrypt(&self, value: &[u8], place: &[u8]) -> Result<Encrypted, EncryptionError> {
            // As long for each place, as real ciphertexts are.
            let sum = place.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte));
            let ciphertext = value.iter().map(|byte| !byte).chain(sum.to_be_bytes()).collect();
            Ok(Encrypted { key_id: self.0[0].into(), ciphertext })
        }

        fn decrypt(
            &self,
            _: &str,
            ciphertext: &[u8],
            place: &[u8],
        ) -> Result<Vec<u8>, EncryptionError> {
            let value: Vec<u8> = ciphertext.iter().map(|byte| !byte).collect();
            let value = &value[..value.len().checked_sub(8).ok_or("it is too short")?];
            match self.encrypt(value, place)?.ciphertext == ciphertext {
                true => Ok(value.to_vec()),
                false => Err("it is of another place".into()),
            }
        }

        fn has_key(&self, key_id: &str) -> bool {
            self.0.contains(&key_id)
        }
    }

    pub(in crate::store::sqlite) fn open(
        directory: &TempDir,
        keys: Keys,
    ) -> Result<SqliteStore, OpenError> {
        let path = directory.path().join("restate.sqlite");
        SqliteStore::open_with(&path, Durability::Full, keys)
    }

    pub(in crate::store::sqlite) fn with(ids: &'static [&'static str]) -> Keys {
        Keys::Present(Arc::new(Inverted(ids)))
    }

    #[test]
    fn does_what_every_store_must() {
        conformance::suite(|| {
            let directory = tempfile::tempdir().unwrap();
            move || open(&directory, with(&["k"])).unwrap()
        });
    }

    #[test]
    fn an_id_that_cannot_be_stored_stops_the_engine() {
        let id = InvocationId::new(1, 2, 3);
        for (key_id, length) in [("", 0), ("k".repeat(256).leak(), 256)] {
            let directory = tempfile::tempdir().unwrap();
            let mut store = open(&directory, with(vec![key_id].leak())).unwrap();
            let target = crate::model::target::Target::new("Service", "handler", "");
            let invocation = Box::new(StoredInvocation::new(id, target));
            let create = Write::Create { invocation, input: Bytes::from_static(b"input") };
            let error = store.apply(create).unwrap_err().to_string();
            assert!(error.contains(&format!("the key has {length} bytes")), "{error}");
        }
    }

    #[test]
    fn values_that_look_encrypted_are_stored_unchanged() {
        let directory = tempfile::tempdir().unwrap();
        let object = Object::new("Service", "key");
        let forged = Bytes::from([&prefix("k").unwrap()[..], b"x"].concat());
        let mut store = open(&directory, Keys::Absent).unwrap();
        let (name, value) = (Bytes::from_static(b"name"), forged.clone());
        store.apply(Write::SetState { object: object.clone(), name, value }).unwrap();
        store.commit().unwrap();
        drop(store);
        for keys in [Keys::Absent, with(&["k"]), Keys::Withheld] {
            let mut store = open(&directory, keys).unwrap();
            assert_eq!(store.value(&object, b"name").unwrap(), Some(forged.clone()));
        }
    }

    #[test]
    fn no_two_places_are_the_same() {
        let object = |service: &'static str, key: &'static str| Object::new(service, key);
        let (one, other) = (object("ab", "c"), object("a", "bc"));
        let promise = PromiseName { object: one.clone(), name: "name".into() };
        let scoped = one.clone().within(Some("name".into()));
        let places = [
            Place::Input(1),
            Place::Input(2),
            Place::Frames(1, 0),
            Place::Frames(1, 1),
            Place::Output(Owner::Invocation(1)),
            Place::Failure(Owner::Invocation(1)),
            Place::Output(Owner::Promise(&promise)),
            Place::Failure(Owner::Promise(&promise)),
            Place::State(&one, b"name"),
            Place::State(&other, b"name"),
            Place::State(&scoped, b""),
            Place::State(&one, b""),
            Place::Probe,
        ];
        let distinct: BTreeSet<Vec<u8>> = places.into_iter().map(Place::bytes).collect();
        assert_eq!(distinct.len(), places.len());
    }
}
