/// The text of a document.
pub(super) struct Document {
    text: String,
}

impl Document {
    pub(super) fn new(text: String) -> Self {
        Self { text }
    }

    /// The targets of links within the repository, outside of code.
    pub(super) fn links(&self) -> impl Iterator<Item = &str> {
        // In `Get[T](ctx)` the target would be behind an odd number of backticks.
        let is_prose = |line: &str, at: usize| line[..at].matches('`').count().is_multiple_of(2);
        let targets = self.prose().flat_map(move |line| {
            let starts = line.match_indices("](").filter(move |(at, _)| is_prose(line, *at));
            starts.filter_map(|(at, _)| line[at + 2..].split(')').next())
        });
        targets.filter(|target| !target.is_empty() && !target.contains(':'))
    }

    /// Whether there is a heading with this anchor; none stands for the whole page.
    pub(super) fn has_heading(&self, anchor: &str) -> bool {
        let headings = self.prose().filter(|line| line.starts_with('#'));
        anchor.is_empty() || headings.map(anchor_of).any(|heading| heading == anchor)
    }

    /// Paths of sources in backticks, in full from the root of the repository.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        let quoted = self.prose().flat_map(|line| line.split('`').skip(1).step_by(2));
        let tops = ["restate", "tests/", "examples/", "benches/", "xtask/", "docs/"];
        quoted.filter(move |name| {
            let top = tops.iter().any(|top| name.starts_with(top));
            let is_path = name.contains('/') && !name.contains("::");
            top && is_path && !name.contains([' ', '*', '{', '<', '(', '='])
        })
    }

    /// Lines of code blocks and words in backticks: those that are commands among them.
    pub(super) fn commands(&self) -> impl Iterator<Item = &str> {
        let prose = self.prose();
        let quoted = prose.flat_map(|line| line.split('`').skip(1).step_by(2));
        let blocks = self.lines().filter(|(_, is_code)| *is_code);
        blocks.map(|(line, _)| line.trim()).chain(quoted)
    }

    fn prose(&self) -> impl Iterator<Item = &str> {
        self.lines().filter_map(|(line, is_code)| (!is_code).then_some(line))
    }

    /// All lines, and whether they are code. A line that is indented in a list is not.
    fn lines(&self) -> impl Iterator<Item = (&str, bool)> {
        let (mut fenced, mut indented, mut after_blank) = (false, false, true);
        self.text.lines().map(move |line| {
            let is_fence = line.trim_start().starts_with("```");
            fenced ^= is_fence;
            let is_indented = line.starts_with("    ");
            indented = is_indented && (indented || after_blank);
            after_blank = line.trim().is_empty() && (after_blank || !line.starts_with(['-', '1']));
            (line, fenced || is_fence || indented)
        })
    }
}

/// The anchor of a heading, as forges and mdBook make it.
fn anchor_of(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_paths_and_commands_are_found() {
        let text = "See [it](docs/a.md#part), [there](https://x.y/z) and `restate-core/src/lib.rs`.\n\
                    ```text\n`tests/nowhere.rs`\n```\nNot `restate/*`, not `Get[T](ctx)`.\n\n    \
                    cargo xtask test\n\nand [it](b.md).";
        let page = Document::new(text.to_owned());
        assert_eq!(page.links().collect::<Vec<_>>(), ["docs/a.md#part", "b.md"]);
        assert_eq!(page.paths().collect::<Vec<_>>(), ["restate-core/src/lib.rs"]);
        assert!(page.commands().any(|command| command == "cargo xtask test"));
    }

    #[test]
    fn headings_have_the_anchors_of_forges() {
        let page =
            Document::new("## Replay: what `#[handlers]` finds\n```\n# no heading\n```".to_owned());
        assert!(page.has_heading("replay-what-handlers-finds"));
        assert!(!page.has_heading("no-heading"));
    }
}
