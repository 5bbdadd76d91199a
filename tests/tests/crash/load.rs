//! The test: clients, a process, and the loop that kills it.

use std::{fmt, sync::Arc, time::Duration};

use tempfile::tempdir;
use tokio::{sync::watch, task::JoinSet, time::sleep};

use crate::{
    audit::Auditor,
    book::{Book, Form, Task},
    client::{Client, News},
    process::Process,
    random::Random,
};

const CLIENTS: u64 = 8;

/// The maximum lifetime of a process, in milliseconds.
const LONGEST_LIFE: u64 = 400;

/// The maximum lifetime of a process that is killed during its start, in milliseconds.
const LONGEST_START: u64 = 60;

/// Kills a process `kills` times; panics if anything was lost or executed twice.
pub async fn survive(kills: u32, seed: u64) -> Report {
    let data = tempdir().unwrap();
    let book = Arc::new(Book::default());
    let (tell, news) = watch::channel(News::default());
    let mut random = Random::new(seed, u64::MAX);
    let mut auditor = Auditor::new(Arc::clone(&book), Random::new(seed, u64::MAX - 1));
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(Client::new(number, seed, Arc::clone(&book), news.clone()).run());
    }
    for _ in 0..kills {
        let mut process = Process::start(data.path());
        if random.below(5) == 0 {
            // During its start.
            sleep(Duration::from_millis(random.below(LONGEST_START))).await;
        } else {
            let addresses = process.addresses().await;
            tell.send_replace(News { ingress: Some(addresses.ingress), over: false });
            auditor.look(addresses).await;
            sleep(Duration::from_millis(random.below(LONGEST_LIFE))).await;
            if random.below(2) == 0 {
                // Right after an acknowledgement: reveals acknowledgements that precede durability.
                book.acknowledgement().await;
            }
        }
        process.kill().await;
        while let Some(ended) = clients.try_join_next() {
            ended.expect("no client receives a wrong response");
        }
    }
    let mut process = Process::start(data.path());
    let addresses = process.addresses().await;
    tell.send_replace(News { ingress: Some(addresses.ingress), over: true });
    while let Some(ended) = clients.join_next().await {
        ended.expect("no client receives a wrong response");
    }
    auditor.close(addresses, data.path()).await;
    process.kill().await;
    Report::of(kills, &book)
}

/// A summary of the test.
pub struct Report {
    kills: u32,
    calls: usize,
    one_way: usize,
    delayed: usize,
    unrepeated: usize,
    unknown: u64,
    by_handlers: usize,
}

impl Report {
    fn of(kills: u32, book: &Book) -> Self {
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
        write!(
            f,
            "{kills} kills; acknowledged and done exactly once: {calls} calls, {one_way} one-way, \
             {delayed} delayed, {unrepeated} without idempotency key ({unknown} more were not \
             answered), {by_handlers} made by handlers"
        )
    }
}
