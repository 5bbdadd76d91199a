//! Compares the clients' records with the engine's.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    book::{Acknowledged, Book, Form, KEY_OF_UNREPEATED, Task},
    client::ask,
    connection::{Connection, Gone},
    process::Addresses,
    random::Random,
    services::{Balance, Receipt},
    steps,
};

/// The number of requests that are repeated after a restart: the latest, and random ones.
const LAST: usize = 40;
const ANY: u64 = 10;

/// The time limit for all accepted invocations to complete.
const PATIENCE: Duration = Duration::from_secs(60);

/// The number of concurrent clients that wait for invocations at the end.
const WAITERS: usize = 8;

pub struct Auditor {
    book: Arc<Book>,
    random: Random,
}

impl Auditor {
    pub fn new(book: Arc<Book>, random: Random) -> Self {
        Self { book, random }
    }

    /// After a restart: acknowledged requests exist, with the same responses.
    pub async fn look(&mut self, addresses: Addresses) {
        let (sample, least) = {
            let pages = self.book.open();
            // An acknowledged call has completed; an acknowledged send may still run.
            let least = pages.balances(|request| request.form == Form::Call);
            (sample(&mut self.random, &pages.acknowledged), least)
        };
        let looked = timeout(PATIENCE, async {
            let mut connection = Connection::open(addresses.ingress).await?;
            for acknowledged in sample {
                is_as_it_was(&mut connection, acknowledged).await?;
            }
            for (key, least) in least {
                let found = read(&mut connection, &key).await?;
                let (least, found) = (least.count, found.count);
                assert!(
                    found >= least,
                    "{key}: {least} calls were acknowledged, {found} are there"
                );
            }
            Ok::<_, Gone>(())
        });
        looked.await.expect("the engine answers").expect("the process is alive");
    }

    /// At the end: every request was executed exactly once, and nothing else was.
    pub async fn close(self, addresses: Addresses, directory: &Path) {
        let settled = timeout(PATIENCE, self.settle(addresses));
        settled.await.expect("all invocations complete");
        let mut connection = Connection::open(addresses.ingress).await.unwrap();
        let (expected, unknown, dispatched) = {
            let pages = self.book.open();
            let requests = pages.acknowledged.iter().map(|it| &it.request);
            let dispatched = requests.filter(|it| matches!(it.task, Task::Dispatch));
            let dispatched: BTreeSet<_> = dispatched.map(|it| it.number).collect();
            (pages.balances(|_| true), pages.unknown, dispatched)
        };
        // Clients repeat their requests, so nothing that has begun a step is left out.
        assert_eq!(steps::audit(directory).into_iter().collect::<BTreeSet<_>>(), dispatched);
        for (key, expected) in expected {
            let found = read(&mut connection, &key).await.unwrap();
            if key == KEY_OF_UNREPEATED {
                let (least, most) = (expected.count, expected.count + unknown);
                let range = least..=most;
                assert!(range.contains(&found.count), "{key}: {found:?} is not in {range:?}");
            } else {
                assert_eq!(found, expected, "{key}: this was found, but that was acknowledged");
            }
        }
        let mut admin = Connection::open(addresses.admin).await.unwrap();
        let left = timeout(PATIENCE, async {
            // Unacknowledged invocations may still run.
            while count(&mut admin, "status NOT IN ('succeeded', 'failed')").await > 0 {}
        });
        left.await.expect("no invocation is left");
        assert_eq!(count(&mut admin, "status = 'failed'").await, 0, "nothing fails here");
    }

    /// Waits until all accepted invocations have completed.
    async fn settle(&self, addresses: Addresses) {
        let sent = {
            let pages = self.book.open();
            pages.acknowledged.iter().filter(|it| it.request.form != Form::Call).cloned().collect()
        };
        let mut sent: Vec<Acknowledged> = sent;
        let receipts = {
            let pages = self.book.open();
            let called = pages.acknowledged.iter().filter(|it| it.request.form == Form::Call);
            let called = called.filter(|it| it.request.task.leaves_receipt());
            called.map(|it| it.answer.clone()).collect::<Vec<_>>()
        };
        let share = sent.len().div_ceil(WAITERS).max(1);
        let mut waiters = JoinSet::new();
        while !sent.is_empty() {
            let share = sent.split_off(sent.len().saturating_sub(share));
            waiters.spawn(async move {
                let mut connection = Connection::open(addresses.ingress).await.unwrap();
                for Acknowledged { request, answer } in share {
                    let answer = attach(&mut connection, &answer).await;
                    if request.task.leaves_receipt() {
                        attach_left(&mut connection, answer).await;
                    }
                }
            });
        }
        waiters.spawn(async move {
            let mut connection = Connection::open(addresses.ingress).await.unwrap();
            for receipt in receipts {
                attach_left(&mut connection, receipt).await;
            }
        });
        while let Some(ended) = waiters.join_next().await {
            ended.expect("accepted invocations complete");
        }
    }
}

fn sample(random: &mut Random, acknowledged: &[Acknowledged]) -> Vec<Acknowledged> {
    let last = acknowledged.iter().rev().take(LAST).cloned();
    let any = (0..ANY).filter_map(|_| {
        let index = random.below(acknowledged.len().max(1) as u64);
        acknowledged.get(usize::try_from(index).ok()?).cloned()
    });
    last.chain(any).collect()
}

async fn is_as_it_was(connection: &mut Connection, acknowledged: Acknowledged) -> Result<(), Gone> {
    let Acknowledged { request, answer } = acknowledged;
    if request.form == Form::Once {
        let id = answer.as_str().expect("it was sent");
        let (status, body) = connection.get(&format!("/restate/invocation/{id}/output")).await?;
        assert!([200, 470].contains(&status), "{request:?} was acknowledged as {id}: {body}");
        return Ok(());
    }
    let again = ask(connection, &request).await?;
    assert_eq!(again, answer, "{request:?}: this is the answer now, but that was acknowledged");
    Ok(())
}

async fn read(connection: &mut Connection, key: &str) -> Result<Balance, Gone> {
    let (status, balance) =
        connection.post(&format!("/Account/{key}/read"), "", String::new()).await?;
    assert_eq!(status, 200, "{key}: {balance}");
    Ok(serde_json::from_value(balance).unwrap())
}

/// The number of invocations that match a condition.
async fn count(admin: &mut Connection, condition: &str) -> u64 {
    let sql = format!("SELECT count(*) AS n FROM invocations WHERE {condition}");
    let answer = admin.post("/query", "", json!({ "query": sql }).to_string()).await;
    let (_, rows) = answer.expect("the process is alive");
    rows["rows"][0]["n"].as_u64().expect("a count")
}

async fn attach(connection: &mut Connection, id: &Value) -> Value {
    let id = id.as_str().expect("it was sent");
    let attached = connection.get(&format!("/restate/invocation/{id}/attach")).await;
    let (status, body) = attached.expect("the process is alive");
    assert_eq!(status, 200, "{id} was acknowledged: {body}");
    body
}

async fn attach_left(connection: &mut Connection, receipt: Value) {
    let receipt: Receipt = serde_json::from_value(receipt).unwrap();
    for id in receipt.left {
        attach(connection, &id.into()).await;
    }
}
