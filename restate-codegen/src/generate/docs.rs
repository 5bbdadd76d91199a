//! Comments of a contract as rustdoc comments.
//!
//! Code blocks in comments are not Rust, and must not become doctests. Brackets are not links to
//! Rust items, and angle brackets are not HTML. rustc refuses comments with a carriage return in a
//! line, or with characters that change the direction of text.

/// The lines of a doc comment for `comment`, without the `///`.
pub(crate) fn lines(comment: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut block = Block::Text { after_blank: true };
    for line in unpadded(&comment.replace(CHANGES_DIRECTION, "")) {
        block = block.push(line, &mut lines);
    }
    if block.is_code() {
        lines.push("```".to_owned());
    }
    lines.into_iter().map(padded).collect()
}

/// The text of the comment, without the space after each `//`.
pub(crate) fn text(comment: &str) -> String {
    unpadded(comment).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn unpadded(comment: &str) -> impl Iterator<Item = &str> {
    let lines = comment.trim_end().lines().flat_map(|line| line.split('\r'));
    let body = lines.skip_while(|line| line.trim().is_empty());
    body.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
}

/// The characters that rustc's lint `text_direction_codepoint_in_literal` refuses.
const CHANGES_DIRECTION: [char; 9] = [
    '\u{202A}', '\u{202B}', '\u{202C}', '\u{202D}', '\u{202E}', '\u{2066}', '\u{2067}', '\u{2068}',
    '\u{2069}',
];

fn padded(line: String) -> String {
    if line.is_empty() { line } else { format!(" {line}") }
}

/// The block that the current line of a comment is in.
enum Block {
    Text { after_blank: bool },
    Fenced { fence: String },
    Indented { blanks: usize },
}

impl Block {
    fn is_code(&self) -> bool {
        !matches!(self, Self::Text { .. })
    }

    fn push(self, line: &str, lines: &mut Vec<String>) -> Self {
        match self {
            Self::Text { after_blank } => {
                if let Some(fence) = fence(line) {
                    lines.push("```text".to_owned());
                    return Self::Fenced { fence };
                }
                if let Some(code) = indented(line).filter(|_| after_blank) {
                    lines.extend(["```text".to_owned(), code.to_owned()]);
                    return Self::Indented { blanks: 0 };
                }
                lines.push(escaped(line));
                Self::Text { after_blank: line.is_empty() }
            }
            Self::Fenced { fence } => {
                let end = line.trim();
                if end.starts_with(&fence) && end.chars().all(|c| fence.starts_with(c)) {
                    lines.push("```".to_owned());
                    return Self::Text { after_blank: false };
                }
                lines.push(line.to_owned());
                Self::Fenced { fence }
            }
            Self::Indented { blanks } => {
                if line.is_empty() {
                    return Self::Indented { blanks: blanks + 1 };
                }
                let blank_lines = std::iter::repeat_n(String::new(), blanks);
                if let Some(code) = indented(line) {
                    lines.extend(blank_lines.chain([code.to_owned()]));
                    return Self::Indented { blanks: 0 };
                }
                lines.push("```".to_owned());
                lines.extend(blank_lines);
                Self::Text { after_blank: true }.push(line, lines)
            }
        }
    }
}

/// The run of backticks or tildes that opens a fenced code block.
fn fence(line: &str) -> Option<String> {
    let line = line.trim_start();
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let fence: String = line.chars().take_while(|c| *c == mark).collect();
    let is_inline = mark == '`' && line[fence.len()..].contains('`');
    (fence.len() >= 3 && !is_inline).then_some(fence)
}

fn indented(line: &str) -> Option<&str> {
    line.strip_prefix("    ").or_else(|| line.strip_prefix('\t'))
}

/// A line of text, with brackets escaped unless they are part of a Markdown link.
fn escaped(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '`' => code_span(rest),
            '[' => link(rest),
            '<' => autolink(rest),
            'h' => {
                let url = bare_url(rest);
                if url > 0 {
                    escaped.extend(["<", &rest[..url], ">"]);
                    rest = &rest[url..];
                    continue;
                }
                0
            }
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => 0,
        };
        if taken > 0 {
            escaped.push_str(&rest[..taken]);
            rest = &rest[taken..];
        } else {
            if matches!(c, '[' | ']' | '<') {
                escaped.push('\\');
            }
            escaped.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    escaped
}

/// Length of the code span at the start of `text`; of the backticks alone if it is not closed here.
fn code_span(text: &str) -> usize {
    let ticks = text.len() - text.trim_start_matches('`').len();
    let close = text[ticks..].find(&text[..ticks]);
    close.map_or(ticks, |at| ticks + at + ticks)
}

/// Length of the link `[text](target)` at the start of `text`.
fn link(text: &str) -> usize {
    let Some(middle) = text.find("](") else { return 0 };
    let is_one_link = !text[1..middle].contains(['[', ']']);
    let end = text[middle..].find(')').filter(|_| is_one_link);
    end.map_or(0, |end| middle + end + 1)
}

/// Length of the link `<https://..>` at the start of `text`.
fn autolink(text: &str) -> usize {
    let url = bare_url(&text[1..]);
    if url > 0 && text[1 + url..].starts_with('>') { url + 2 } else { 0 }
}

/// Length of the URL at the start of `text`, without trailing punctuation.
fn bare_url(text: &str) -> usize {
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return 0;
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, ')' | '>' | '<' | '"'));
    let url = &text[..end.unwrap_or(text.len())];
    url.trim_end_matches(['.', ',', ';', ':', '!', '?']).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_blocks_are_not_tests() {
        let comment =
            " Adds:\n ```rust\n let a = [1];\n ```\n\n     indented();\n\n     more();\n After.";
        let expected = [
            " Adds:",
            " ```text",
            " let a = [1];",
            " ```",
            "",
            " ```text",
            " indented();",
            "",
            " more();",
            " ```",
            " After.",
        ];
        let lines = lines(comment);
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_fence_that_is_left_open_is_closed() {
        assert_eq!(lines("~~~\n x\n```\n"), [" ```text", " x", " ```", " ```"]);
    }

    #[test]
    fn an_indented_line_inside_a_paragraph_is_text() {
        assert_eq!(lines(" - first\n     goes on"), [" - first", "     goes on"]);
    }

    #[test]
    fn brackets_are_not_links_to_rust_items() {
        assert_eq!(escaped("see [Greeter] and a[0]"), r"see \[Greeter\] and a\[0\]");
        assert_eq!(escaped("see [docs](https://a.b/c) `x[0]`"), "see [docs](https://a.b/c) `x[0]`");
    }

    #[test]
    fn angle_brackets_are_not_html() {
        assert_eq!(escaped("a Map<String> or `<b>`"), r"a Map\<String> or `<b>`");
    }

    #[test]
    fn addresses_are_links() {
        assert_eq!(escaped("at https://a.b/c. Or <http://d>"), "at <https://a.b/c>. Or <http://d>");
    }

    #[test]
    fn tabs_and_missing_spaces_are_kept_in_shape() {
        assert_eq!(lines("one\n\n\tcode()\n"), [" one", "", " ```text", " code()", " ```"]);
    }

    #[test]
    fn a_carriage_return_ends_a_line() {
        assert_eq!(lines(" one\r two\r\n three\r"), [" one", " two", " three"]);
        assert_eq!(text(" one\rtwo"), "one\ntwo");
    }

    #[test]
    fn characters_that_change_the_direction_of_text_are_only_in_the_text() {
        let comment = " a\u{202E}b\n ```\n \u{2066}c\n ```";
        assert_eq!(lines(comment), [" ab", " ```text", " c", " ```"]);
        assert_eq!(text(" a\u{202E}b"), "a\u{202E}b");
        assert_eq!(lines(" \u{202E} \n \u{2066}\n"), [""; 0]);
    }

    #[test]
    fn the_text_has_no_margin() {
        assert_eq!(text(" One.\n\n   Two.\n"), "One.\n\n  Two.");
    }
}
