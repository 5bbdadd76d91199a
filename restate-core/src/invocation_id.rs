//! Ids of invocations.

use std::{borrow::Borrow, fmt, ops::Deref, sync::Arc};

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    payload::{Encoding, Format, Payload, PayloadError},
    wire::ids::InvocationIdParts,
};

/// The id of an invocation, as its engine has given it: `inv_1` and 33 letters and digits.
///
/// Making one of a text never fails; [`parts`](Self::parts) says whether it is an id, and an engine
/// refuses what is not. Ids of the embedded engine cannot be guessed. On a Restate server, that of a
/// workflow or of a call with an idempotency key is a hash of these keys, so the id is known
/// to everyone who knows them.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InvocationId(Arc<str>);

impl InvocationId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the id consists of; `None` if the text is not an id.
    ///
    /// ```
    /// use restate_core::InvocationId;
    ///
    /// let id = InvocationId::from("inv_1aDcgkwRzurf074vyWlLIXG6KQLWm4DpHp");
    /// assert_eq!(id, id.parts().unwrap().to_string().as_str());
    /// assert_eq!(InvocationId::from("inv_1").parts(), None);
    /// ```
    pub fn parts(&self) -> Option<InvocationIdParts> {
        InvocationIdParts::parse(self)
    }
}

impl From<&str> for InvocationId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl From<String> for InvocationId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl From<&String> for InvocationId {
    fn from(id: &String) -> Self {
        Self(id.as_str().into())
    }
}

impl From<&Self> for InvocationId {
    fn from(id: &Self) -> Self {
        id.clone()
    }
}

impl From<InvocationId> for String {
    fn from(id: InvocationId) -> Self {
        id.as_str().to_owned()
    }
}

impl Deref for InvocationId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

// Holds what `Borrow` asks for: an id is equal, ordered and hashed like its text.
impl Borrow<str> for InvocationId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for InvocationId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for InvocationId {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for InvocationId {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for InvocationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Payload for InvocationId {
    const FORMAT: Format = String::FORMAT;

    fn encode(&self, encoding: Encoding) -> Result<Bytes, PayloadError> {
        self.as_str().to_owned().encode(encoding)
    }

    fn decode(bytes: Bytes, encoding: Encoding) -> Result<Self, PayloadError> {
        String::decode(bytes, encoding).map(Self::from)
    }
}

impl Serialize for InvocationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for InvocationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
