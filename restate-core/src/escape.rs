//! Text of strangers in lines that people read.

use std::fmt::{self, Write as _};

/// A text with every character escaped that could change how a terminal or a log shows what follows.
///
/// Keys, messages and names come from clients. These are escaped as in Rust's string literals, such
/// as `\n` and `\u{1b}`: control characters, line separators, characters that change the direction of
/// text, and characters without a width, except the joiners that scripts and emoji need.
///
/// ```
/// use restate_core::escape::Escaped;
///
/// assert_eq!(Escaped("paid\n\u{1b}[2J").to_string(), r"paid\n\u{1b}[2J");
/// assert_eq!(Escaped("crème brûlée 🍮").to_string(), "crème brûlée 🍮");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<T>(pub T);

impl<T: fmt::Display> fmt::Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(must_be_escaped) {
            let (before, after) = rest.split_at(at);
            self.0.write_str(before)?;
            let mut characters = after.chars();
            if let Some(character) = characters.next() {
                match character {
                    // Rust's own escapes leave some of the others as they are.
                    '\n' | '\r' | '\t' => write!(self.0, "{}", character.escape_default())?,
                    other => write!(self.0, "{}", other.escape_unicode())?,
                }
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

/// Whether [`Escaped`] escapes this character.
pub fn must_be_escaped(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' // soft hyphen
                | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}' // direction of text
                | '\u{2028}' | '\u{2029}' // separators of lines and paragraphs
                | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' // no width
        )
}

#[cfg(test)]
mod tests {
    use super::Escaped;

    #[test]
    fn what_could_change_how_the_rest_is_shown_is_escaped() {
        for (text, shown) in [
            ("plain", "plain"),
            ("", ""),
            ("a\r\n\tb", r"a\r\n\tb"),
            ("\u{1b}[31m\u{7}", r"\u{1b}[31m\u{7}"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("safe\u{202e}exe", r"safe\u{202e}exe"),
            ("\u{2066}x\u{2069}", r"\u{2066}x\u{2069}"),
            ("a\u{200b}b\u{feff}", r"a\u{200b}b\u{feff}"),
            ("one\u{2028}two", r"one\u{2028}two"),
            ("👩\u{200d}🚀 שלום 日本", "👩\u{200d}🚀 שלום 日本"),
        ] {
            assert_eq!(Escaped(text).to_string(), shown);
        }
    }

    #[test]
    fn any_displayed_value_is_escaped() {
        assert_eq!(Escaped(format_args!("{}/{}", "a\u{1b}", 7)).to_string(), r"a\u{1b}/7");
    }
}
