use std::time::{Duration, SystemTime};

use restate_core::well_known::Timestamp;

/// A point in time, in milliseconds since the Unix epoch, as `2026-03-01T12:00:00.000Z`.
pub(crate) fn rfc_3339(millis: u64) -> String {
    let second = SystemTime::UNIX_EPOCH + Duration::from_secs(millis / 1000);
    let second = Timestamp::from(second).to_string();
    format!("{}.{:03}Z", second.trim_end_matches('Z'), millis % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_calendar_dates() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc_3339(millis), text);
        }
    }
}
