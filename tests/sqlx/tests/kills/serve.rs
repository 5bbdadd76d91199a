//! The processes that are killed: the engine, and the handlers.

use std::{
    io::{self, Read as _},
    net::SocketAddr,
    path::PathBuf,
    thread,
    time::Duration,
};

use clap::Args;
use restate::{Endpoint, Engine, RetryPolicy};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    accounts::Accounts,
    bank::{BankServer, Care, InDatabase},
};

/// What a process does.
#[derive(Args, Clone, Debug, Default)]
pub struct Role {
    /// Serves the bank at this address.
    #[arg(long, hide = true)]
    pub handlers: Option<SocketAddr>,

    /// Where the bank keeps its accounts.
    #[arg(long, hide = true, default_value = "")]
    pub accounts: String,

    /// How it writes there.
    #[arg(long, hide = true, value_enum, default_value_t)]
    pub care: Care,

    /// Runs the engine, with its ingress at this address.
    #[arg(long, hide = true)]
    pub ingress: Option<SocketAddr>,

    /// Where the engine finds the bank.
    #[arg(long, hide = true)]
    pub deployment: Option<SocketAddr>,

    /// The engine's data.
    #[arg(long, hide = true, default_value = "engine")]
    pub data: PathBuf,
}

impl Role {
    pub fn is_set(&self) -> bool {
        self.handlers.is_some() || self.ingress.is_some()
    }
}

/// Serves until the test ends.
pub async fn serve(role: Role) {
    let (end, ended) = oneshot::channel::<()>();
    thread::spawn(move || {
        let _end = end;
        // The other end closes when the test ends, even if it is killed.
        let _ = io::stdin().read(&mut [0]);
    });
    if let Some(address) = role.handlers {
        let accounts = Accounts::open(&role.accounts).await.unwrap();
        let bank = BankServer::new(InDatabase { accounts, care: role.care });
        let endpoint = Endpoint::builder().bind(bank).build().unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        println!("serving");
        return endpoint.run_until(listener, ended).await.unwrap();
    }
    let soon = RetryPolicy::new()
        .initial_interval(Duration::from_millis(2))
        .max_interval(Duration::from_millis(20));
    let engine = Engine::builder()
        .deployment(format!("http://{}", role.deployment.unwrap()))
        .data_dir(role.data)
        // What is down fails attempts until it is up.
        .retry_policy(soon)
        .ingress(role.ingress.unwrap())
        .start()
        .await
        .unwrap();
    println!("serving");
    engine.run_until(ended).await.unwrap();
}
