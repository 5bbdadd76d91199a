use std::{
    collections::HashSet,
    env, fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A token that is guessed in a lifetime is shorter than this; `openssl rand -hex 32` has 64 letters.
const MIN_LENGTH: usize = 16;

/// Where a server finds the bearer tokens of its clients, `authorization: Bearer ..`.
///
/// There is one token on a line, with the name of its holder and what it permits: `read`, or `change`,
/// which includes reading. The name is what logs show. Lines that start with `#` are comments.
///
/// ```text
/// # name   access  token
/// grafana  read    0b54cf9d6c1a43f0a1c9b7c5a2f4e0d1
/// deploys  change  5a7f0c3e9d8b4b6f8c2e1d0a9f7b6c5d
/// ```
///
/// ```no_run
/// use restate_embedded::{Engine, Tokens};
///
/// let builder = Engine::builder()
///     .admin("127.0.0.1:9070")
///     .admin_tokens(Tokens::file("/run/secrets/restate-admin-tokens"))
///     .ingress_tokens(Tokens::variable("RESTATE_INGRESS_TOKENS"));
/// # let _ = builder;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    source: TokenSource,
}

#[derive(Clone, PartialEq, Eq)]
enum TokenSource {
    File(PathBuf),
    Variable(String),
    Text(String),
}

/// What a token permits; more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    /// To see what there is.
    Read,
    /// To call handlers, and to change everything that the interface can change.
    Change,
}

/// A token of a client.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) name: Arc<str>,
    pub(crate) access: Access,
    secret: String,
}

impl Tokens {
    /// The tokens in this file. Whenever the file changes, it is read again; if it cannot be read then,
    /// the tokens stay as they are, and an error is logged.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { source: TokenSource::File(path.into()) }
    }

    /// The tokens in this environment variable, read once, at the start. Semicolons separate lines, too.
    pub fn variable(name: impl Into<String>) -> Self {
        Self { source: TokenSource::Variable(name.into()) }
    }

    /// The tokens in this text, such as one that a secret store has returned. Semicolons separate lines,
    /// too.
    pub fn text(text: impl Into<String>) -> Self {
        Self { source: TokenSource::Text(text.into()) }
    }

    /// The file with the tokens, if they are in one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.source {
            TokenSource::File(path) => Some(path),
            TokenSource::Variable(_) | TokenSource::Text(_) => None,
        }
    }

    /// Reads the tokens.
    ///
    /// # Errors
    ///
    /// When they are not found or malformed; the message does not contain them.
    pub(crate) fn read(&self) -> Result<Vec<Token>, String> {
        let text = match &self.source {
            TokenSource::File(path) => fs::read_to_string(path).map_err(|error| error.to_string()),
            TokenSource::Variable(name) => env::var(name).map_err(|error| error.to_string()),
            TokenSource::Text(text) => Ok(text.clone()),
        };
        let tokens = text.and_then(|text| match &self.source {
            TokenSource::File(_) => parse(&text, &['\n']),
            TokenSource::Variable(_) | TokenSource::Text(_) => parse(&text, &['\n', ';']),
        });
        tokens.map_err(|error| format!("{self}: {error}"))
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            TokenSource::File(path) => write!(f, "the tokens in `{}`", path.display()),
            TokenSource::Variable(name) => write!(f, "the tokens in the variable `{name}`"),
            TokenSource::Text(_) => f.write_str("the tokens in the program"),
        }
    }
}

/// The text of tokens is not shown.
impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Variable(name) => f.debug_tuple("Variable").field(name).finish(),
            Self::Text(_) => f.debug_tuple("Text").finish_non_exhaustive(),
        }
    }
}

fn parse(text: &str, separators: &[char]) -> Result<Vec<Token>, String> {
    let lines = text.split(separators).map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let tokens: Result<Vec<Token>, String> = lines
        .map(|(index, line)| token(line).map_err(|error| format!("line {}: {error}", index + 1)))
        .collect();
    let tokens = tokens?;
    let mut secrets = HashSet::new();
    if let Some(token) = tokens.iter().find(|token| !secrets.insert(&token.secret)) {
        return Err(format!("the token of `{}` is there twice", token.name));
    }
    if tokens.is_empty() {
        return Err(
            "no line holds a token; write a name, `read` or `change`, and a token on a line, \
                    and make the token with `openssl rand -hex 32`"
                .to_owned(),
        );
    }
    Ok(tokens)
}

fn token(line: &str) -> Result<Token, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, access, secret] = words[..] else {
        let count = words.len();
        return Err(format!(
            "there are {count} words; write a name, `read` or `change`, and a token"
        ));
    };
    let access = match access {
        "read" => Access::Read,
        "change" => Access::Change,
        _ => return Err("the second word is neither `read` nor `change`".to_owned()),
    };
    if secret.len() < MIN_LENGTH || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        // The words may be in the wrong order, so none of them is shown.
        return Err(format!(
            "the third word is no token of at least {MIN_LENGTH} visible ASCII characters; make one \
             with `openssl rand -hex 32`"
        ));
    }
    Ok(Token { name: name.into(), access, secret: secret.to_owned() })
}

impl Token {
    /// Whether a client has sent this token. How long this takes depends on lengths only, so that nobody
    /// can find a token letter by letter.
    pub(crate) fn is(&self, sent: &[u8]) -> bool {
        let secret = self.secret.as_bytes();
        let differences =
            secret.iter().zip(sent).fold(0, |seen, (one, other)| seen | (one ^ other));
        secret.len() == sent.len() && std::hint::black_box(differences) == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("name", &self.name)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_a_name_an_access_and_a_secret() {
        let text = "# comment\n\n a read 0123456789abcdef \nb\tchange\tfedcba9876543210";
        let tokens = parse(text, &['\n']).unwrap();
        let found: Vec<_> = tokens.iter().map(|token| (&*token.name, token.access)).collect();
        assert_eq!(found, [("a", Access::Read), ("b", Access::Change)]);
        assert!(tokens[0].is(b"0123456789abcdef"));
        for other in [&b"0123456789abcdeg"[..], b"0123456789abcde", b"0123456789abcdef0", b""] {
            assert!(!tokens[0].is(other));
        }
        assert!(!format!("{tokens:?} {:?}", Tokens::text(text)).contains("0123"));
        assert_eq!(Tokens::text("a read 0123456789abcdef;").read().unwrap().len(), 1);
    }

    #[test]
    fn malformed_tokens_are_refused_and_not_shown() {
        for (text, reason) in [
            ("", "no line holds a token"),
            ("# a read 0123456789abcdef", "no line holds a token"),
            ("a 0123456789abcdef", "line 1: there are 2 words"),
            ("\na write 0123456789abcdef", "line 2: the second word"),
            ("0123456789abcdef change a", "line 1: the third word"),
            ("a read 0123456789abcde", "at least 16"),
            ("a read 0123456789abcdéf", "visible ASCII"),
            ("a read 0123456789abcdef\nb change 0123456789abcdef", "`b` is there twice"),
        ] {
            let error = parse(text, &['\n']).unwrap_err();
            assert!(error.contains(reason) && !error.contains("0123"), "{text}: {error}");
        }
    }
}
