//! The services of the killed processes: an account that loses concurrent additions, and a courier that
//! adds to it with every kind of call.

use std::{
    collections::HashMap,
    io::{self, Read as _},
    net::SocketAddr,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use futures::future::try_join;
use restate_core::{
    Context, HandlerResult, Json, ObjectContext, RetryPolicy, SharedObjectContext, TerminalError,
    object, service,
};
use restate_embedded::Engine;
use restate_endpoint::Endpoint;
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{process::VIOLATION, random::mix, steps::Steps};

/// One addition to an account.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Addition {
    pub number: u64,
    pub pause: Pause,
}

/// What an account awaits between reading and writing its balance.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum Pause {
    Nothing,
    Run,
    Sleep(u64),
}

/// The number and the sum of all additions: the sum reveals a lost addition beside a duplicate.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Balance {
    pub count: u64,
    pub sum: u64,
}

impl Balance {
    pub fn add(&mut self, number: u64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(mix(number));
    }
}

#[object]
pub trait Account {
    async fn add(
        &self,
        ctx: ObjectContext<'_>,
        addition: Json<Addition>,
    ) -> HandlerResult<Json<Balance>>;

    #[shared]
    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Balance>>;
}

/// Stores balances in state.
#[derive(Default)]
struct Bank {
    /// A planted flaw.
    adds_twice: bool,
    /// The running invocation of each key.
    inside: Mutex<HashMap<String, String>>,
}

impl Account for Bank {
    async fn add(
        &self,
        ctx: ObjectContext<'_>,
        Json(addition): Json<Addition>,
    ) -> HandlerResult<Json<Balance>> {
        let _inside = self.enter(ctx.key(), ctx.invocation_id());
        let mut balance = balance(ctx.into()).await?;
        match addition.pause {
            Pause::Nothing => {}
            Pause::Run => ctx.run(|| async { Ok(()) }).await?,
            Pause::Sleep(millis) => ctx.sleep(Duration::from_millis(millis)).await?,
        }
        balance.add(addition.number);
        if self.adds_twice && addition.number % 10 == 0 {
            balance.add(addition.number);
        }
        ctx.set("balance", Json(balance));
        Ok(Json(balance))
    }

    async fn read(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<Json<Balance>> {
        Ok(Json(balance(ctx).await?))
    }
}

async fn balance(ctx: SharedObjectContext<'_>) -> Result<Balance, TerminalError> {
    Ok(ctx.get::<Json<Balance>>("balance").await?.map(|Json(balance)| balance).unwrap_or_default())
}

impl Bank {
    fn enter<'a>(&'a self, key: &'a str, invocation: &str) -> Inside<'a> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        // A suspended attempt may be dropped after the next one has started.
        if let Some(other) = inside.insert(key.to_owned(), invocation.to_owned())
            && other != invocation
        {
            println!("{VIOLATION}{invocation} runs while {other} has the key {key}");
        }
        Inside { bank: self, key, invocation: invocation.to_owned() }
    }
}

struct Inside<'a> {
    bank: &'a Bank,
    key: &'a str,
    invocation: String,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut inside = self.bank.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.get(self.key) == Some(&self.invocation) {
            inside.remove(self.key);
        }
    }
}

/// Makes the additions that [`Parcel::additions`] lists.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Parcel {
    pub key: String,
    pub number: u64,
}

impl Parcel {
    /// The numbers to add.
    pub fn additions(&self) -> [u64; 4] {
        [1, 2, 3, 4].map(|n| mix(self.number).wrapping_add(n))
    }
}

impl Parcel {
    /// What a dispatcher adds.
    pub fn fee(&self) -> u64 {
        mix(self.number).wrapping_add(5)
    }
}

/// The invocations that a courier has started and not awaited.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Receipt {
    pub left: Vec<String>,
}

#[service]
pub trait Courier {
    async fn deliver(&self, ctx: Context<'_>, parcel: Json<Parcel>)
    -> HandlerResult<Json<Receipt>>;
}

struct Delivery;

impl Courier for Delivery {
    async fn deliver(
        &self,
        ctx: Context<'_>,
        Json(parcel): Json<Parcel>,
    ) -> HandlerResult<Json<Receipt>> {
        let account = AccountClient::new(ctx, &parcel.key);
        let add = |number, pause| account.add(Json(Addition { number, pause }));
        let [called, sent, delayed, joined] = parcel.additions();
        let sent = add(sent, Pause::Run).one_way().await?;
        add(called, Pause::Nothing).await?;
        let delay = ctx.run(|| async move { Ok(parcel.number % 50) }).await?;
        let delayed = add(delayed, Pause::Nothing).delayed(Duration::from_millis(delay)).await?;
        try_join(add(joined, Pause::Sleep(1)).call(), ctx.sleep(Duration::from_millis(5))).await?;
        let left = vec![sent.invocation_id().await?.into(), delayed.invocation_id().await?.into()];
        Ok(Json(Receipt { left }))
    }
}

#[service]
pub trait Dispatcher {
    async fn dispatch(
        &self,
        ctx: Context<'_>,
        parcel: Json<Parcel>,
    ) -> HandlerResult<Json<Receipt>>;
}

/// Calls a courier, who calls accounts. Before, it takes a step that depends on a response, and that
/// somebody outside notices.
struct Office(Steps);

impl Dispatcher for Office {
    async fn dispatch(
        &self,
        ctx: Context<'_>,
        Json(parcel): Json<Parcel>,
    ) -> HandlerResult<Json<Receipt>> {
        let fee = Addition { number: parcel.fee(), pause: Pause::Nothing };
        let Json(balance) = AccountClient::new(ctx, &parcel.key).add(Json(fee)).await?;
        ctx.run(|| async { Ok(self.0.begin(parcel.number, balance)?) }).await?;
        Ok(CourierClient::new(ctx).deliver(Json(parcel)).await?)
    }
}

/// What a process runs.
#[derive(Clone, Copy, Debug)]
pub enum Role {
    /// The engine with all services.
    Everything,
    /// The engine with couriers. The deployment at this address has the other services.
    Engine(SocketAddr),
    /// The deployment at this address: accounts and dispatchers, each of which calls services on the other
    /// side.
    Handlers(SocketAddr),
}

impl Role {
    pub fn new(deployment: Option<SocketAddr>, is_engine: bool) -> Self {
        match deployment {
            None => Self::Everything,
            Some(address) if is_engine => Self::Engine(address),
            Some(address) => Self::Handlers(address),
        }
    }

    /// The options of this program for it.
    pub fn arguments(self) -> Vec<String> {
        match self {
            Self::Everything => Vec::new(),
            Self::Engine(address) => vec!["--engine-for".to_owned(), address.to_string()],
            Self::Handlers(address) => vec!["--deployment-at".to_owned(), address.to_string()],
        }
    }
}

/// Serves until the test ends.
pub async fn serve(directory: PathBuf, role: Role, adds_twice: bool) {
    let (end, ended) = oneshot::channel::<()>();
    thread::spawn(move || {
        let _end = end;
        // The other end closes when the test ends, even if it is killed.
        let _ = io::stdin().read(&mut [0]);
    });
    let bank = || Bank { adds_twice, ..Bank::default() };
    let steps = || Office(Steps::open(&directory).unwrap());
    let engine = Engine::builder().bind(CourierServer::new(Delivery));
    let engine = match role {
        Role::Everything => {
            engine.bind(AccountServer::new(bank())).bind(DispatcherServer::new(steps()))
        }
        Role::Engine(address) => engine.deployment(format!("http://{address}")),
        Role::Handlers(address) => {
            let endpoint = Endpoint::builder()
                .bind(AccountServer::new(bank()))
                .bind(DispatcherServer::new(steps()));
            let listener = TcpListener::bind(address).await.unwrap();
            println!("{address}");
            return endpoint.build().unwrap().run_until(listener, ended).await.unwrap();
        }
    };
    let soon = RetryPolicy::new()
        .initial_interval(Duration::from_millis(2))
        .max_interval(Duration::from_millis(20));
    let engine = engine
        .data_dir(directory.join("engine"))
        // A deployment that is down fails attempts until it is up.
        .retry_policy(soon)
        // Kills at random times hit the same invocations repeatedly.
        .crash_limit(u32::MAX)
        .ingress("127.0.0.1:0")
        .admin("127.0.0.1:0")
        // Shorter than most sleeps, so that these suspend.
        .inactivity_timeout(Duration::from_millis(3))
        .start()
        .await
        .unwrap();
    println!("{} {}", engine.ingress_addr().unwrap(), engine.admin_addr().unwrap());
    engine.run_until(ended).await.unwrap();
}
