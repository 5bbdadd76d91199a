//! Firings while the last one runs, and after a time in which nothing ran.

use std::time::Duration;

use restate::{
    RetryPolicy,
    testing::{Fault, TestEngine},
};
use restate_schedule::{CatchUp, Overlap, Schedules, Timetable};

use crate::services::{LogClient, WorkClient, engine, lines, start};

const MINUTE: Duration = Duration::from_secs(60);

/// Work of 90 seconds every minute, for 5 minutes and then until it has ended.
async fn work(overlap: Overlap) -> (TestEngine, Vec<(String, u64)>) {
    let test = engine().start().await;
    let call = WorkClient::new(test.client()).work(90);
    let schedules = Schedules::new(test.client());
    let timetable = Timetable::every(MINUTE).overlap(overlap);
    schedules.create("work", timetable, call).await.unwrap();
    // Starts 20 seconds after a minute.
    test.advance(5 * MINUTE).await;
    schedules.pause("work").await.unwrap();
    test.advance(20 * MINUTE).await;
    let lines = lines(&test, "work").await;
    (test, lines)
}

fn said(lines: &[(String, u64)]) -> Vec<(&str, u64)> {
    lines.iter().map(|(what, second)| (what.as_str(), *second)).collect()
}

#[tokio::test]
async fn skipped_times_do_nothing() {
    let (test, lines) = work(Overlap::Skip).await;
    assert_eq!(
        said(&lines),
        [("begin", 40), ("end", 130), ("begin", 160), ("end", 250), ("begin", 280), ("end", 370)]
    );
    let described = Schedules::new(test.client()).describe("work").await.unwrap();
    assert_eq!((described.fired, described.skipped), (3, 2));
    test.replay().await.unwrap();
}

#[tokio::test]
async fn queued_times_follow_each_other() {
    let (test, lines) = work(Overlap::Queue).await;
    let begins: Vec<_> =
        said(&lines).into_iter().filter(|it| it.0 == "begin").map(|it| it.1).collect();
    assert_eq!(begins, [40, 130, 220, 310, 400]);
    let described = Schedules::new(test.client()).describe("work").await.unwrap();
    assert_eq!((described.fired, described.skipped, described.queued), (5, 0, 0));
    test.replay().await.unwrap();
}

#[tokio::test]
async fn the_running_one_is_cancelled_and_has_ended_before_the_next() {
    let (test, lines) = work(Overlap::Cancel).await;
    let mut expected = Vec::new();
    for minute in 0..4 {
        expected.extend([("begin", 40 + 60 * minute), ("cancelled", 100 + 60 * minute)]);
    }
    expected.extend([("begin", 280), ("end", 370)]);
    // What is said in the same second may be in either order.
    let sorted = |mut lines: Vec<(&'static str, u64)>| {
        lines.sort_by_key(|it| (it.1, it.0 == "begin"));
        lines
    };
    let got = lines.iter().map(|(what, second)| {
        let what = ["begin", "cancelled", "end"].into_iter().find(|it| it == what).unwrap();
        (what, *second)
    });
    assert_eq!(sorted(got.collect()), sorted(expected));
    test.replay().await.unwrap();
}

#[tokio::test]
async fn allowed_times_run_beside_each_other() {
    let (_, lines) = work(Overlap::Allow).await;
    let begins: Vec<_> =
        said(&lines).into_iter().filter(|it| it.0 == "begin").map(|it| it.1).collect();
    assert_eq!(begins, [40, 100, 160, 220, 280]);
}

/// A day in which an hourly schedule cannot fire, and two hours in which it can.
async fn downtime(catch_up: CatchUp) -> Vec<String> {
    const DAY: Duration = Duration::from_secs(86_400);
    // A change that is tried again after a day, when it is refused, holds the schedule's key meanwhile.
    let created = Fault::run("now").slow(Duration::ZERO);
    let changed = Fault::run("now").error("the disk is full");
    let retries = RetryPolicy::new().initial_interval(DAY).max_interval(DAY);
    let test = engine().retry_policy(retries).fault(created).fault(changed).start().await;
    let call = LogClient::new(test.client(), "log").append(String::new());
    let hourly = Timetable::every(60 * MINUTE).overlap(Overlap::Allow).catch_up(catch_up);
    let schedules = Schedules::new(test.client());
    schedules.create("hourly", hourly, call).await.unwrap();
    let passed = Timetable::once(start() + MINUTE);
    schedules.change("hourly", passed).await.unwrap_err();
    assert!(test.elapsed().abs_diff(DAY) < MINUTE, "{:?}", test.elapsed());
    test.advance(120 * MINUTE).await;
    let lines = lines(&test, "log").await;
    lines.into_iter().map(|(key, _)| key.rsplit('/').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_day_of_downtime_is_caught_up_with_as_the_policy_says() {
    // From 22:13:20 on.
    let after = ["2023-11-15T23:00:00Z", "2023-11-16T00:00:00Z"];
    assert_eq!(downtime(CatchUp::None).await, after);
    assert_eq!(downtime(CatchUp::Last).await, [&["2023-11-15T22:00:00Z"], &after[..]].concat());
    let all = downtime(CatchUp::All(Duration::from_secs(3 * 3600))).await;
    assert_eq!((all[0].as_str(), all.len()), ("2023-11-15T20:00:00Z", 5));
    assert_eq!(downtime(CatchUp::All(Duration::MAX)).await.len(), 26);
}
