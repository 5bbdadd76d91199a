//! The form of encrypted values: a mark, the length of the id of the key, the id, the ciphertext.

use std::str;

/// How encrypted values begin. No frame begins so, no text and no JSON; any other value that does is
/// stored behind the mark with an empty id.
const MARK: &[u8; 8] = b"\xffrstEnc\x01";

/// A stored value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stored<'v> {
    Plain(&'v [u8]),
    Sealed {
        key_id: &'v str,
        ciphertext: &'v [u8],
    },
    /// It begins with the mark, and does not go on as it must.
    Damaged,
}

impl<'v> Stored<'v> {
    /// What a value in the database is.
    pub(crate) fn of(bytes: &'v [u8]) -> Self {
        let Some(marked) = bytes.strip_prefix(MARK) else { return Self::Plain(bytes) };
        let Some((length, rest)) = marked.split_first() else { return Self::Damaged };
        match rest.split_at_checked(usize::from(*length)) {
            Some((b"", value)) => Self::Plain(value),
            Some((key_id, ciphertext)) => match str::from_utf8(key_id) {
                Ok(key_id) => Self::Sealed { key_id, ciphertext },
                Err(_) => Self::Damaged,
            },
            None => Self::Damaged,
        }
    }
}

/// Whether a value that is not encrypted could be taken for one that is.
pub(crate) fn is_marked(bytes: &[u8]) -> bool {
    bytes.starts_with(MARK)
}

/// What a value with this key begins with; the empty id is that of values that are not encrypted. `None`
/// if the id is too long.
pub(crate) fn prefix(key_id: &str) -> Option<Vec<u8>> {
    let length = u8::try_from(key_id.len()).ok()?;
    Some([MARK, &[length][..], key_id.as_bytes()].concat())
}

/// What people see of a value that cannot be decrypted here; `None` for others.
pub(crate) fn description(bytes: &[u8]) -> Option<String> {
    match Stored::of(bytes) {
        Stored::Plain(_) => None,
        Stored::Sealed { key_id, .. } => Some(format!("[encrypted with key `{key_id}`]")),
        Stored::Damaged => Some("[encrypted, and damaged]".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_names_its_key() {
        let sealed = [&prefix("k1").unwrap()[..], b"cipher"].concat();
        assert_eq!(Stored::of(&sealed), Stored::Sealed { key_id: "k1", ciphertext: b"cipher" });
        assert_eq!(description(&sealed).unwrap(), "[encrypted with key `k1`]");
        assert_eq!(prefix(&"k".repeat(256)), None);
    }

    #[test]
    fn a_value_that_begins_with_the_mark_is_told_from_a_sealed_one() {
        let forged = [&prefix("k1").unwrap()[..], b"mine"].concat();
        let escaped = [&prefix("").unwrap()[..], &forged].concat();
        assert!(is_marked(&forged) && is_marked(&escaped));
        assert_eq!(Stored::of(&escaped), Stored::Plain(&forged));
        assert_eq!(Stored::of(b"value"), Stored::Plain(b"value"));
        assert_eq!(Stored::of(b""), Stored::Plain(b""));
    }

    #[test]
    fn what_is_cut_off_is_damaged() {
        let sealed = prefix("key").unwrap();
        for length in MARK.len()..sealed.len() {
            assert_eq!(Stored::of(&sealed[..length]), Stored::Damaged, "{length}");
        }
        let invalid = [&MARK[..], b"\x01\xff.."].concat();
        assert_eq!(Stored::of(&invalid), Stored::Damaged);
    }
}
