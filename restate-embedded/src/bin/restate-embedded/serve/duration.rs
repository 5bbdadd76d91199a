use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// Reads a duration such as `30s`, `10m`, `1h30m` or `7d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || {
        format!(
            "`{text}` is not a duration; write numbers with the units `d`, `h`, `m`, `s` or `ms`, such as \
             `30s`"
        )
    };
    let span: Span = text.parse().map_err(|_| wrong())?;
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
    duration.try_into().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_units_and_is_not_negative() {
        for (text, millis) in
            [("250ms", 250), ("30s", 30_000), ("1h30m", 5_400_000), ("7d", 604_800_000), ("0s", 0)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "30", "-1s", "1 month", "soon"] {
            let refused = duration(text).unwrap_err();
            assert!(refused.contains("such as `30s`"), "{text}: {refused}");
        }
    }
}
