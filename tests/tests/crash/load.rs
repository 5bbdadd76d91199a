//! A test: clients, processes, and the loop that kills them.

use std::{fmt, sync::Arc, time::Duration};

use tempfile::tempdir;
use tokio::{sync::watch, task::JoinSet, time::sleep};

use crate::{
    audit::Auditor,
    book::{Book, Form, Task},
    client::{Client, News},
    flaw::Flaw,
    platform::{Kills, Layout, Platform},
    process::Addresses,
    random::Random,
};

const CLIENTS: u64 = 8;

/// The maximum lifetime of a process, in milliseconds.
const LONGEST_LIFE: u64 = 400;

/// The maximum lifetime of a process that is killed during its start, in milliseconds.
const LONGEST_START: u64 = 60;

/// Kills processes `kills` times; panics if anything was lost or executed twice.
pub async fn survive(layout: Layout, kills: u32, seed: u64, flaw: Option<Flaw>) -> Report {
    let data = tempdir().unwrap();
    let book = Arc::new(Book::default());
    let (tell, news) = watch::channel(News::default());
    let mut random = Random::new(seed, u64::MAX);
    let mut auditor = Auditor::new(Arc::clone(&book), Random::new(seed, u64::MAX - 1));
    let mut platform = Platform::new(data.path(), layout, flaw).await;
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(Client::new(number, seed, Arc::clone(&book), news.clone()).run());
    }
    for _ in 0..kills {
        if random.below(5) == 0 {
            // During its start.
            platform.begin();
            sleep(Duration::from_millis(random.below(LONGEST_START))).await;
            platform.kill_engine().await;
            platform.kills.of_engine += 1;
            continue;
        }
        if let Some(Addresses { ingress, .. }) = platform.start(&mut random).await {
            tell.send_replace(News { ingress: Some(ingress), over: false });
        }
        auditor.look(platform.addresses()).await;
        sleep(Duration::from_millis(random.below(LONGEST_LIFE))).await;
        if random.below(2) == 0 {
            // Right after an acknowledgement: reveals acknowledgements that precede durability.
            book.acknowledgement().await;
        }
        platform.kill(&mut random).await;
        while let Some(ended) = clients.try_join_next() {
            ended.expect("no client receives a wrong response");
        }
    }
    platform.start(&mut random).await;
    let addresses = platform.addresses();
    tell.send_replace(News { ingress: Some(addresses.ingress), over: true });
    while let Some(ended) = clients.join_next().await {
        ended.expect("no client receives a wrong response");
    }
    auditor.close(addresses, data.path()).await;
    Report::of(platform.end().await, &book)
}

/// A summary of the test.
pub struct Report {
    kills: Kills,
    calls: usize,
    one_way: usize,
    delayed: usize,
    unrepeated: usize,
    unknown: u64,
    by_handlers: usize,
}

impl Report {
    fn of(kills: Kills, book: &Book) -> Self {
        let pages = book.open();
        let count = |of: fn(Form) -> bool| {
            pages.acknowledged.iter().filter(|it| of(it.request.form)).count()
        };
        let by_handler = |task| match task {
            Task::Add(_) => 0,
            Task::Deliver => 4,
            // The fee, the courier, and what that calls.
            Task::Dispatch => 6,
        };
        let by_handlers = pages.acknowledged.iter().map(|it| by_handler(it.request.task)).sum();
        Self {
            kills,
            calls: count(|form| form == Form::Call),
            one_way: count(|form| form == Form::OneWay),
            delayed: count(|form| matches!(form, Form::Delayed(_))),
            unrepeated: count(|form| form == Form::Once),
            unknown: pages.unknown,
            by_handlers,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, calls, one_way, delayed, unrepeated, unknown, by_handlers } = self;
        let Kills { of_engine, of_deployment, of_both } = kills;
        write!(
            f,
            "kills: {of_engine} of the engine, {of_deployment} of the deployment, {of_both} of both; acknowledged and done exactly once: {calls} calls, {one_way} one-way, \
             {delayed} delayed, {unrepeated} without idempotency key ({unknown} more were not \
             answered), {by_handlers} made by handlers"
        )
    }
}
