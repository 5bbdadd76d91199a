//! What clients do with schedules.

use std::time::Duration;

use restate_schedule::{InvalidSpec, ScheduleError, Schedules, Timetable};

use crate::services::{LogClient, engine, lines, start};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_schedule_is_created_changed_paused_resumed_triggered_and_deleted() {
    let test = engine().start().await;
    let schedules = Schedules::new(test.client());
    let call = || LogClient::new(test.client(), "log").append("hello".to_owned());
    schedules.create("hourly", Timetable::every(HOUR), call()).await.unwrap();
    let exists = schedules.create("hourly", Timetable::every(HOUR), call()).await;
    assert_eq!(exists, Err(ScheduleError::Exists("hourly".to_owned())));
    schedules.put("daily", Timetable::cron("0 0 * * *"), call()).await.unwrap();
    assert_eq!(schedules.list("").await.unwrap(), ["daily", "hourly"]);
    assert_eq!(schedules.list("h").await.unwrap(), ["hourly"]);
    schedules.delete("daily").await.unwrap();

    test.advance(3 * HOUR).await;
    let described = schedules.describe("hourly").await.unwrap();
    assert_eq!((described.fired, described.skipped, described.paused), (3, 0, false));
    assert_eq!((described.service.as_str(), described.handler.as_str()), ("Log", "append"));
    assert_eq!(described.timetable, Timetable::every(HOUR));
    assert!(described.next.unwrap() > start() + 3 * HOUR);

    schedules.pause("hourly").await.unwrap();
    test.advance(5 * HOUR).await;
    assert_eq!(lines(&test, "log").await.len(), 3);
    assert_eq!(schedules.describe("hourly").await.unwrap().next, None);
    let triggered = schedules.trigger("hourly").await.unwrap();
    test.client().invocation(triggered).attach::<()>().await.unwrap();
    assert_eq!(lines(&test, "log").await.len(), 4);

    schedules.resume("hourly").await.unwrap();
    test.advance(2 * HOUR).await;
    assert_eq!(lines(&test, "log").await.len(), 6);

    schedules.change("hourly", Timetable::every(HOUR / 2)).await.unwrap();
    test.advance(2 * HOUR).await;
    assert_eq!(lines(&test, "log").await.len(), 10);

    schedules.delete("hourly").await.unwrap();
    test.advance(5 * HOUR).await;
    assert_eq!(lines(&test, "log").await.len(), 10);
    assert!(schedules.list("").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_schedule_that_does_not_exist_is_an_error_of_its_own() {
    let test = engine().start().await;
    let schedules = Schedules::new(test.client());
    let none = || ScheduleError::NotFound("none".to_owned());
    assert_eq!(schedules.pause("none").await, Err(none()));
    assert_eq!(schedules.resume("none").await, Err(none()));
    assert_eq!(schedules.delete("none").await, Err(none()));
    assert_eq!(schedules.trigger("none").await, Err(none()));
    assert_eq!(schedules.describe("none").await, Err(none()));
    assert_eq!(schedules.change("none", Timetable::every(HOUR)).await, Err(none()));
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_and_changes_nothing() {
    let test = engine().start().await;
    let schedules = Schedules::new(test.client());
    let call = || LogClient::new(test.client(), "log").append(String::new());
    let past = Timetable::once(start() - HOUR);
    assert_eq!(
        schedules.create("past", past.clone(), call()).await,
        Err(ScheduleError::Invalid(InvalidSpec::NeverFires))
    );
    let unknown = Timetable::cron("0 0 * * *").time_zone("Mars/Olympus");
    assert!(matches!(
        schedules.create("mars", unknown, call()).await,
        Err(ScheduleError::Invalid(InvalidSpec::UnknownTimeZone { .. }))
    ));
    assert_eq!(
        schedules.create("", Timetable::every(HOUR), call()).await,
        Err(ScheduleError::Invalid(InvalidSpec::Name))
    );
    let keyless = LogClient::new(test.client(), "").append(String::new());
    let error = schedules.create("keyless", Timetable::every(HOUR), keyless).await.unwrap_err();
    assert!(matches!(error, ScheduleError::Invalid(InvalidSpec::Call(_))), "{error}");
    assert!(schedules.list("").await.unwrap().is_empty());

    schedules.create("hourly", Timetable::every(HOUR), call()).await.unwrap();
    let before = schedules.describe("hourly").await.unwrap();
    schedules.change("hourly", past).await.unwrap_err();
    assert_eq!(schedules.describe("hourly").await.unwrap(), before);
}

#[tokio::test]
async fn a_one_off_fires_once_and_has_no_next_time() {
    let test = engine().start().await;
    let schedules = Schedules::new(test.client());
    let call = LogClient::new(test.client(), "log").append(String::new());
    schedules.create("once", Timetable::once(start() + 9 * HOUR), call).await.unwrap();
    test.advance(1000 * HOUR).await;
    assert_eq!(
        lines(&test, "log").await,
        [("schedule/once/2023-11-15T07:13:20Z".to_owned(), 9 * 3600)]
    );
    let described = schedules.describe("once").await.unwrap();
    assert_eq!((described.next, described.fired), (None, 1));
}

#[tokio::test]
async fn jitter_delays_and_nothing_is_early() {
    let test = engine().start().await;
    let timetable = Timetable::every(HOUR).jitter(HOUR / 4);
    for name in ["a", "b", "c"] {
        let call = LogClient::new(test.client(), "log").append(String::new());
        Schedules::new(test.client()).create(name, timetable.clone(), call).await.unwrap();
    }
    test.advance(48 * HOUR).await;
    let lines = lines(&test, "log").await;
    // The last times may have come and not yet fired.
    assert!((141..=144).contains(&lines.len()), "{}", lines.len());
    let late = lines.iter().map(|(key, second)| {
        let due: jiff::Timestamp = key.rsplit('/').next().unwrap().parse().unwrap();
        i64::try_from(*second).unwrap() + 1_700_000_000 - due.as_second()
    });
    let late: Vec<_> = late.collect();
    assert!(late.iter().all(|it| (0..=900).contains(it)), "{late:?}");
    assert!(late.iter().any(|it| *it > 60), "{late:?}");
}

#[tokio::test]
async fn a_request_that_does_not_decode_fails_its_firing_and_not_the_schedule() {
    use bytes::Bytes;
    use restate::{Call, Target};

    let test = engine().start().await;
    let schedules = Schedules::new(test.client());
    let target = Target::service("Work", "work");
    let wrong: Call<_, Bytes, Bytes> =
        Call::new(&test.client(), target, Bytes::from_static(b"no number"));
    schedules.create("wrong", Timetable::every(HOUR), wrong).await.unwrap();
    test.advance(2 * HOUR).await;
    let described = schedules.describe("wrong").await.unwrap();
    assert_eq!(described.fired, 2);
    let last = test.client().invocation(described.last.unwrap().invocation_id);
    let failure = last.attach::<()>().await.unwrap_err();
    assert!(failure.to_string().contains("u64"), "{failure}");
}

#[tokio::test]
async fn a_schedule_of_a_service_that_is_gone_can_be_deleted() {
    use bytes::Bytes;
    use restate::{Call, Target};

    let test = engine().start().await;
    let schedules = Schedules::new(test.client());
    let gone = Target::service("Gone", "away");
    let call: Call<_, Bytes, Bytes> = Call::new(&test.client(), gone, Bytes::new());
    schedules.create("gone", Timetable::every(HOUR), call).await.unwrap();
    test.advance(2 * HOUR + HOUR / 2).await;
    // The first call waits until somebody binds the service.
    let described = schedules.describe("gone").await.unwrap();
    assert_eq!((described.fired, described.skipped), (1, 1));
    schedules.delete("gone").await.unwrap();
}

#[tokio::test]
async fn calls_that_were_sent_before_a_change_do_nothing() {
    let test = engine().start().await;
    let schedules = Schedules::new(test.client());
    let call = || LogClient::new(test.client(), "log").append(String::new());
    schedules.create("log", Timetable::every(HOUR), call()).await.unwrap();
    schedules.change("log", Timetable::cron("0 0 * * *")).await.unwrap();
    for _ in 0..3 {
        schedules.pause("log").await.unwrap();
        schedules.resume("log").await.unwrap();
    }
    schedules.delete("log").await.unwrap();
    schedules.create("log", Timetable::cron("0 0 * * *"), call()).await.unwrap();
    // At 23:13:20, after the time of the first timetable; and at 00:13:20.
    test.advance(HOUR).await;
    assert_eq!(schedules.describe("log").await.unwrap().fired, 0);
    test.advance(HOUR).await;
    assert_eq!(schedules.describe("log").await.unwrap().fired, 1);
}
