use std::{
    collections::{BTreeMap, HashMap},
    env, fmt, fs,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};

use super::encryption::{Encrypted, Encryption, EncryptionError};

/// The length of a key, in bytes.
const KEY: usize = 32;

/// The length of the salt from which the key of one run of the program is derived.
const SALT: usize = 16;

/// The length of the number of a value in its run.
const COUNTER: usize = 8;

/// What keys are derived for, so that another use of the same secret has other keys.
const PURPOSE: &[u8] = b"restate-embedded values";

/// The most derived keys that are remembered; one is used in each run of the program.
const MAX_DERIVED: usize = 1000;

/// Keys in memory that encrypt with AES-256-GCM.
///
/// Each run of the program derives a key of its own from the current one and a random salt (HKDF with
/// SHA-256), and numbers its values. So no two values have the same nonce, however many there are and
/// however long a key is used.
///
/// ```
/// use restate_embedded::{Engine, EncryptionKeys};
///
/// # fn keys(current: [u8; 32], former: [u8; 32]) {
/// let keys = EncryptionKeys::new("2026-11", current).former("2026-05", former);
/// let builder = Engine::builder().encryption(keys);
/// # let _ = builder;
/// # }
/// ```
pub struct EncryptionKeys {
    current: Arc<str>,
    secrets: BTreeMap<Arc<str>, [u8; KEY]>,
    salt: [u8; SALT],
    writing: LessSafeKey,
    written: AtomicU64,
    reading: Mutex<DerivedKeys>,
}

/// The keys of runs, by the id of their key and by their salt.
type DerivedKeys = HashMap<(Arc<str>, [u8; SALT]), Arc<LessSafeKey>>;

impl EncryptionKeys {
    /// A key with which values are encrypted from now on, and its id.
    ///
    /// # Panics
    ///
    /// When the operating system gives no random numbers.
    pub fn new(id: impl Into<Arc<str>>, key: [u8; 32]) -> Self {
        let mut salt = [0; SALT];
        // Fails only before the system has started up, or in a sandbox that forbids the call.
        getrandom::fill(&mut salt).expect("the operating system must give random numbers");
        let id = id.into();
        Self {
            current: Arc::clone(&id),
            secrets: BTreeMap::from([(id, key)]),
            salt,
            writing: derive(&key, &salt),
            written: AtomicU64::new(0),
            reading: Mutex::default(),
        }
    }

    /// Adds a former key, whose values can still be decrypted.
    ///
    /// The engine refuses to start without a key that values still have. Once there are none, leave the
    /// key out.
    #[must_use]
    pub fn former(mut self, id: impl Into<Arc<str>>, key: [u8; 32]) -> Self {
        self.secrets.entry(id.into()).or_insert(key);
        self
    }

    /// Reads keys from a file, which only the program should be able to read.
    ///
    /// A line has the id of a key and 32 bytes in base64, as `openssl rand -base64 32` makes them. The
    /// first key is the current one. Lines that start with `#` are comments.
    ///
    /// ```text
    /// 2026-11 iBvT2KzSxIhI4ABx8pKbs1b3I3HOyCZzCLQYqH3n6kM=
    /// 2026-05 c2VjcmV0IGtleXMgbXVzdCBub3QgYmUgaW4gZG9jcyE=
    /// ```
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is malformed; the message does not contain keys.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, EncryptionKeysError> {
        let path = path.as_ref();
        let place = format!("the keys in `{}`", path.display());
        let text = fs::read_to_string(path).map_err(|error| error.to_string());
        text.and_then(|text| parse(text.lines())).map_err(|why| EncryptionKeysError { place, why })
    }

    /// Reads keys from an environment variable, in the form of [`file`](Self::file); semicolons separate
    /// lines, too.
    ///
    /// # Errors
    ///
    /// When there is no such variable, or it is malformed; the message does not contain keys.
    pub fn variable(name: &str) -> Result<Self, EncryptionKeysError> {
        let place = format!("the keys in the variable `{name}`");
        let text = env::var(name).map_err(|error| error.to_string());
        let keys = text.and_then(|text| parse(text.split(['\n', ';'])));
        keys.map_err(|why| EncryptionKeysError { place, why })
    }

    /// The key of a run that had this salt.
    fn derived(&self, id: &str, salt: [u8; SALT]) -> Option<Arc<LessSafeKey>> {
        let (id, secret) = self.secrets.get_key_value(id)?;
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if reading.len() >= MAX_DERIVED {
            reading.clear();
        }
        let derived = reading.entry((Arc::clone(id), salt));
        Some(Arc::clone(derived.or_insert_with(|| Arc::new(derive(secret, &salt)))))
    }
}

impl Encryption for EncryptionKeys {
    fn encrypt(&self, value: &[u8], place: &[u8]) -> Result<Encrypted, EncryptionError> {
        let counter = self.written.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut sealed = Vec::with_capacity(SALT + COUNTER + value.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&self.salt);
        sealed.extend_from_slice(&counter);
        sealed.extend_from_slice(value);
        let tag = self
            .writing
            .seal_in_place_separate_tag(
                nonce(counter),
                Aad::from(place),
                &mut sealed[SALT + COUNTER..],
            )
            .map_err(|_| "it is too long for AES-GCM")?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(Encrypted { key_id: Arc::clone(&self.current), ciphertext: sealed })
    }

    fn decrypt(
        &self,
        key_id: &str,
        ciphertext: &[u8],
        place: &[u8],
    ) -> Result<Vec<u8>, EncryptionError> {
        let (salt, rest) = ciphertext.split_first_chunk().ok_or("it is too short")?;
        let (counter, sealed) = rest.split_first_chunk().ok_or("it is too short")?;
        let key = self.derived(key_id, *salt).ok_or("there is no such key")?;
        let mut value = sealed.to_vec();
        let opened = key.open_in_place(nonce(*counter), Aad::from(place), &mut value);
        let length = opened.map_err(|_| "its authentication tag is wrong")?.len();
        value.truncate(length);
        Ok(value)
    }

    fn has_key(&self, key_id: &str) -> bool {
        self.secrets.contains_key(key_id)
    }
}

impl fmt::Debug for EncryptionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKeys")
            .field("current", &self.current)
            .field("ids", &self.secrets.keys())
            .finish_non_exhaustive()
    }
}

/// Why keys cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionKeysError {
    place: String,
    why: String,
}

impl fmt::Display for EncryptionKeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, why } = self;
        write!(f, "{place}: {why}; write lines of an id and 32 bytes in base64")
    }
}

impl std::error::Error for EncryptionKeysError {}

fn derive(secret: &[u8; KEY], salt: &[u8; SALT]) -> LessSafeKey {
    let secret = Salt::new(HKDF_SHA256, salt).extract(secret);
    let key = secret.expand(&[PURPOSE], &AES_256_GCM);
    let key = key.expect("HKDF gives up to 8160 bytes, of which AES needs 32");
    LessSafeKey::new(UnboundKey::from(key))
}

fn nonce(counter: [u8; COUNTER]) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&counter);
    Nonce::assume_unique_for_key(nonce)
}

fn parse<'t>(lines: impl Iterator<Item = &'t str>) -> Result<EncryptionKeys, String> {
    let lines = lines.map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let mut keys: Option<EncryptionKeys> = None;
    for (index, line) in lines {
        let (id, key) = key(line).map_err(|why| format!("line {}: {why}", index + 1))?;
        keys = Some(match keys {
            None => EncryptionKeys::new(id, key),
            Some(keys) if keys.has_key(id) => return Err(format!("the key `{id}` is there twice")),
            Some(keys) => keys.former(id, key),
        });
    }
    keys.ok_or_else(|| "there are none".to_owned())
}

fn key(line: &str) -> Result<(&str, [u8; KEY]), String> {
    // The words may be in the wrong order, so none of them is shown.
    let Some((id, key)) = line.split_once(char::is_whitespace) else {
        return Err("there is one word".to_owned());
    };
    let key =
        STANDARD.decode(key.trim()).map_err(|_| "the second word is not base64".to_owned())?;
    let length = key.len();
    let key = key.try_into().map_err(|_| format!("the key has {length} bytes"))?;
    Ok((id, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(id: &str, key: u8) -> EncryptionKeys {
        EncryptionKeys::new(id, [key; 32])
    }

    #[test]
    fn what_was_encrypted_is_decrypted_by_other_runs_with_the_key() {
        let (first, value) = (keys("a", 1), b"a value".as_slice());
        let sealed = first.encrypt(value, b"place").unwrap();
        assert_eq!(&*sealed.key_id, "a");
        assert!(!sealed.ciphertext.windows(5).any(|window| window == b"value"));
        for run in [first, keys("a", 1), keys("b", 2).former("a", [1; 32])] {
            assert_eq!(run.decrypt("a", &sealed.ciphertext, b"place").unwrap(), value);
        }
    }

    #[test]
    fn another_key_place_or_ciphertext_is_refused() {
        let run = keys("a", 1);
        let sealed = run.encrypt(b"", b"place").unwrap().ciphertext;
        assert!(keys("a", 2).decrypt("a", &sealed, b"place").is_err());
        assert!(run.decrypt("b", &sealed, b"place").is_err());
        assert!(run.decrypt("a", &sealed, b"other").is_err());
        for byte in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1;
            assert!(run.decrypt("a", &changed, b"place").is_err(), "byte {byte}");
            assert!(run.decrypt("a", &sealed[..byte], b"place").is_err(), "length {byte}");
        }
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        let (run, other) = (keys("a", 1), keys("a", 1));
        let sealed = [&run, &run, &other].map(|run| run.encrypt(b"value", b"").unwrap().ciphertext);
        assert!(sealed[0] != sealed[1] && sealed[0] != sealed[2]);
    }

    #[test]
    fn a_file_has_the_current_key_first() {
        let (first, second) = (STANDARD.encode([1; 32]), STANDARD.encode([2; 32]));
        let text = format!("# comment\n\nnew {first}\n old\t{second} ");
        let keys = parse(text.lines()).unwrap();
        assert_eq!(&*keys.encrypt(b"", b"").unwrap().key_id, "new");
        assert!(keys.has_key("old") && !keys.has_key("other"));
        assert!(!format!("{keys:?}").contains(&first));
        for (text, why) in [
            ("", "there are none"),
            ("new", "line 1: there is one word"),
            ("\nnew secret!", "line 2: the second word is not base64"),
            ("new c2VjcmV0", "the key has 6 bytes"),
            (&format!("a {first}\na {second}"), "the key `a` is there twice"),
        ] {
            let error = parse(text.lines()).unwrap_err();
            assert!(error.contains(why) && !error.contains("c2Vj"), "{text}: {error}");
        }
    }
}
