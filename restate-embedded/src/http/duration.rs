use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use restate_core::TerminalError;

use super::refusal::refusal;

/// 100 years: longer than anybody waits, and short enough that no sum of times overflows.
const MAX_DURATION: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The duration that `text` stands for: `10s`, `1000ms`, or ISO 8601 without years and months.
///
/// # Errors
///
/// Code 400 for what is not a duration, and for more than 100 years.
pub(crate) fn parse(text: &str) -> Result<Duration, TerminalError> {
    match read(text) {
        Some(duration) if duration <= MAX_DURATION => Ok(duration),
        // With lower numbers it would be a duration.
        None if read(&with_ones(text)).is_none() => Err(invalid(text, "is not a duration")),
        _ => Err(invalid(text, "is longer than 100 years")),
    }
}

fn read(text: &str) -> Option<Duration> {
    if !is_plain(text) {
        return None;
    }
    let span: Span = text.parse().ok()?;
    // Months and years have no fixed length; this refuses them.
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    duration.try_into().ok()
}

/// The text with 1 in place of every number.
fn with_ones(text: &str) -> String {
    let mut ones = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '0'..='9' if ones.ends_with('1') => {}
            '0'..='9' => ones.push('1'),
            letter => ones.push(letter),
        }
    }
    ones
}

/// `Span` also reads signs and spaces, which would have to be escaped in a query: `+` means a space
/// there.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

fn invalid(text: &str, problem: &str) -> TerminalError {
    let message = format!(
        "duration `{text}` {problem}; write numbers with the units `d`, `h`, `m`, `s` or `ms`, \
         such as `10s`, or an ISO 8601 duration, such as `PT10S`"
    );
    refusal(400, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_units_and_iso_8601() {
        for (text, millis) in [
            ("10s", 10_000),
            ("1000ms", 1000),
            ("1h30m", 5_400_000),
            ("1.5s", 1500),
            ("0s", 0),
            ("PT10S", 10_000),
            ("PT0.5S", 500),
            ("P1DT1H", 90_000_000),
            ("P1W", 604_800_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_too_long_is_called_too_long() {
        for text in [
            "36501d",
            "100000000000000ms",
            "9999999d",
            "99999999d",
            "9223372036854775807ms",
            "18446744073709551615999ms",
            "99999999999999999999s",
            "PT9999999999H",
            "PT99999999999999999999999H",
            "P99999999D",
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.message().contains("longer than 100 years"), "{text}: {error}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_an_example() {
        for text in [
            "",
            "10",
            "s",
            "-1s",
            "+1s",
            "10 s",
            "P",
            "PT",
            "PT10",
            "P1M",
            "P1S",
            "1..5s",
            "P1000Y",
            "99999999999999999999",
            "-99999999999999999999s",
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.code(), 400, "{text}");
            assert!(error.message().contains("is not a duration; "), "{text}: {error}");
            assert!(error.message().contains("`10s`"), "{text}: {error}");
        }
    }
}
