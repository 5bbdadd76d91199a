//! An engine with the services in Rust, and the process with the object in TypeScript.

use std::{collections::HashSet, net::SocketAddr, time::Duration};

use restate_core::RetryPolicy;
use restate_embedded::{Client, Engine, InvocationHandle};
use restate_tests::{client, typescript::TypeScript};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::timeout,
};

use crate::services::{
    Records, RegisterClient, RegisterServer, ShelfClient, TillClient, TillServer, World,
};

/// Far more than any of this takes.
pub const LIMIT: Duration = Duration::from_secs(60);

/// The key of everything.
const KEY: &str = "pears";

/// What attempts do while they wait.
#[derive(Clone, Copy)]
pub enum Waits {
    Open,
    Suspended,
}

pub struct Shop {
    /// `None` only while it is down.
    engine: Option<Engine>,
    directory: TempDir,
    waits: Waits,
    /// `None` only while it is down.
    shelf: Option<TypeScript>,
    /// Where it is, also while it is down.
    address: SocketAddr,
    world: World,
    held: UnboundedReceiver<String>,
    seen: HashSet<String>,
}

/// Everything that a purchase changes.
#[derive(Debug, PartialEq, Eq)]
pub struct Effects {
    pub charges: usize,
    pub recorded: Records,
    pub taken: i64,
    pub sold: i64,
}

impl Shop {
    pub async fn open(waits: Waits) -> Self {
        let (held, receive) = unbounded_channel();
        let shelf = shelf(0, 1);
        let mut shop = Self {
            engine: None,
            directory: TempDir::new().unwrap(),
            waits,
            address: shelf.address(),
            shelf: Some(shelf),
            world: World { charges: std::sync::Arc::default(), held },
            held: receive,
            seen: HashSet::new(),
        };
        shop.start_engine().await;
        shop
    }

    /// Ends the engine as a crash would.
    pub fn crash_engine(&mut self) {
        self.engine = None;
    }

    pub async fn start_engine(&mut self) {
        let soon = RetryPolicy::new()
            .initial_interval(Duration::from_millis(10))
            .max_interval(Duration::from_millis(100));
        let mut builder = Engine::builder()
            .bind(TillServer::new(self.world.clone()))
            .bind(RegisterServer::new(self.world.clone()))
            .deployment(format!("http://{}", self.address))
            .retry_policy(soon)
            .data_dir(self.directory.path())
            .admin("127.0.0.1:0");
        if let Waits::Suspended = self.waits {
            builder = builder.inactivity_timeout(Duration::ZERO);
        }
        self.engine = Some(builder.start().await.unwrap());
    }

    /// Kills the process with the shelf.
    pub fn crash_shelf(&mut self) {
        self.shelf = None;
    }

    /// Starts it again, where it was.
    pub fn start_shelf(&mut self) {
        self.shelf = Some(shelf(self.address.port(), 1));
    }

    /// Starts a new revision of the shelf elsewhere, and registers it. Returns its process.
    pub async fn upgrade(&mut self) -> TypeScript {
        let new = shelf(0, 2);
        let deployment = format!(r#"{{"uri":"http://{}"}}"#, new.address());
        let answer = client::post_json(self.admin(), "/deployments", deployment).await.unwrap();
        assert!(answer.status.is_success(), "{}", answer.text());
        new
    }

    /// The deployment of the first revision, as the admin interface shows it.
    pub async fn first_deployment(&self) -> Value {
        let found = client::get(self.admin(), "/deployments").await.unwrap();
        let found: Value = serde_json::from_slice(&found.body).unwrap();
        let port = format!(":{}", self.address.port());
        let is_first = |it: &&Value| it["uri"].as_str().is_some_and(|uri| uri.ends_with(&port));
        let deployments = found["deployments"].as_array().unwrap();
        deployments.iter().find(is_first).unwrap_or_else(|| panic!("{found}")).clone()
    }

    fn admin(&self) -> SocketAddr {
        self.engine.as_ref().and_then(Engine::admin_addr).unwrap()
    }

    pub fn client(&self) -> Client {
        self.engine.as_ref().unwrap().client()
    }

    /// Begins a purchase, which is stored when this returns.
    pub async fn buy(&self, count: i64) -> InvocationHandle {
        TillClient::new(self.client(), KEY).buy(count).one_way().await.unwrap()
    }

    /// Waits until the shelf waits, and returns the awakeable.
    ///
    /// After a crash it may be told again.
    pub async fn held(&mut self) -> String {
        loop {
            let held = timeout(LIMIT, self.held.recv()).await.unwrap().unwrap();
            if self.seen.insert(held.clone()) {
                return held;
            }
        }
    }

    /// What the shelf waits for happens.
    pub async fn release(&self, awakeable: String) {
        self.client().awakeable(awakeable).resolve(&()).await.unwrap();
    }

    /// The answer to a purchase, also after a crash.
    pub async fn answer(&self, purchase: &InvocationHandle) -> String {
        let handle = self.client().invocation(purchase.invocation_id().clone());
        timeout(LIMIT, handle.attach()).await.unwrap().unwrap()
    }

    /// A whole purchase.
    pub async fn buy_and_wait(&mut self, count: i64) -> String {
        let purchase = self.buy(count).await;
        let held = self.held().await;
        self.release(held).await;
        self.answer(&purchase).await
    }

    /// Waits until these are the effects.
    pub async fn settles(&self, expected: &Effects) {
        let mut effects = self.effects().await;
        let settled = async {
            while effects != *expected {
                tokio::time::sleep(Duration::from_millis(5)).await;
                effects = self.effects().await;
            }
        };
        let settled = timeout(LIMIT, settled).await;
        assert!(settled.is_ok(), "{effects:?} instead of {expected:?}");
    }

    /// What has happened so far.
    pub async fn effects(&self) -> Effects {
        let client = self.client();
        let charges = self.world.charges.lock().unwrap().len();
        let recorded = RegisterClient::new(client.clone(), KEY).read().await.unwrap().0;
        let taken = ShelfClient::new(client.clone(), KEY).taken().await.unwrap();
        let sold = TillClient::new(client, KEY).sold().await.unwrap();
        Effects { charges, recorded, taken, sold }
    }
}

fn shelf(port: u16, revision: u32) -> TypeScript {
    TypeScript::run("shelf.cjs", &[&port.to_string(), &revision.to_string()])
}
