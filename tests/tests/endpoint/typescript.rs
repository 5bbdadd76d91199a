//! Services in Rust and in TypeScript call each other with JSON: through a real server, and through the
//! embedded engine, in whose process the services in Rust are.

mod desk;
mod jar;

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use restate_core::{
    Context, Encoding, HandlerResult, Json, Payload as _, service, well_known::Timestamp,
};
use restate_embedded::{Engine, EngineBuilder};
use restate_endpoint::Endpoint;
use restate_ingress::{IngressClient, IngressError};
use restate_tests::{client, server::RestateServer, typescript::TypeScript};
use tempfile::TempDir;

use self::{
    contract::{
        Account, Currency, DeskClient, DeskServer, Entry, LedgerClient, Refusal, TellerClient,
    },
    desk::Clerk,
    jar::{JarClient, JarServer, Sweets},
};
use crate::deployment::Deployment;

/// Generated from `tests/proto/peer/v1/peer.proto`.
#[allow(missing_debug_implementations, dead_code, reason = "generated for both sides")]
mod contract {
    restate_core::include_proto!("peer.v1");
}

/// Both on one engine.
struct Peers {
    home: Home,
    ingress: IngressClient,
    _typescript: TypeScript,
}

enum Home {
    Server(Box<Deployment>),
    Embedded(Box<Engine>, TempDir),
}

impl Peers {
    /// The services in Rust in the process of an embedded engine, those in TypeScript behind a URL.
    async fn start_embedded(configure: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        let (typescript, directory) = (TypeScript::start(), TempDir::new().unwrap());
        let builder = Engine::builder()
            .bind(DeskServer::new(Clerk))
            .bind(JarServer::new(Sweets))
            .deployment(format!("http://{}", typescript.address()))
            .data_dir(directory.path())
            .ingress("127.0.0.1:0");
        let engine = configure(builder).start().await.unwrap();
        let ingress = IngressClient::builder(format!("http://{}", engine.ingress_addr().unwrap()))
            .call_timeout(Duration::from_secs(30));
        let home = Home::Embedded(Box::new(engine), directory);
        Self { ingress: ingress.build().unwrap(), home, _typescript: typescript }
    }

    async fn stop(self) {
        match self.home {
            Home::Server(deployment) => drop(deployment.stop().await),
            Home::Embedded(engine, _directory) => engine.shutdown().await.unwrap(),
        }
    }

    fn log(&self) -> String {
        match &self.home {
            Home::Server(deployment) => deployment.server.log(),
            Home::Embedded(..) => String::new(),
        }
    }

    async fn start() -> Self {
        Self::start_on(RestateServer::start().await).await
    }

    async fn start_on(server: RestateServer) -> Self {
        let typescript = TypeScript::start();
        let services =
            Endpoint::builder().bind(DeskServer::new(Clerk)).bind(JarServer::new(Sweets));
        let deployment = Deployment::start(server, services).await;
        deployment.server.register(typescript.address()).await;
        let ingress = IngressClient::builder(format!("http://{}", deployment.server.ingress()))
            .call_timeout(Duration::from_secs(30));
        let home = Home::Server(Box::new(deployment));
        Self { ingress: ingress.build().unwrap(), home, _typescript: typescript }
    }

    /// Waits until the account has this balance.
    async fn until_held(&self, name: &str, cents: i64) {
        let ledger = LedgerClient::new(&self.ingress);
        let account = Account { name: name.to_owned(), ..Account::default() };
        let asked = async {
            while ledger.read(account.clone()).await.unwrap().cents != cents {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let asked = tokio::time::timeout(Duration::from_secs(30), asked).await;
        assert!(asked.is_ok(), "{name} does not have {cents}\n{}", self.log());
    }
}

/// A message with everything that JSON encodes specially: 64-bit numbers, names, enums, bytes, times.
fn entry(name: &str, cents: i64) -> Entry {
    Entry {
        account_name: name.to_owned(),
        cents,
        currency: Currency::Euro.into(),
        receipt: vec![0xff, 0x00, 0x7b].into(),
        booked: Some(Timestamp { seconds: 7, nanos: 500_000_000 }),
        notes: [("a".to_owned(), "b".to_owned())].into(),
    }
}

/// Above the largest exact integer in JavaScript.
const MUCH: i64 = 9_007_199_254_740_993;

async fn both_call_each_other(peers: Peers) {
    let desk = DeskClient::new(&peers.ingress);
    assert_eq!(desk.deposit(entry("ours", MUCH)).await.unwrap(), entry("ours", MUCH));
    peers.until_held("ours", 3 * MUCH).await;

    let teller = TellerClient::new(&peers.ingress);
    assert_eq!(teller.double(entry("theirs", 5)).await.unwrap(), entry("theirs", 10));
    peers.until_held("theirs", 30).await;

    let account = Account { name: "pete".to_owned(), ..Account::default() };
    let sent = Entry { account_name: "pete".to_owned(), cents: 7, ..Entry::default() };
    assert_eq!(desk.wait(account.clone()).await.unwrap(), sent);
    assert_eq!(teller.wait(account).await.unwrap(), sent);
    peers.stop().await;
}

#[tokio::test]
async fn typescript_and_rust_call_each_other() {
    both_call_each_other(Peers::start().await).await;
}

#[tokio::test]
async fn typescript_and_rust_call_each_other_when_every_wait_suspends() {
    let suspending = [("RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT", "0s")];
    both_call_each_other(Peers::start_on(RestateServer::start_with(&suspending).await).await).await;
}

#[tokio::test]
async fn typescript_and_rust_call_each_other_on_the_embedded_engine() {
    both_call_each_other(Peers::start_embedded(|builder| builder).await).await;
}

#[tokio::test]
async fn typescript_and_rust_call_each_other_on_the_embedded_engine_when_every_wait_suspends() {
    let suspending = |builder: EngineBuilder| builder.inactivity_timeout(Duration::ZERO);
    both_call_each_other(Peers::start_embedded(suspending).await).await;
}

#[tokio::test]
async fn typescript_and_rust_fail_for_each_other() {
    both_fail_for_each_other(Peers::start().await).await;
}

#[tokio::test]
async fn typescript_and_rust_fail_for_each_other_on_the_embedded_engine() {
    both_fail_for_each_other(Peers::start_embedded(|builder| builder).await).await;
}

async fn both_fail_for_each_other(peers: Peers) {
    let account = Account { name: "pete".to_owned(), ..Account::default() };
    let refusal = |sdk: &str| Refusal {
        code: 418,
        message: "pete has no account".to_owned(),
        metadata: [("ledger".to_owned(), sdk.to_owned())].into(),
    };
    let desk = DeskClient::new(&peers.ingress);
    assert_eq!(desk.complain(account.clone()).await.unwrap(), refusal("typescript"));
    let teller = TellerClient::new(&peers.ingress);
    assert_eq!(teller.complain(account.clone()).await.unwrap(), refusal("rust"));

    let refused = LedgerClient::new(&peers.ingress).refuse(account).await.unwrap_err();
    let IngressError::Failed { error, .. } = refused else { panic!("{refused}") };
    assert_eq!((error.code(), error.message()), (418, "pete has no account"));
    peers.stop().await;
}

/// What takes JSON only is called with binary messages, and nothing of them is lost.
#[tokio::test]
async fn an_engine_with_the_contract_serves_typescript_over_connect() {
    let contracts = include_bytes!(concat!(env!("OUT_DIR"), "/contracts.binpb"));
    let peers = Peers::start_embedded(|builder| builder.contracts(contracts).unwrap()).await;
    let Home::Embedded(engine, _) = &peers.home else { panic!("it is embedded") };
    // With JSON, as generated clients call it.
    let ledger = LedgerClient::new(&peers.ingress);
    ledger.add(entry("ours", 1)).await.unwrap();
    let connect = [("content-type", "application/proto"), ("connect-protocol-version", "1")];
    let call = async |rpc: &str, request: Bytes| {
        let (address, path) = (engine.ingress_addr().unwrap(), format!("/peer.v1.Ledger/{rpc}"));
        client::send(address, Method::POST, &path, &connect, request).await.unwrap()
    };
    let request = entry("ours", MUCH).encode(Encoding::Proto).unwrap();
    let added = call("Add", request).await;
    assert_eq!(added.header("content-type"), "application/proto", "{}", added.text());
    let added = Entry::decode(added.body, Encoding::Proto).unwrap();
    assert_eq!(added, entry("ours", MUCH + 1));
    let account = Account { name: "ours".to_owned(), ..Account::default() };
    let account = account.encode(Encoding::Proto).unwrap();
    let refused = call("Refuse", account).await;
    assert!(refused.text().contains("ours has no account"), "{}", refused.text());
    peers.stop().await;
}

/// The contract of the service in TypeScript, as a trait.
#[service]
trait Stock {
    async fn order(&self, ctx: Context<'_>, order: Json<Order>) -> HandlerResult<Json<Delivery>>;
    async fn echo(&self, ctx: Context<'_>, text: String) -> HandlerResult<String>;
    async fn nothing(&self, ctx: Context<'_>) -> HandlerResult<()>;
}

#[derive(serde::Deserialize, serde::Serialize)]
struct Order {
    item: String,
    count: u32,
}

#[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
struct Delivery {
    item: String,
    count: u32,
    left: u32,
}

#[tokio::test]
async fn traits_describe_what_is_written_in_typescript() {
    what_is_written_in_typescript_is_called(Peers::start().await).await;
}

#[tokio::test]
async fn traits_describe_what_is_written_in_typescript_on_the_embedded_engine() {
    what_is_written_in_typescript_is_called(Peers::start_embedded(|builder| builder).await).await;
}

async fn what_is_written_in_typescript_is_called(peers: Peers) {
    let stock = StockClient::new(&peers.ingress);
    JarClient::new(&peers.ingress, "tea").fill(10).await.unwrap();
    let order = Json(Order { item: "tea".to_owned(), count: 3 });
    let Json(delivered) = stock.order(order).await.unwrap();
    assert_eq!(delivered, Delivery { item: "tea".to_owned(), count: 3, left: 7 });
    assert_eq!(stock.echo("hi".to_owned()).await.unwrap(), "hi!");
    stock.nothing().await.unwrap();
    peers.stop().await;
}
