//! Clients that transfer money, the loop that kills processes, and the audit.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use restate::{IngressClient, Json};
use restate_tests::random::Random;
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    accounts::{Accounts, CENTS, NAMES, Posting},
    bank::{BankClient, Care, Transfer},
    engine::Runtime,
    platform::{Kills, Kind, Platform},
};

const CLIENTS: u64 = 4;

/// The time limit of a start, of a transfer, and of the next posting.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest time between a transfer and a kill, in milliseconds.
const LONGEST: u64 = 60;

/// Kills after which plain steps must have failed the audit. In general the first ten do.
const ENOUGH: u32 = 400;

/// What clients have transferred.
#[derive(Default)]
struct Book {
    transfers: Mutex<Vec<Transfer>>,
    answered: Notify,
    is_over: AtomicBool,
}

/// Kills processes `kills` times; panics if a transfer is not booked exactly once.
pub async fn survive(runtime: Runtime, kind: Kind, kills: u32, seed: u64) -> String {
    let mut platform = Platform::new(runtime, kind, Care::Step).await;
    let (book, clients) = clients(platform.engine.ingress(), seed);
    let mut random = Random::new(seed, u64::MAX);
    for _ in 0..kills {
        kill(&mut platform, &book, &mut random).await;
    }
    platform.start().await;
    book.is_over.store(true, Ordering::Relaxed);
    for ended in clients.join_all().await {
        ended.expect("each transfer is answered");
    }
    let transfers = book.transfers.lock().unwrap().clone();
    audit(&platform.accounts, &transfers).await;
    report(platform.kills, &format!("{} transfers, each booked once", transfers.len()))
}

/// Kills processes until plain steps have booked something twice; panics if they do not.
pub async fn fail(runtime: Runtime, kind: Kind, seed: u64) -> String {
    let mut platform = Platform::new(runtime, kind, Care::PlainStep).await;
    let (book, _clients) = clients(platform.engine.ingress(), seed);
    let mut random = Random::new(seed, u64::MAX);
    for _ in 0..ENOUGH {
        kill(&mut platform, &book, &mut random).await;
        let postings = platform.accounts.postings().await.unwrap_or_default();
        if let Some(doubled) = postings.windows(2).find(|pair| pair[0] == pair[1]) {
            return report(platform.kills, &format!("booked twice: {:?}", doubled[0]));
        }
    }
    panic!("{ENOUGH} kills have hit no plain step between its commit and that of the journal");
}

fn report(kills: Kills, outcome: &str) -> String {
    let Kills { of_engine, of_handlers, of_both, of_backends } = kills;
    format!(
        "kills: {of_engine} of the engine, {of_handlers} of the handlers, {of_both} of both, \
         {of_backends} of backends; {outcome}"
    )
}

/// Waits for a transfer, and kills something: at a random time, or as soon as a posting has committed.
async fn kill(platform: &mut Platform, book: &Book, random: &mut Random) {
    platform.start().await;
    let answered = timeout(PATIENCE, book.answered.notified());
    answered.await.expect("transfers are answered");
    if random.below(2) == 0 {
        sleep(Duration::from_millis(random.below(LONGEST))).await;
    } else {
        let posted = timeout(PATIENCE, next_posting(&platform.accounts));
        posted.await.expect("transfers are booked");
    }
    platform.kill(random).await;
}

async fn next_posting(accounts: &Accounts) {
    let mut before = None;
    loop {
        match accounts.count().await {
            Ok(count) if *before.get_or_insert(count) < count => return,
            Ok(_) => {}
            // Postgres starts again after the death of a backend.
            Err(_) => sleep(Duration::from_millis(1)).await,
        }
    }
}

type Clients = JoinSet<Result<(), tokio::time::error::Elapsed>>;

fn clients(ingress: SocketAddr, seed: u64) -> (Arc<Book>, Clients) {
    let (book, mut clients) = (Arc::<Book>::default(), JoinSet::new());
    for number in 0..CLIENTS {
        let (book, random) = (Arc::clone(&book), Random::new(seed, number));
        clients.spawn(transfer(ingress, book, number, random));
    }
    (book, clients)
}

/// Transfers money, one transfer after the other. Repeats each until it is answered.
async fn transfer(
    ingress: SocketAddr,
    book: Arc<Book>,
    client: u64,
    mut random: Random,
) -> Result<(), tokio::time::error::Elapsed> {
    let bank = BankClient::new(IngressClient::new(format!("http://{ingress}")).unwrap());
    let mut name = || {
        let index = usize::try_from(random.below(NAMES.len() as u64)).unwrap();
        NAMES[index].to_owned()
    };
    for n in 0.. {
        let number = i64::try_from(client << 32 | n).unwrap();
        let transfer = Transfer { number, from: name(), to: name(), cents: 1 + number % 97 };
        let answered = async {
            let call = || bank.transfer(Json(transfer.clone())).idempotency_key(number.to_string());
            while call().await.is_err() {
                sleep(Duration::from_millis(2)).await;
            }
        };
        timeout(PATIENCE, answered).await?;
        book.transfers.lock().unwrap().push(transfer);
        book.answered.notify_waiters();
        if book.is_over.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}

/// Compares the tables with the transfers that were answered, which are all.
async fn audit(accounts: &Accounts, transfers: &[Transfer]) {
    let mut expected: Vec<Posting> = transfers.iter().flat_map(Transfer::postings).collect();
    let mut balances: BTreeMap<String, i64> =
        NAMES.into_iter().map(|name| (name.to_owned(), CENTS)).collect();
    for posting in &expected {
        *balances.get_mut(&posting.account).unwrap() += posting.cents;
    }
    assert_eq!(accounts.balances().await, balances.into_iter().collect::<Vec<_>>());
    let mut postings = accounts.postings().await.unwrap();
    postings.sort_unstable();
    expected.sort_unstable();
    assert_eq!(postings, expected);
    assert_eq!(usize::try_from(accounts.steps().await), Ok(expected.len()));
}
