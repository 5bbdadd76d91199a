use std::path::Path;

use restate_schedule::{Schedules, Timetable, directory, schedule};

use crate::{
    load::{builder, compare, fill, resident, start},
    services::{Arrivals, WorkClient},
    verdict::{Verdict, verdict},
};

/// Compares the throughput of an engine with many schedules with an empty one. They fire once a year, spread
/// over it, and so do not fire meanwhile.
pub(crate) async fn measure(directory_path: &Path, count: u64) -> Verdict {
    let empty = start(&directory_path.join("empty")).await?;
    let full = builder(&directory_path.join("full"), &Arrivals::default());
    let full = full.bind(schedule()).bind(directory()).start().await?;
    let (work, schedules) = (WorkClient::new(full.client()), Schedules::new(full.client()));
    let before = resident()?;
    fill(count, |n| {
        let (minute, hour, day, month) =
            (n % 60, n / 60 % 24, n / 1440 % 28 + 1, n / 40_320 % 12 + 1);
        let yearly = Timetable::cron(format!("{minute} {hour} {day} {month} *"));
        let call = work.greet("Pete".to_owned());
        let schedules = schedules.clone();
        async move {
            let put = schedules.put(format!("schedule {n}"), yearly, call).await;
            put.map_err(|error| restate_core::TerminalError::new(error.to_string()).into())
        }
    })
    .await?;
    println!("{:.0} MB more memory", resident()? - before);
    let percent = compare("calls", &empty.client(), &full.client(), false).await?;
    let listed = schedules.list("").await.map_err(|error| error.to_string())?.len() as u64;
    let all = verdict("all are listed", listed == count);
    Ok(verdict("at least 95 % of an empty engine's throughput", percent >= 95.0) && all)
}
