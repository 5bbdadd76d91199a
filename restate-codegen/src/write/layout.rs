//! Joins lines that fit into a hundred columns, as rustfmt does.
//!
//! prettyplease breaks lists after 89 columns and gives every match arm a block. People read
//! generated code; this halves its lines.

/// Columns per line; the default of rustfmt.
const WIDTH: usize = 100;

/// `text` with argument lists and single expressions on one line where they fit.
pub(crate) fn compact(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        lines.push(line.to_owned());
        // A joined line can close an outer block, which then may fit on one line, too.
        while join_last(&mut lines) || join_chain(&mut lines) {}
        unwrap_initializer(&mut lines);
    }
    lines.join("\n") + "\n"
}

/// Joins the block that the last line closes. Returns `false` if it closes none, or a block that
/// does not fit on one line.
fn join_last(lines: &mut Vec<String>) -> bool {
    let Some((close, body)) = lines.split_last() else { return false };
    let depth = indent(close);
    if !close.trim_start().starts_with([')', '>', '}']) {
        return false;
    }
    let is_inner = |line: &&String| match indent(line).checked_sub(depth) {
        Some(4) => true,
        Some(8) => is_call(line),
        _ => false,
    };
    let inner = body.iter().rev().take_while(is_inner).count();
    let Some(open_at) = body.len().checked_sub(inner + 1).filter(|_| inner > 0) else {
        return false;
    };
    let (open, inner) = (&body[open_at], &body[open_at + 1..]);
    // prettyplease indents the arguments of the first call of a method chain twice.
    let is_open = indent(open) == depth || indent(open) + 4 == depth && close.ends_with(')');
    if !is_open || is_comment(open) || inner.iter().any(|line| is_comment(line)) {
        return false;
    }
    let Some(joined) = joined(open, inner, close.trim_start()) else { return false };
    lines.truncate(open_at);
    lines.extend(joined);
    true
}

/// Joins a method call in the last line to its receiver in the line before: a name, a handler's
/// codec, or the call that names the handler if this call is the last of its chain.
fn join_chain(lines: &mut Vec<String>) -> bool {
    let [.., receiver, call] = &lines[..] else { return false };
    let name = receiver.trim_start();
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let is_codec = name.starts_with("codec::<") && name.ends_with("()");
    let names_handler = name.starts_with("codec::<") || is_call(name);
    let is_description = names_handler && name.ends_with("\")") && call.ends_with(',');
    let is_whole = is_call(call) && call.trim_end_matches(',').ends_with(')');
    let line = format!("{receiver}{}", call.trim_start());
    if !(is_name || is_codec || is_description) || !is_whole || line.len() > WIDTH {
        return false;
    }
    lines.truncate(lines.len() - 2);
    lines.push(line);
    true
}

/// Removes the braces around the value of a constant, if it is one expression.
fn unwrap_initializer(lines: &mut Vec<String>) {
    let Some((close, body)) = lines.split_last() else { return };
    let Some(open_at) = body.iter().rposition(|line| indent(line) <= indent(close)) else { return };
    let is_statement = |line: &String| line.ends_with(';');
    let Some(constant) = body[open_at].strip_suffix(" {").filter(|open| open.ends_with(" ="))
    else {
        return;
    };
    if close.trim_start() != "};" || body[open_at + 1..].iter().any(is_statement) {
        return;
    }
    lines[open_at] = constant.to_owned();
    lines.pop();
    if let Some(last) = lines.last_mut() {
        last.push(';');
    }
}

/// The joined lines of a block: a match arm, or a list.
fn joined(open: &str, inner: &[String], close: &str) -> Option<Vec<String>> {
    match close {
        "}" => arm(open.strip_suffix(" => {")?, inner),
        _ => list(open, inner, close),
    }
}

/// A match arm of one expression, on as few lines as possible.
fn arm(pattern: &str, inner: &[String]) -> Option<Vec<String>> {
    let (first, calls) = inner.split_first()?;
    let on_one_line = format!("{pattern} => {}", first.trim());
    match calls {
        [] if on_one_line.len() < WIDTH => Some(vec![format!("{on_one_line},")]),
        [] if first.len() < WIDTH => Some(vec![format!("{pattern} =>"), format!("{first},")]),
        [call] if is_call(call) && on_one_line.len() <= WIDTH => {
            let call = call.trim_start();
            Some(vec![on_one_line, format!("{:width$}{call},", "", width = indent(first))])
        }
        _ => None,
    }
}

/// Arguments or parameters: on the line that opens the list, or all on the next line.
fn list(open: &str, inner: &[String], close: &str) -> Option<Vec<String>> {
    let is_list = open.ends_with(['(', '<']) && close.starts_with([')', '>']);
    let is_nested = |line: &String| line.ends_with(['(', '<', '{', ';']) || is_call(line);
    if !is_list || inner.iter().any(is_nested) {
        return None;
    }
    let list = inner.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    let line = format!("{open}{}{close}", list.trim_end_matches(','));
    if line.len() <= WIDTH {
        return Some(vec![line]);
    }
    if let Some((arguments, result)) = line.split_once(" -> ") {
        let result = format!("{:width$}-> {result}", "", width = indent(open));
        if arguments.len() <= WIDTH && result.len() <= WIDTH {
            return Some(vec![arguments.to_owned(), result]);
        }
    }
    let list = format!("{:width$}{list}", "", width = indent(open) + 4);
    let close = format!("{:width$}{close}", "", width = indent(open));
    (inner.len() > 1 && list.len() <= WIDTH).then(|| vec![open.to_owned(), list, close])
}

fn is_call(line: &str) -> bool {
    line.trim_start().starts_with('.')
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
    fn a_long_arm_has_no_braces_either() {
        let long = "S".repeat(70);
        let text = format!("\"C\" => {{\n    codec::<A, B>().serve({long})\n}}\n");
        let expected = format!("\"C\" =>\n    codec::<A, B>().serve({long}),\n");
        assert_eq!(compact(&text), expected);
        let text = format!("\"C\" => {{\n    codec::<A, B>()\n        .serve(one, {long})\n}}\n");
        let expected = format!("\"C\" => codec::<A, B>()\n    .serve(one, {long}),\n");
        assert_eq!(compact(&text), expected);
    }

    #[test]
    fn parameters_that_fit_on_a_line_have_one() {
        let long = "R".repeat(70);
        let text =
            format!("fn greet(\n    &self,\n    request: {long},\n) -> Reply<{long}{long}>;\n");
        let expected =
            format!("fn greet(\n    &self, request: {long},\n) -> Reply<{long}{long}>;\n");
        assert_eq!(compact(&text), expected);
    }

    #[test]
    fn the_value_of_a_constant_has_no_braces() {
        let text = "static D: T = {\n    T::new(A)\n        .called(\"D\")\n};\n";
        assert_eq!(compact(text), "static D: T =\n    T::new(A)\n        .called(\"D\");\n");
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
        let text = "    codec::<A, B>()\n        .plain(\"C\")\n        .documentation(\"D\"),\n";
        assert_eq!(compact(text), "    codec::<A, B>().plain(\"C\").documentation(\"D\"),\n");
        let long = "A".repeat(80);
        let text = format!("codec::<{long}>()\n    .plain(\"C\")\n    .documentation(\"D\"),\n");
        let expected = format!("codec::<{long}>()\n    .plain(\"C\").documentation(\"D\"),\n");
        assert_eq!(compact(&text), expected);
        let arm =
            "    \"C\" => {\n        codec::<A, B>()\n            .serve(i, &s, S::c)\n    }\n";
        assert_eq!(compact(arm), "    \"C\" => codec::<A, B>().serve(i, &s, S::c),\n");
    }

    #[test]
    fn what_a_chain_begins_with_is_indented_once() {
        let name = "N".repeat(70);
        let text =
            format!("T::new(\n        \"{name}\",\n        HANDLERS,\n    )\n    .called()\n");
        let expected = format!("T::new(\"{name}\", HANDLERS)\n    .called()\n");
        assert_eq!(compact(&text), expected);
    }

    #[test]
    fn an_arm_of_one_expression_has_no_braces() {
        let text = "    \"Add\" => {\n        incoming\n            .serve(\n                a,\n                \
                    b,\n            )\n    }\n";
        assert_eq!(compact(text), "    \"Add\" => incoming.serve(a, b),\n");
    }
}
