//! Crashes of the engine at every commit.

use std::time::Duration;

use restate_schedule::{Overlap, Schedules, Timetable};

use crate::services::{LogClient, engine, start};

#[tokio::test]
async fn each_time_fires_once_wherever_the_engine_crashes() {
    let lines = engine()
        .crash_everywhere(async |test| {
            let log = LogClient::new(test.client(), "log");
            let end = start() + Duration::from_secs(300);
            let minutes =
                Timetable::every(Duration::from_secs(60)).end(end).overlap(Overlap::Queue);
            // Unlike `create`, this may be repeated.
            let schedules = Schedules::new(test.client());
            let put = schedules.put("minutes", minutes, log.append(String::new())).await;
            // A repetition after the end changes nothing.
            let never =
                restate_schedule::ScheduleError::Invalid(restate_schedule::InvalidSpec::NeverFires);
            if let Err(restate_schedule::ScheduleError::Call(error)) = put {
                return Err(error);
            }
            assert!(put.is_ok() || put == Err(never));
            test.advance(Duration::from_secs(400)).await;
            Ok(log.read().await?.0)
        })
        .await;
    let keys: Vec<_> = lines.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "schedule/minutes/2023-11-14T22:14:00Z",
            "schedule/minutes/2023-11-14T22:15:00Z",
            "schedule/minutes/2023-11-14T22:16:00Z",
            "schedule/minutes/2023-11-14T22:17:00Z",
            "schedule/minutes/2023-11-14T22:18:00Z",
        ]
    );
}
