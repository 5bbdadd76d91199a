//! Statements in DataFusion's dialect, as Restate's tools send them, in that of SQLite.

use super::tokens::{SqlToken, TokenKind, tokens};

/// A statement for SQLite, and what was noticed in it.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) sql: String,
    /// Its words, in lower case: the tables that it may read are among them. None if it does not read.
    words: Vec<String>,
    pub(super) predicates: Predicates,
}

impl Translated {
    /// The first of its words that is among these names.
    pub(super) fn first_of(&self, names: &[&str]) -> Option<String> {
        self.words.iter().find(|word| names.contains(&word.as_str())).cloned()
    }
}

/// The result columns that are predicates, such as `x IS NULL`: SQLite has no booleans.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Predicates {
    /// Of the columns before `*`, if there is one.
    first: Vec<bool>,
    /// Of those behind it, the last one first.
    last: Vec<bool>,
}

impl Predicates {
    /// Whether the column at `index` of `count` is one.
    pub(super) fn contains(&self, index: usize, count: usize) -> bool {
        let from_end = count.saturating_sub(index + 1);
        self.first.get(index).or_else(|| self.last.get(from_end)).copied().unwrap_or_default()
    }
}

/// Words that follow a table in a FROM clause, and so are no name for it.
const CLAUSES: [&str; 20] = [
    "where",
    "group",
    "order",
    "having",
    "limit",
    "offset",
    "window",
    "union",
    "intersect",
    "except",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "on",
    "using",
    "indexed",
];

/// Words that make a predicate of the expression they are in, unless in parentheses or in CASE.
const PREDICATES: [&str; 14] = [
    "is", "in", "like", "glob", "between", "not", "and", "or", "exists", "isnull", "notnull",
    "match", "regexp", "ilike",
];
const COMPARISONS: [&str; 8] = ["=", "==", "!=", "<>", "<", ">", "<=", ">="];

pub(super) fn translate(sql: &str) -> Translated {
    let all = tokens(sql);
    let places: Vec<usize> =
        (0..all.len()).filter(|at| all[*at].kind != TokenKind::Space).collect();
    let parts: Vec<SqlToken<'_>> = places.iter().map(|at| all[*at]).collect();
    let is_read =
        parts.first().is_some_and(|it| it.is_one_of(&["select", "with", "values", "explain"]));
    let mut written: Vec<String> = all.iter().map(|token| token.text.to_owned()).collect();
    if is_read {
        for (part, text) in replacements(&parts) {
            written[places[part]] = text;
        }
    }
    let is_name = |it: &&SqlToken<'_>| matches!(it.kind, TokenKind::Word | TokenKind::Quoted);
    let words = parts.iter().filter(is_name).filter(|_| is_read);
    let unquoted = |it: &SqlToken<'_>| it.text.trim_matches(['"', '`', '[', ']']).to_lowercase();
    let predicates = predicates(&parts);
    Translated { sql: written.concat(), words: words.map(unquoted).collect(), predicates }
}

/// Tokens that are written differently.
fn replacements(parts: &[SqlToken<'_>]) -> Vec<(usize, String)> {
    let mut replaced = Vec::new();
    let at = |place: usize| parts.get(place).copied();
    for (place, token) in parts.iter().enumerate() {
        let next = at(place + 1);
        if token.is_word("index") {
            // A keyword of SQLite.
            replaced.push((place, r#""index""#.to_owned()));
        } else if token.is_word("string") && next.is_some_and(|it| it.is_symbol(")")) {
            // To SQLite, such a type would be a number.
            replaced.push((place, "text".to_owned()));
        } else if token.is_word("information_schema")
            && next.is_some_and(|it| it.is_symbol("."))
            && at(place + 2).is_some_and(|it| it.is_word("columns"))
        {
            replaced.push((place, "restate_columns".to_owned()));
            replaced.push((place + 1, String::new()));
            replaced.push((place + 2, String::new()));
        } else if token.is_word("first_value") && next.is_some_and(|it| it.is_symbol("(")) {
            let end = closing(parts, place + 1);
            if !end.and_then(|end| at(end + 1)).is_some_and(|it| it.is_word("over")) {
                // Only a window function to SQLite.
                replaced.push((place, "restate_first_value".to_owned()));
            }
        } else if token.is_symbol("(")
            && place > 0
            && parts[place - 1].is_one_of(&["from", "join"])
            && let Some(end) = closing(parts, place)
            && !at(end + 1).is_some_and(is_name)
            && let Some(name) = only_table(&parts[place + 1..end])
        {
            // The names of tables in it are known outside of it.
            replaced.push((end, format!(") AS {name}")));
        }
    }
    replaced
}

/// Where the parenthesis at `opening` is closed.
fn closing(parts: &[SqlToken<'_>], opening: usize) -> Option<usize> {
    let mut depth = 0;
    (opening..parts.len()).find(|place| {
        depth += depth_change(parts[*place]);
        depth == 0
    })
}

fn depth_change(token: SqlToken<'_>) -> isize {
    isize::from(token.is_symbol("(")) - isize::from(token.is_symbol(")"))
}

fn is_name(token: SqlToken<'_>) -> bool {
    token.kind == TokenKind::Quoted || token.kind == TokenKind::Word && !token.is_one_of(&CLAUSES)
}

/// The name of the table that a subquery reads, if it reads one.
fn only_table<'a>(parts: &[SqlToken<'a>]) -> Option<&'a str> {
    let mut depth = 0;
    let from = parts.iter().position(|token| {
        depth += depth_change(*token);
        depth == 0 && token.is_word("from")
    })?;
    let at = |place: usize| parts.get(place).copied();
    let table = at(from + 1).filter(|it| is_name(*it))?;
    let alias = match at(from + 2) {
        Some(token) if token.is_word("as") => at(from + 3),
        other => other,
    };
    match alias {
        Some(alias) if is_name(alias) => Some(alias.text),
        Some(symbol) if symbol.kind == TokenKind::Symbol => None,
        _ => Some(table.text),
    }
}

/// The predicates among the result columns of the outermost SELECT.
fn predicates(parts: &[SqlToken<'_>]) -> Predicates {
    let mut depth = 0;
    let select = parts.iter().position(|token| {
        depth += depth_change(*token);
        depth == 0 && token.is_word("select")
    });
    let Some(select) = select else { return Predicates::default() };
    let mut columns = vec![Vec::new()];
    let mut before = parts[select];
    for token in &parts[select + 1..] {
        depth += depth_change(*token);
        let ends =
            token.is_one_of(&CLAUSES) || token.is_word("from") && !before.is_word("distinct");
        if depth == 0 && (ends && !before.is_symbol(".") || token.is_symbol(";")) {
            break;
        }
        match token.is_symbol(",") && depth == 0 {
            true => columns.push(Vec::new()),
            false => columns.last_mut().into_iter().for_each(|column| column.push(*token)),
        }
        before = *token;
    }
    let is_star = |column: &Vec<SqlToken<'_>>| column.last().is_some_and(|it| it.is_symbol("*"));
    let star = columns.iter().position(is_star);
    let first = columns[..star.unwrap_or(columns.len())].iter();
    let last = columns[star.map_or(columns.len(), |star| star + 1)..].iter().rev();
    Predicates {
        first: first.map(|column| is_predicate(column)).collect(),
        // A second `*` hides what is before it.
        last: last.take_while(|it| !is_star(it)).map(|column| is_predicate(column)).collect(),
    }
}

fn is_predicate(column: &[SqlToken<'_>]) -> bool {
    if column.first().is_some_and(|it| it.is_one_of(&["true", "false"])) {
        return true;
    }
    let (mut depth, mut cases) = (0, 0);
    for token in column {
        depth += depth_change(*token);
        cases += isize::from(token.is_word("case")) - isize::from(token.is_word("end"));
        if depth != 0 || cases != 0 {
            continue;
        }
        // What follows is the name of the column.
        if token.is_word("as") {
            return false;
        }
        // Of all operators, these bind least.
        let compares = token.kind == TokenKind::Symbol && COMPARISONS.contains(&token.text);
        if compares || token.is_one_of(&PREDICATES) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_translated(sql in "(select|from|join|index|first_value|string|[a-z]|[(),.;*='\"-]| )*") {
            let parts = tokens(&sql);
            prop_assert_eq!(parts.iter().map(|it| it.text).collect::<String>(), sql.clone());
            let translated = translate(&sql);
            prop_assert!(translated.sql.len() >= sql.len() || sql.contains("string"));
        }
    }

    fn translated(sql: &str) -> String {
        translate(sql).sql
    }

    #[test]
    fn what_sqlite_would_not_understand_is_rewritten() {
        for (sql, expected) in [
            ("SELECT sj.index FROM sys_journal sj", r#"SELECT sj."index" FROM sys_journal sj"#),
            (
                "SELECT FIRST_VALUE(id ORDER BY created_at ASC) FROM t",
                "SELECT restate_first_value(id ORDER BY created_at ASC) FROM t",
            ),
            ("SELECT CAST(NULL as STRING) AS x", "SELECT CAST(NULL as text) AS x"),
            (
                "SELECT COUNT(*) FROM information_schema.columns",
                "SELECT COUNT(*) FROM restate_columns",
            ),
            (
                "SELECT COUNT(1) FROM (SELECT * FROM sys_invocation inv LIMIT 5) WHERE inv.x = 1",
                "SELECT COUNT(1) FROM (SELECT * FROM sys_invocation inv LIMIT 5) AS inv WHERE inv.x = 1",
            ),
        ] {
            assert_eq!(translated(sql), expected);
        }
    }

    #[test]
    fn what_sqlite_understands_stays_as_it_is() {
        for sql in [
            "SELECT first_value(id) OVER (ORDER BY id) FROM t",
            "SELECT 'information_schema.columns', 'index' -- index",
            "SELECT * FROM (SELECT * FROM a) AS b",
            "SELECT * FROM (SELECT * FROM a) b WHERE b.x",
            "SELECT * FROM (SELECT 1)",
            "SELECT * FROM t WHERE x IN (SELECT y FROM a)",
            "CREATE INDEX i ON state (name)",
        ] {
            assert_eq!(translated(sql), sql);
        }
    }

    #[test]
    fn predicates_are_recognized_by_their_operators() {
        let found = |sql: &str, count| {
            let predicates = translate(sql).predicates;
            (0..count).map(|index| predicates.contains(index, count)).collect::<Vec<_>>()
        };
        assert_eq!(
            found("SELECT a, b IS NULL AS c, (a = b), f(a = b), a = b, count(1) FROM t", 6),
            [false, true, false, false, true, false]
        );
        assert_eq!(
            found("WITH x AS (SELECT 1 = 1) SELECT x.*, d.id IS NOT NULL as e FROM d", 4),
            [false, false, false, true]
        );
        assert_eq!(
            found("SELECT CASE WHEN a = b THEN 1 END, a -> 'b', a << 1, true, a AS is", 5),
            [false, false, false, true, false]
        );
    }
}
