use std::{error::Error, fmt, sync::Arc};

/// Encrypts what an engine writes to its disk, and decrypts it again.
///
/// The engine calls it for requests, journals, results, state and promises, between its memory and the
/// database, for [`EngineBuilder::encryption`](crate::EngineBuilder::encryption). `EncryptionKeys`, behind the
/// feature `encryption`, is an implementation with keys in memory; another one may get its keys from a
/// key management service when the program starts.
///
/// Values name the key that they are encrypted with. A new key is used as soon as `encrypt` returns its
/// id; values that have other keys stay as they are until they are written again, so former keys are
/// needed until then.
///
/// The methods are called on the engine's thread and on threads that read, for each value: they must
/// neither block nor panic.
///
/// ```
/// use std::sync::Arc;
/// use restate_embedded::{Encrypted, Encryption, EncryptionError};
///
/// /// Hides nothing; shows where your library is called.
/// struct Reversed;
///
/// impl Encryption for Reversed {
///     fn encrypt(&self, value: &[u8], place: &[u8]) -> Result<Encrypted, EncryptionError> {
///         let reversed = value.iter().rev().chain(place).copied().collect();
///         Ok(Encrypted { key_id: Arc::from("reversed"), ciphertext: reversed })
///     }
///
///     fn decrypt(&self, _: &str, ciphertext: &[u8], place: &[u8]) -> Result<Vec<u8>, EncryptionError> {
///         let value = ciphertext.strip_suffix(place).ok_or("it is not of this place")?;
///         Ok(value.iter().rev().copied().collect())
///     }
///
///     fn has_key(&self, key_id: &str) -> bool {
///         key_id == "reversed"
///     }
/// }
/// ```
pub trait Encryption: Send + Sync + 'static {
    /// Encrypts a value with the current key.
    ///
    /// `place` says which value of which row it is. Authenticate it as associated data, so that values
    /// that were swapped in the file are refused.
    ///
    /// # Errors
    ///
    /// When the value cannot be encrypted. The engine stops then, as it does when it cannot write.
    fn encrypt(&self, value: &[u8], place: &[u8]) -> Result<Encrypted, EncryptionError>;

    /// Decrypts a value that was encrypted with this key.
    ///
    /// # Errors
    ///
    /// When the ciphertext is not one of this key and place. The engine stops then, unless only people
    /// wanted to see the value.
    fn decrypt(
        &self,
        key_id: &str,
        ciphertext: &[u8],
        place: &[u8],
    ) -> Result<Vec<u8>, EncryptionError>;

    /// Whether values with this key can be decrypted.
    fn has_key(&self, key_id: &str) -> bool;
}

/// A value that was encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encrypted {
    /// The id of its key: 1 to 255 bytes, which are stored in front of each value, and shown to people.
    pub key_id: Arc<str>,
    /// The value, as [`Encryption::decrypt`] takes it.
    pub ciphertext: Vec<u8>,
}

/// Why a value cannot be encrypted or decrypted.
pub type EncryptionError = Box<dyn Error + Send + Sync>;

/// What an engine has to read encrypted values.
#[derive(Clone, Default)]
pub(crate) enum Keys {
    /// Nothing: there must not be any.
    #[default]
    Absent,
    /// Nothing: people look at them as they are.
    Withheld,
    Present(Arc<dyn Encryption>),
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Withheld => "Withheld",
            Self::Present(_) => "Present(..)",
        })
    }
}
