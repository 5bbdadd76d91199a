//! Fewer lines for what fits into a hundred columns, as rustfmt would have it.

/// The longest line that is made.
const WIDTH: usize = 100;

/// `text` with lists of arguments and single expressions on one line where they fit.
pub(crate) fn compact(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        lines.push(line.to_owned());
        // What was joined can be the end of something else.
        while join_last(&mut lines) || join_chain(&mut lines) {}
    }
    lines.join("\n") + "\n"
}

/// Joins the block that the last line closes; `false` if there is none or it is too long.
fn join_last(lines: &mut Vec<String>) -> bool {
    let Some((close, body)) = lines.split_last() else { return false };
    let depth = indent(close);
    if !close.trim_start().starts_with([')', '>', '}']) {
        return false;
    }
    let inner = body.iter().rev().take_while(|line| indent(line) == depth + 4).count();
    let Some(open_at) = body.len().checked_sub(inner + 1).filter(|_| inner > 0) else {
        return false;
    };
    let (open, inner) = (&body[open_at], &body[open_at + 1..]);
    if indent(open) != depth || is_comment(open) || inner.iter().any(|line| is_comment(line)) {
        return false;
    }
    let Some(joined) = joined(open, inner, close.trim_start()) else { return false };
    lines.truncate(open_at);
    lines.extend(joined);
    true
}

/// Joins a method call in the last line to what it is called on, in the line before: a name, or the
/// codec of a handler.
fn join_chain(lines: &mut Vec<String>) -> bool {
    let [.., receiver, call] = &lines[..] else { return false };
    let is_name = receiver.trim_start().chars().all(|c| c.is_alphanumeric() || c == '_');
    let is_name =
        is_name || receiver.trim_start().starts_with("codec::<") && receiver.ends_with("()");
    let is_call = call.trim_start().starts_with('.') && call.trim_end_matches(',').ends_with(')');
    let line = format!("{receiver}{}", call.trim_start());
    if !is_name || !is_call || line.len() > WIDTH {
        return false;
    }
    lines.truncate(lines.len() - 2);
    lines.push(line);
    true
}

fn joined(open: &str, inner: &[String], close: &str) -> Option<Vec<String>> {
    if let (Some(arm), [expression], "}") = (open.strip_suffix(" => {"), inner, close) {
        let line = format!("{arm} => {},", expression.trim());
        return (line.len() <= WIDTH).then_some(vec![line]);
    }
    let is_list = open.ends_with(['(', '<']) && close.starts_with([')', '>']);
    if !is_list || inner.iter().any(|line| line.ends_with(['(', '<', '{', ';'])) {
        return None;
    }
    let list = inner.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let line = format!("{open}{}{close}", list.trim_end_matches(','));
    if line.len() <= WIDTH {
        return Some(vec![line]);
    }
    let (arguments, result) = line.split_once(" -> ")?;
    let result = format!("{:width$}-> {result}", "", width = indent(open));
    (arguments.len() <= WIDTH && result.len() <= WIDTH).then(|| vec![arguments.to_owned(), result])
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_fit_are_on_one_line() {
        let text =
            "    fn greet(\n        &self,\n        request: GreetRequest,\n    ) -> Reply;\n";
        assert_eq!(compact(text), "    fn greet(&self, request: GreetRequest) -> Reply;\n");
    }

    #[test]
    fn a_long_result_has_a_line_of_its_own() {
        let long = "R".repeat(70);
        let text = format!("fn greet(\n    &self,\n    request: GreetRequest,\n) -> {long} {{\n");
        assert_eq!(
            compact(&text),
            format!("fn greet(&self, request: GreetRequest)\n-> {long} {{\n")
        );
    }

    #[test]
    fn a_codec_and_its_first_call_are_on_one_line() {
        let text = "    codec::<A, B>()\n        .plain(\"C\"),\n";
        assert_eq!(compact(text), "    codec::<A, B>().plain(\"C\"),\n");
        let arm =
            "    \"C\" => {\n        codec::<A, B>()\n            .serve(i, &s, S::c)\n    }\n";
        assert_eq!(compact(arm), "    \"C\" => codec::<A, B>().serve(i, &s, S::c),\n");
    }

    #[test]
    fn an_arm_of_one_expression_has_no_braces() {
        let text = "    \"Add\" => {\n        incoming\n            .serve(\n                a,\n                b,\n            )\n    }\n";
        assert_eq!(compact(text), "    \"Add\" => incoming.serve(a, b),\n");
    }
}
