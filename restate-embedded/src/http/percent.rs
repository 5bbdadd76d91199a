use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use restate_core::TerminalError;

use super::refusal::refusal;

/// The parts of a path between slashes, decoded one by one, so that no `%2F` splits them.
pub(crate) fn segments(path: &str) -> Result<Vec<Cow<'_, str>>, TerminalError> {
    path.strip_prefix('/').unwrap_or(path).split('/').map(decode).collect()
}

/// Replaces every `%XX` by the byte that it stands for.
///
/// # Errors
///
/// Code 400 for a `%` without two digits, which `percent_encoding` would keep as it is: a key that
/// means something else than its sender intended is worse than none.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, TerminalError> {
    let is_escape = |rest: &str| {
        rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(is_escape) {
        return Err(invalid(text, "has a `%` without two hexadecimal digits"));
    }
    percent_decode_str(text).decode_utf8().map_err(|_| invalid(text, "is not UTF-8"))
}

fn invalid(text: &str, problem: &str) -> TerminalError {
    refusal(400, format!("`{text}` in the URL {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_bytes_and_never_separators() {
        assert_eq!(segments("/a%2Fb/%C3%A4/c").unwrap(), ["a/b", "ä", "c"]);
        assert_eq!(decode("a+b").unwrap(), "a+b");
    }

    #[test]
    fn malformed_escapes_are_refused() {
        for text in ["%", "%4", "%zz", "%+1", "a%", "%FF"] {
            assert_eq!(decode(text).unwrap_err().code(), 400, "{text}");
        }
    }
}
