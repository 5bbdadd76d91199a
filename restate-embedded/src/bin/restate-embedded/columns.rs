//! Texts in columns of a terminal.

use restate_core::escape::Escaped;

/// How many columns a text takes, once it is escaped.
pub(crate) fn width(text: &str) -> usize {
    Escaped(text).to_string().chars().map(columns).sum()
}

/// The text, escaped and padded to this many columns, or cut off with `…`.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    let escaped = Escaped(text).to_string();
    let whole: usize = escaped.chars().map(self::columns).sum();
    let most = if whole > columns { columns.saturating_sub(1) } else { columns };
    let (mut fitted, mut taken) = (String::new(), 0);
    for character in escaped.chars() {
        let wide = self::columns(character);
        if taken + wide > most {
            break;
        }
        fitted.push(character);
        taken += wide;
    }
    if whole > columns && columns > 0 {
        fitted.push('…');
        taken += 1;
    }
    fitted.extend(std::iter::repeat_n(' ', columns.saturating_sub(taken)));
    fitted
}

/// Terminals show East Asian characters and emoji in two columns, and marks on the character before.
fn columns(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_text_is_padded_or_cut_off_by_columns() {
        assert_eq!(fit("ab", 4), "ab  ");
        assert_eq!(fit("abcd", 4), "abcd");
        assert_eq!(fit("abcde", 4), "abc…");
        assert_eq!(fit("日本語", 4), "日… ");
        assert_eq!(fit("a\nb", 4), r"a\nb");
    }
}
