//! The request of an invocation, which its journal begins with.

use bytes::Bytes;

use super::Journal;
use crate::payload::Encoding;

impl Journal {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|header| (&*header.key, &*header.value))
    }

    pub(crate) fn input(&self) -> Bytes {
        self.input.clone()
    }

    pub(crate) fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    pub(crate) fn limit_key(&self) -> Option<&str> {
        self.limit_key.as_deref()
    }

    pub(crate) fn idempotency_key(&self) -> Option<&str> {
        self.idempotency_key.as_deref()
    }

    pub(crate) fn encoding(&self) -> Option<Encoding> {
        self.encoding
    }
}
