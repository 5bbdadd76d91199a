//! How much code generators write for the services of a contract, its messages left aside.

use std::{fmt, fs, io, ops::AddAssign, path::Path};

/// Whose code it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generator {
    Restate,
    Tonic,
}

/// Lines of service code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    handlers: usize,
    /// Neither empty nor documentation.
    code: usize,
    documentation: usize,
    empty: usize,
}

impl Lines {
    /// Counts what `generator` has written into `directory`.
    pub(crate) fn count(generator: Generator, directory: &Path) -> io::Result<Self> {
        let mut lines = Self::default();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                lines += Self::of(generator, &fs::read_to_string(path)?);
            }
        }
        Ok(lines)
    }

    fn of(generator: Generator, text: &str) -> Self {
        let (service_code, handler) = match generator {
            Generator::Restate => (before_messages(text), "::restate_core::Handling<"),
            Generator::Tonic => (in_service_modules(text), "GrpcMethod::new("),
        };
        let mut lines = Self::default();
        for line in service_code {
            lines.handlers += line.matches(handler).count();
            match line.trim_start() {
                "" => lines.empty += 1,
                line if line.starts_with("///") => lines.documentation += 1,
                _ => lines.code += 1,
            }
        }
        lines
    }
}

impl AddAssign for Lines {
    fn add_assign(&mut self, other: Self) {
        self.handlers += other.handlers;
        self.code += other.code;
        self.documentation += other.documentation;
        self.empty += other.empty;
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_handler = |lines: usize| lines as f64 / self.handlers.max(1) as f64;
        write!(
            f,
            "{} handlers; for each, {:.1} lines of service code, {:.1} with its documentation, \
             {:.1} with empty lines",
            self.handlers,
            per_handler(self.code),
            per_handler(self.code + self.documentation),
            per_handler(self.code + self.documentation + self.empty),
        )
    }
}

/// All between the banner and the end of the last service.
fn before_messages(text: &str) -> Vec<&str> {
    let lines: Vec<_> = text.lines().collect();
    let is_server =
        |line: &&str| line.starts_with("impl<") && line.contains("> ::restate_core::Service");
    let Some(last) = lines.iter().rposition(is_server) else { return Vec::new() };
    let end =
        lines[last..].iter().position(|line| *line == "}").map_or(lines.len(), |at| last + at);
    lines[2.min(last)..=end].to_vec()
}

/// All modules of clients and servers, and what is said about these.
fn in_service_modules(text: &str) -> Vec<&str> {
    let mut is_inside = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        is_inside |=
            line.starts_with("/// Generated client") || line.starts_with("/// Generated server");
        if is_inside {
            lines.push(line);
        }
        is_inside &= line != "}";
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_code_ends_with_the_last_service() {
        let text = "// Generated.\n\n/// Greets.\npub trait Greeter {\n    fn greet(&self)\n    \
                    -> impl ::restate_core::Handling<Reply>;\n}\n\nimpl<S: Greeter + 'static> \
                    ::restate_core::Service\nfor GreeterServer<S> {\n    {\n    }\n}\n\npub struct \
                    Reply {}\n";
        let lines = Lines { handlers: 1, code: 9, documentation: 1, empty: 1 };
        assert_eq!(Lines::of(Generator::Restate, text), lines);
        assert_eq!(
            Lines::of(Generator::Restate, "// Generated.\n\npub struct Reply {}\n"),
            Lines::default()
        );
    }

    #[test]
    fn service_code_of_tonic_is_in_modules() {
        let text = "pub struct Reply {}\n/// Generated client implementations.\npub mod greeter_client {\n    \
                    GrpcMethod::new(\"Greeter\", \"Greet\")\n    }\n}\npub struct Request {}\n\
                    /// Generated server implementations.\npub mod greeter_server {\n\n}\n";
        let lines = Lines { handlers: 1, code: 6, documentation: 2, empty: 1 };
        assert_eq!(Lines::of(Generator::Tonic, text), lines);
    }

    #[test]
    fn lines_are_shown_for_a_handler() {
        let lines = Lines { handlers: 2, code: 37, documentation: 10, empty: 4 };
        let expected = "2 handlers; for each, 18.5 lines of service code, 23.5 with its \
                        documentation, 25.5 with empty lines";
        assert_eq!(lines.to_string(), expected);
    }
}
