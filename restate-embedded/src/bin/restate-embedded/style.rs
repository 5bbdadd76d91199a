//! Colors.

use std::io::IsTerminal as _;

/// Whether output has colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Colored,
}

impl Style {
    /// Colors for a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
    pub(crate) fn of_output() -> Self {
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match std::io::stdout().is_terminal() && !forbidden {
            true => Self::Colored,
            false => Self::Plain,
        }
    }

    /// A text in the color of a status.
    pub(crate) fn status(self, status: &str, text: String) -> String {
        let color = match status {
            "succeeded" => 32,
            "failed" | "unbound" => 31,
            "backing-off" | "paused" => 33,
            "running" => 36,
            "suspended" | "scheduled" => 34,
            _ => return text,
        };
        match self {
            Self::Plain => text,
            // The padding is not colored.
            Self::Colored => {
                let word = text.trim_end();
                let padding = &text[word.len()..];
                format!("\u{1b}[{color}m{word}\u{1b}[0m{padding}")
            }
        }
    }
}
