//! A year of a daily schedule.

use std::{collections::BTreeSet, time::Duration};

use restate_schedule::{Schedules, Timetable};

use crate::services::{LogClient, engine, lines};

#[tokio::test]
async fn a_year_has_each_day_once_at_the_local_time_and_none_early() {
    let test = engine().start().await;
    let call = LogClient::new(test.client(), "daily").append(String::new());
    let nights = Timetable::cron("30 2 * * *").time_zone("Europe/Berlin");
    Schedules::new(test.client()).create("nightly", nights, call).await.unwrap();

    test.advance(Duration::from_secs(365 * 86_400)).await;

    let lines = lines(&test, "daily").await;
    let keys: BTreeSet<_> = lines.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!((lines.len(), keys.len()), (365, 365));
    for (key, second) in &lines {
        let due = key.strip_prefix("schedule/nightly/").unwrap();
        let due: jiff::Timestamp = due.parse().unwrap();
        assert_eq!(i64::try_from(*second).unwrap() + 1_700_000_000, due.as_second(), "{key}");
    }
    // From 14 November 2023 on: winter, the night the clock skips 02:30, summer, the one that repeats it.
    for time in [
        "2023-11-15T01:30:00Z",
        "2024-03-31T01:00:00Z",
        "2024-04-01T00:30:00Z",
        "2024-10-27T00:30:00Z",
        "2024-10-28T01:30:00Z",
    ] {
        assert!(keys.contains(&format!("schedule/nightly/{time}")), "{time}");
    }
    test.replay().await.unwrap();
}
