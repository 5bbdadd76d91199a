//! A program of the compile-fail suite: one rule, and the mistakes that break it.

/// Parsed from a file of the suite and the compiler's messages for it.
pub(super) struct Program {
    rule: String,
    mistakes: Vec<Mistake>,
}

/// A comment with its title, the item below it, and the messages that point into the item.
struct Mistake {
    title: String,
    instead: Option<String>,
    code: String,
    messages: Vec<String>,
}

impl Program {
    /// Fails with a line of the program if its mistakes and its messages do not match: a mistake
    /// without a message is hidden by an error of an earlier phase of the compiler, and a message
    /// outside of every mistake is an accident.
    pub(super) fn read(program: &str, messages: &str) -> Result<Self, usize> {
        let lines: Vec<&str> = program.lines().collect();
        let rule = lines.first().and_then(|line| line.strip_prefix("//! ")).ok_or(1_usize)?;
        let titles: Vec<usize> = (0..lines.len()).filter(|&at| is_title(lines[at])).collect();
        let mut mistakes: Vec<_> = titles.iter().map(|&at| Mistake::read(&lines[at..])).collect();
        for message in messages.split("\n\n").filter(|message| message.starts_with("error")) {
            let line = line_of(message).ok_or(1_usize)?;
            let mistake = titles.iter().rposition(|&at| at < line).ok_or(line)?;
            mistakes[mistake].messages.push(essence(message));
        }
        let hidden = mistakes.iter().position(|mistake| mistake.messages.is_empty());
        hidden.map_or(Ok(()), |mistake| Err(titles[mistake] + 1))?;
        Ok(Self { rule: rule.trim_end_matches('.').to_owned(), mistakes })
    }

    pub(super) fn rule(&self) -> &str {
        &self.rule
    }

    /// The part of a page that shows the program.
    pub(super) fn section(&self) -> String {
        let mistakes = self.mistakes.iter().map(Mistake::section);
        format!("\n## {}\n{}", self.rule, mistakes.collect::<String>())
    }
}

fn is_title(line: &str) -> bool {
    line.trim_start().starts_with("// ") && instead(line).is_none()
}

fn instead(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("// Instead: ")
}

impl Mistake {
    /// Reads the mistake whose title is the first of `lines`.
    fn read(lines: &[&str]) -> Self {
        let title = lines[0].trim_start();
        let indent = lines[0].len() - title.len();
        let item = lines[1..].iter().take_while(|line| !line.is_empty() && !ends(line, indent));
        let code = item.clone().filter(|line| instead(line).is_none() && !is_title(line));
        let code: Vec<_> = code.map(|line| line.get(indent..).unwrap_or_default()).collect();
        Self {
            title: title.trim_start_matches("// ").to_owned(),
            instead: item.clone().next().and_then(|line| instead(line)).map(str::to_owned),
            code: code.join("\n"),
            messages: Vec::new(),
        }
    }

    fn section(&self) -> String {
        let Self { title, instead, code, messages } = self;
        let messages = messages.join("\n\n");
        let instead =
            instead.as_ref().map(|text| format!("\nInstead: {text}.\n")).unwrap_or_default();
        format!("\n### {title}\n\n```rust\n{code}\n```\n\n```text\n{messages}\n```\n{instead}")
    }
}

/// Whether a line lies outside of the block of a mistake, such as the `}` of the trait around it.
fn ends(line: &str, indent: usize) -> bool {
    line.len() - line.trim_start().len() < indent
}

/// The line that a message points at.
fn line_of(message: &str) -> Option<usize> {
    let place = message.lines().find_map(|line| line.trim_start().strip_prefix("--> "))?;
    place.split(':').nth(1)?.parse().ok()
}

/// A message without the places where bounds and lint levels are declared.
fn essence(message: &str) -> String {
    let is_aside = |line: &&str| {
        ["note: required by", "note: the lint level", "help: use `let _", "help: the trait"]
            .iter()
            .any(|aside| line.starts_with(aside))
    };
    let lines: Vec<_> = message.lines().take_while(|line| !is_aside(line)).collect();
    lines.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAM: &str = "\
//! Await what you start.

// Sleep not awaited
// Instead: `ctx.sleep(d).await?`
ctx.sleep(d);

trait Greeter {
    // Handler not async
    fn greet();
}
";

    #[test]
    fn a_mistake_is_shown_with_its_message_and_the_way_out() {
        let messages = "\
error: unused
 --> x.rs:5:1
  = note: await it
note: the lint level is defined here
 --> x.rs:1:9

error: not async
 --> x.rs:9:5
";
        let program = Program::read(PROGRAM, messages).expect("each mistake has its message");
        assert_eq!(
            program.section(),
            "\n## Await what you start\n\n### Sleep not awaited\n\n```rust\nctx.sleep(d);\n```\n\n\
             ```text\nerror: unused\n --> x.rs:5:1\n  = note: await it\n```\n\n\
             Instead: `ctx.sleep(d).await?`.\n\n### Handler not async\n\n```rust\nfn greet();\n\
             ```\n\n```text\nerror: not async\n --> x.rs:9:5\n```\n"
        );
    }

    #[test]
    fn a_mistake_without_a_message_is_an_error() {
        let messages = "error: not async\n --> x.rs:9:5\n";
        assert_eq!(Program::read(PROGRAM, messages).err(), Some(3));
    }
}
