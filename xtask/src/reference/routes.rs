//! Compares the routes on `docs/reference/http.md` with those that the engine knows.

use std::collections::BTreeSet;

use super::read;
use crate::command::Failed;

pub(super) const PAGE: &str = "docs/reference/http.md";

/// What the routes of a server begin with, and the file that matches them.
const SERVERS: [(&str, &str, &str); 2] = [
    ("## Ingress", "/restate", "restate-embedded/src/http/ingress/route.rs"),
    ("## Admin interface", "", "restate-embedded/src/http/admin/route.rs"),
];

/// Routes that only one of both has.
pub(super) fn differences(page: &str) -> Result<Vec<String>, Failed> {
    let mut differences = Vec::new();
    for (heading, prefix, file) in SERVERS {
        let known = routes(&read(file)?, prefix);
        let section = page.split_once(heading).map_or("", |(_, rest)| rest);
        let section = section.split("\n## ").next().unwrap_or_default();
        let documented = documented(section);
        let missing = known.difference(&documented);
        differences.extend(missing.map(|route| format!("{PAGE} lacks {route}, which {file} has")));
        let starts = |route: &&String| route.starts_with(prefix);
        let wrong = documented.difference(&known).filter(starts);
        differences.extend(wrong.map(|route| format!("{PAGE} has {route}, which {file} lacks")));
    }
    Ok(differences)
}

/// The routes in the patterns of a `match`, such as `/services/{}/state` for `["services", name, "state"]`.
fn routes(source: &str, prefix: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let arms =
        source.lines().map(str::trim).filter(|line| line.starts_with("[\"") && line.contains("=>"));
    let patterns = arms.filter_map(|arm| arm.split("=>").next());
    let patterns = patterns.flat_map(|patterns| patterns.split("] | [").collect::<Vec<_>>());
    let patterns = patterns.map(|pattern| pattern.trim().trim_matches(['[', ']']));
    patterns
        .filter(|pattern| !pattern.starts_with("\"restate\""))
        .flat_map(|pattern| spelled(pattern, prefix))
        .collect()
}

/// The routes of one pattern: alternatives such as `"a" | "b"` are two.
fn spelled(pattern: &str, prefix: &str) -> Vec<String> {
    let mut routes = vec![prefix.to_owned()];
    for segment in pattern.split(", ") {
        let words = segment.split(" | ").map(|word| match word.strip_prefix('"') {
            Some(literal) => literal.trim_end_matches('"'),
            // `rest @ ..` is the path of a handler, or nothing that is documented.
            None if word.ends_with("..") => "",
            None => "{}",
        });
        let words: Vec<&str> = words.collect();
        let longer = routes.iter().flat_map(|route| {
            words.iter().map(move |word| match *word {
                "" => route.clone(),
                word => format!("{route}/{word}"),
            })
        });
        routes = longer.collect();
    }
    routes
}

/// The routes in the first column of tables, with `{}` for parameters. What is in brackets may be left out.
fn documented(section: &str) -> BTreeSet<String> {
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let paths = cells.filter_map(|cell| cell.split_whitespace().nth(1));
    paths.map(with_empty_parameters).collect()
}

fn with_empty_parameters(path: &str) -> String {
    let path = path.split(['?', '[']).collect::<Vec<_>>();
    let path = path.first().copied().unwrap_or_default();
    let segments =
        path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_become_routes() {
        let source = "match x {\n    [\"health\"] => A,\n    [\"a\" | \"b\", id] | [\"c\"] => B,\n    \
                      [\"call\", service, rest @ ..] => C,\n}\n#[cfg(test)]\n[\"never\"] => D,";
        let expected = ["/p/a/{}", "/p/b/{}", "/p/c", "/p/call/{}", "/p/health"];
        assert_eq!(routes(source, "/p"), expected.map(str::to_owned).into());
    }

    #[test]
    fn tables_have_routes() {
        let section = "| `GET /a/{id}` | x |\n| `POST /b/{c}?delay=` | y |\nGET /none\n";
        assert_eq!(documented(section), ["/a/{}", "/b/{}"].map(str::to_owned).into());
    }
}
