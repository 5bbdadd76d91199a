//! The options of contracts, from `options.proto`.

use std::fmt::Write as _;

use super::cell;

pub(super) const SOURCE: &str = "restate-codegen/proto/restate/options.proto";

const INTRODUCTION: &str = "\
# Options of contracts

`import \"restate/options.proto\";` in a `.proto` makes these options available. The file is a part of `restate-codegen`, so no
include path is needed. `cargo xtask reference` makes this page from it.
";

/// The page: a table for each block of the file, in its order.
pub(super) fn page(source: &str) -> String {
    let mut page = INTRODUCTION.to_owned();
    // The blocks that are open, such as a message and an enum in it.
    let mut blocks: Vec<String> = Vec::new();
    let mut comment = Vec::new();
    let mut section = String::new();
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("//") {
            comment.extend(Some(text.trim()).filter(|text| !text.is_empty()));
        } else if let Some(head) = line.strip_suffix('{') {
            blocks.push(head.trim().to_owned());
            comment.clear();
        } else if line == "}" {
            blocks.pop();
        } else if let (Some((declared, number)), Some(block)) =
            (line.split_once(" = "), blocks.last())
        {
            let title = title(&blocks, block);
            if section != title {
                writeln!(page, "\n## {title}\n\n| Option | Type | Meaning |\n|---|---|---|")
                    .expect(ANY_TEXT);
                section = title;
            }
            let (kind, name) = declared.rsplit_once(' ').unwrap_or(("value", declared));
            let number = number.trim_end_matches(';');
            let kind = if block.starts_with("enum") {
                format!("value {number}")
            } else {
                format!("`{kind}`")
            };
            let meaning = if name == "UNSET" && comment.is_empty() {
                "Not set.".to_owned()
            } else {
                cell(&comment.join(" "))
            };
            writeln!(page, "| `{name}` | {kind} | {meaning} |").expect(ANY_TEXT);
            comment.clear();
        } else {
            comment.clear();
        }
    }
    page
}

const ANY_TEXT: &str = "a string takes any text";

/// `ServiceOptions`, `Kind` of `ServiceOptions`, or what is extended.
fn title(blocks: &[String], block: &str) -> String {
    let name = |block: &str| block.split_whitespace().nth(1).unwrap_or_default().to_owned();
    match (block.strip_prefix("extend google.protobuf."), blocks) {
        (Some("ServiceOptions"), _) => "On a service".to_owned(),
        (Some("MethodOptions"), _) => "On an rpc".to_owned(),
        (Some("FieldOptions"), _) => "On a field".to_owned(),
        (_, [outer, _]) => format!("`{}` of `{}`", name(block), name(outer)),
        _ => format!("`{}`", name(block)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_is_a_row_with_its_comment() {
        let source = "// The file.\nextend google.protobuf.FieldOptions {\n  // The key.\n  bool key = 52601;\n}\n\
                      message A {\n  enum K {\n    // Off | on.\n    OFF = 0;\n  }\n  K kind = 1;\n}";
        let page = page(source);
        let tables = page.split_once("makes this page from it.\n").unwrap().1;
        assert_eq!(
            tables,
            "\n## On a field\n\n| Option | Type | Meaning |\n|---|---|---|\n| `key` | `bool` | The key. |\n\
             \n## `K` of `A`\n\n| Option | Type | Meaning |\n|---|---|---|\n| `OFF` | value 0 | Off \\| on. |\n\
             \n## `A`\n\n| Option | Type | Meaning |\n|---|---|---|\n| `kind` | `K` |  |\n"
        );
    }
}
