//! Schedules: each time fires once, whatever is killed, and overlapping calls follow the policy.

use std::{
    collections::BTreeSet,
    env,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures::future::join_all;
use restate_core::{
    Call, Context, HandlerResult, Json, ObjectContext, SharedObjectContext, Target,
};
use restate_schedule::{CatchUp, Overlap, Schedules, Timetable, directory, schedule};
use restate_tests::services::Bound;

use crate::{
    polling::eventually,
    scenario::Setup,
    system::{Needs, System},
};

const SCHEDULES: usize = 20;
/// How often each fires, unless `RESTATE_SCHEDULE_TIMES` says so.
const TIMES: u32 = 50;
const INTERVAL: Duration = Duration::from_millis(40);

/// How often something is killed or restarted.
const DISTURBANCES: usize = 12;

/// The firings of one schedule: their times and those at which they came, in milliseconds.
type Firings = Vec<(String, u64)>;

#[restate_core::object]
trait FiringLog {
    async fn append(&self, ctx: ObjectContext<'_>, what: String) -> HandlerResult<()>;
    #[shared]
    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Firings>>;
}

struct LogInState;

impl FiringLog for LogInState {
    async fn append(&self, ctx: ObjectContext<'_>, what: String) -> HandlerResult<()> {
        let now = millis(ctx.now().await?);
        let what = ctx.header("schedule-time").map_or(what, str::to_owned);
        let Json(mut firings) = ctx.get::<Json<Firings>>("firings").await?.unwrap_or_default();
        firings.push((what, now));
        ctx.set("firings", Json(firings));
        Ok(())
    }

    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Firings>> {
        Ok(ctx.get("firings").await?.unwrap_or_default())
    }
}

/// Says in the log `name` when it begins and how it ends, after `millis`.
#[restate_core::service]
trait ScheduledWork {
    async fn work(&self, ctx: Context<'_>, work: Json<(String, u64)>) -> HandlerResult<()>;
}

struct SayAndSleep;

impl ScheduledWork for SayAndSleep {
    async fn work(
        &self,
        ctx: Context<'_>,
        Json((name, millis)): Json<(String, u64)>,
    ) -> HandlerResult<()> {
        let log = FiringLogClient::new(ctx, name);
        // A cancellation must meet the sleep, not a call.
        log.append("begin".to_owned()).one_way().await?;
        let slept = ctx.sleep(Duration::from_millis(millis)).await;
        log.append(if slept.is_ok() { "end" } else { "cancelled" }.to_owned()).await?;
        Ok(slept?)
    }
}

fn times() -> u32 {
    env::var("RESTATE_SCHEDULE_TIMES").map_or(TIMES, |times| times.parse().unwrap())
}

fn needs() -> Needs {
    let services = vec![
        Bound::new(FiringLogServer::new(LogInState)),
        Bound::new(ScheduledWorkServer::new(SayAndSleep)),
        Bound::new(schedule()),
        Bound::new(directory()),
    ];
    Needs { services, ..Needs::default() }
}

pub async fn each_time_fires_once_and_none_early(setup: Setup) {
    let times = times();
    let mut system = setup.own_system(needs()).await;
    let start = SystemTime::now() + Duration::from_secs(3);
    let timetable = Timetable::every(INTERVAL)
        .start(start)
        .end(start + INTERVAL * (times - 1))
        .overlap(Overlap::Allow)
        .catch_up(CatchUp::All(Duration::MAX));
    let client = system.client();
    let schedules = Schedules::new(client.clone());
    join_all((0..SCHEDULES).map(|log| {
        let call = FiringLogClient::new(client.clone(), log.to_string()).append(String::new());
        schedules.put(format!("log {log}"), timetable.clone(), call)
    }))
    .await
    .into_iter()
    .collect::<Result<(), _>>()
    .unwrap();

    let all = SCHEDULES * usize::try_from(times).unwrap();
    for disturbance in 0..DISTURBANCES {
        fired(&system, all * (disturbance + 1) / (DISTURBANCES + 1)).await;
        match disturbance % 4 {
            0 => system.crash().await,
            1 => system.crash_handlers().await,
            2 => system.restart().await,
            _ => system.restart_handlers().await,
        }
    }
    for firings in fired(&system, all).await {
        let keys: BTreeSet<_> = firings.iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), firings.len(), "a time has fired twice");
        assert_eq!(u32::try_from(firings.len()), Ok(times));
    }
    // What was sent twice would come within this time.
    let schedules = Schedules::new(system.client());
    for log in 0..SCHEDULES {
        let described = schedules.describe(format!("log {log}")).await.unwrap();
        assert_eq!((described.fired, described.next), (times.into(), None));
    }
    let firings = fired(&system, all).await;
    let due_times = (0..times).map(|time| millis(start + INTERVAL * time));
    let due_times: BTreeSet<_> = due_times.collect();
    for firings in firings {
        assert_eq!(u32::try_from(firings.len()), Ok(times));
        for (key, now) in firings {
            let due = millis(time_of(&key));
            assert!(due_times.contains(&due), "{key}");
            assert!(now >= due, "{key} has come {} ms early", due - now);
        }
    }
}

/// Waits until so many calls were made, and returns them.
async fn fired(system: &System, at_least: usize) -> Vec<Firings> {
    eventually(&format!("{at_least} firings"), async || {
        let client = system.client();
        let logs = (0..SCHEDULES).map(|log| {
            let log = FiringLogClient::new(client.clone(), log.to_string());
            async move { log.read().await.ok() }
        });
        let firings: Option<Vec<_>> = join_all(logs).await.into_iter().collect();
        let firings: Vec<_> = firings?.into_iter().map(|Json(it)| it).collect();
        let is_enough = firings.iter().map(Vec::len).sum::<usize>() >= at_least;
        if !is_enough {
            // Each question is twenty invocations.
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        is_enough.then_some(firings)
    })
    .await
}

pub async fn overlapping_calls_follow_the_policy(setup: Setup) {
    let system = setup.own_system(needs()).await;
    let client = system.client();
    let schedules = Schedules::new(client.clone());
    let work = |log: &str, millis| {
        ScheduledWorkClient::new(client.clone()).work(Json((log.to_owned(), millis)))
    };
    let said = async |log: &str, count: usize| {
        let client = FiringLogClient::new(client.clone(), log);
        let Json(said) = eventually(&format!("{count} lines of {log}"), async || {
            client.read().await.ok().filter(|said| said.0.len() >= count)
        })
        .await;
        said.into_iter().map(|(what, _)| what).collect::<Vec<_>>()
    };
    let every = |millis| Timetable::every(Duration::from_millis(millis));

    // An hour of work, every 300 ms.
    let cancelling = every(300).overlap(Overlap::Cancel);
    schedules.put("cancel", cancelling, work("cancel", 3_600_000)).await.unwrap();
    let lines = said("cancel", 7).await;
    assert_eq!(lines[..6], ["begin", "cancelled", "begin", "cancelled", "begin", "cancelled"]);
    schedules.pause("cancel").await.unwrap();

    // 400 ms of work every 150 ms, five times.
    let start = SystemTime::now() + Duration::from_secs(2);
    let end = start + Duration::from_millis(600);
    let queueing = every(150)
        .start(start)
        .end(end)
        .overlap(Overlap::Queue)
        .catch_up(CatchUp::All(Duration::MAX));
    schedules.put("queue", queueing, work("queue", 400)).await.unwrap();
    assert_eq!(said("queue", 10).await, ["begin", "end"].repeat(5));
    let described = schedules.describe("queue").await.unwrap();
    assert_eq!((described.fired, described.skipped, described.queued), (5, 0, 0));

    schedules.put("skip", every(150), work("skip", 400)).await.unwrap();
    assert_eq!(said("skip", 6).await[..6], ["begin", "end"].repeat(3));
    assert!(schedules.describe("skip").await.unwrap().skipped >= 2);
    schedules.delete("skip").await.unwrap();
    assert_eq!(schedules.list("").await.unwrap(), ["cancel", "queue"]);
}

/// Its calls wait for the service; the schedule is not held up.
pub async fn the_service_of_a_schedule_may_be_gone(setup: Setup) {
    let system = setup.own_system(needs()).await;
    let schedules = Schedules::new(system.client());
    let gone: Call<_, Bytes, Bytes> =
        Call::new(&system.client(), Target::service("Gone", "away"), Bytes::new());
    schedules.put("gone", Timetable::every(Duration::from_millis(100)), gone).await.unwrap();
    eventually("a firing", async || {
        schedules.describe("gone").await.ok().filter(|it| it.fired + it.skipped > 1)
    })
    .await;
    schedules.delete("gone").await.unwrap();
    assert!(schedules.list("").await.unwrap().is_empty());
}

fn millis(time: SystemTime) -> u64 {
    let since_epoch = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u64::try_from(since_epoch.as_millis()).unwrap()
}

/// A time as headers have it, such as `2026-11-29T08:00:00.04Z`.
fn time_of(text: &str) -> SystemTime {
    let json = format!("\"{text}\"");
    let time: restate_core::well_known::Timestamp = serde_json::from_str(&json).unwrap();
    time.try_into().unwrap()
}
