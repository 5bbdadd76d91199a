//! The words of an SQL statement, as far as its dialect has to be told.

/// A part of a statement; the parts together are the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SqlToken<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// White space or a comment.
    Space,
    /// A keyword or a name.
    Word,
    /// A name in quotes.
    Quoted,
    /// A text or a number.
    Literal,
    /// Anything else.
    Symbol,
}

impl SqlToken<'_> {
    pub(super) fn is_word(self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_one_of(self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_word(word))
    }

    pub(super) fn is_symbol(self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text == symbol
    }
}

/// Operators that would look like others if they were taken apart.
const OPERATORS: [&str; 12] =
    ["->>", "->", "<<", ">>", "<=", ">=", "<>", "!=", "==", "||", "/*", "--"];

pub(super) fn tokens(sql: &str) -> Vec<SqlToken<'_>> {
    let (mut tokens, mut rest) = (Vec::new(), sql);
    while !rest.is_empty() {
        let (kind, length) = first(rest);
        let (text, others) = rest.split_at(length);
        tokens.push(SqlToken { kind, text });
        rest = others;
    }
    tokens
}

/// The kind of the first token of a text that is not empty, and its length.
fn first(sql: &str) -> (TokenKind, usize) {
    let up_to = |end: &str| sql[2..].find(end).map_or(sql.len(), |at| at + 2 + end.len());
    let operator = OPERATORS.iter().find(|operator| sql.starts_with(**operator));
    match operator {
        Some(&"--") => return (TokenKind::Space, up_to("\n")),
        Some(&"/*") => return (TokenKind::Space, up_to("*/")),
        Some(operator) => return (TokenKind::Symbol, operator.len()),
        None => {}
    }
    let while_it = |is: fn(char) -> bool| sql.find(|c| !is(c)).unwrap_or(sql.len());
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    match sql.chars().next().unwrap_or_default() {
        c if c.is_whitespace() => (TokenKind::Space, while_it(char::is_whitespace)),
        '\'' => (TokenKind::Literal, quoted(sql, '\'')),
        '[' => (TokenKind::Quoted, sql.find(']').map_or(sql.len(), |at| at + 1)),
        c @ ('"' | '`') => (TokenKind::Quoted, quoted(sql, c)),
        c if c.is_ascii_digit() => {
            (TokenKind::Literal, while_it(|c| c.is_alphanumeric() || c == '.' || c == '_'))
        }
        c if is_word(c) => (TokenKind::Word, sql.find(|c| !is_word(c)).unwrap_or(sql.len())),
        c => (TokenKind::Symbol, c.len_utf8()),
    }
}

/// The length of what is in quotes; a doubled quote is a part of it.
fn quoted(sql: &str, quote: char) -> usize {
    let mut chars = sql.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    sql.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_or_commented_out_has_no_words() {
        let sql =
            "SELECT 'it''s index' -- index\n, \"a\"\"index\", [index], x'00' /* index */ FROM t";
        let parts = tokens(sql);
        let words: Vec<_> =
            parts.iter().filter(|it| it.kind == TokenKind::Word).map(|it| it.text).collect();
        assert_eq!(words, ["SELECT", "x", "FROM", "t"]);
        assert_eq!(parts.iter().map(|it| it.text).collect::<String>(), sql);
    }

    #[test]
    fn any_text_comes_to_an_end() {
        for sql in ["'", "'a", "\"", "[", "/*", "--", "-", "''", "1.5e3", "ä", "\u{1f600}", "a.b"]
        {
            assert_eq!(tokens(sql).iter().map(|it| it.text).collect::<String>(), sql);
        }
    }
}
