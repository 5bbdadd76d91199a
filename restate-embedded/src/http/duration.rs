use std::{str::FromStr, time::Duration};

use restate_core::TerminalError;

/// The longest delay: 100 years.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The duration that `text` stands for: `10s`, `1000ms`, or ISO 8601 without years and months.
///
/// # Errors
///
/// Code 400 when it stands for none, or for more than 100 years.
pub(crate) fn parse(text: &str) -> Result<Duration, TerminalError> {
    let parsed = if text.starts_with('P') { iso_8601(text) } else { with_units(text) };
    match parsed {
        Some(delay) if delay <= LONGEST => Ok(delay),
        Some(_) => Err(refusal(text, "is more than 100 years")),
        None => Err(refusal(text, "is no duration")),
    }
}

fn refusal(text: &str, what: &str) -> TerminalError {
    let message = format!(
        "delay `{text}` {what}; write a number with `ms`, `s`, `m`, `h` or `d` behind it, \
         as `10s`, or an ISO 8601 duration, as `PT10S`"
    );
    TerminalError::with_code(400, message)
}

/// As `1h30m` or `1500ms`.
fn with_units(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = None;
    while !rest.is_empty() {
        let (number, after) = number(rest)?;
        let end = after.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(after.len());
        let seconds = match &after[..end] {
            "ms" => 0.001,
            "s" | "sec" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total = Some(add(total, number, seconds)?);
        rest = &after[end..];
    }
    total
}

/// As `PT10S` or `P1DT2H30M`.
fn iso_8601(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('P')?;
    let (mut in_time, mut total) = (false, None);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            if in_time || time.is_empty() {
                return None;
            }
            (in_time, rest) = (true, time);
        }
        let (number, after) = number(rest)?;
        let seconds = match (in_time, after.bytes().next()?) {
            (false, b'W') => 604_800.0,
            (false, b'D') => 86_400.0,
            (true, b'H') => 3600.0,
            (true, b'M') => 60.0,
            (true, b'S') => 1.0,
            _ => return None,
        };
        total = Some(add(total, number, seconds)?);
        rest = &after[1..];
    }
    total
}

fn add(total: Option<Duration>, number: &str, seconds: f64) -> Option<Duration> {
    let part = Duration::try_from_secs_f64(f64::from_str(number).ok()? * seconds).ok()?;
    total.unwrap_or_default().checked_add(part)
}

/// Digits at the start of `text`, perhaps with a fraction, and what follows them.
fn number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    number.starts_with(|c: char| c.is_ascii_digit()).then_some((number, rest))
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
    fn refuses_what_is_no_duration_and_says_what_is() {
        for text in [
            "", "10", "s", "-1s", "+1s", "10 s", "P", "PT", "PT10", "P1M", "P1S", "1..5s",
            "9999999d",
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.code(), 400, "{text}");
            assert!(error.message().contains("`10s`"), "{text}: {error}");
        }
    }
}
