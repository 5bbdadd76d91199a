//! Journals in tests: they are read, saved, and replayed against the current code.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "support/shop.rs"]
mod shop;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use restate_core::{
    Call, Context, HandlerError, HandlerResult, Json, ObjectContext, Service, Settings, Target,
};
use restate_embedded::{
    ClientError,
    testing::{Recording, RecordingError, TestEngine, replay_recordings},
};
use serde_json::json;
use shop::{
    CountingShop, Order, Receipt, Shelf, Shop, ShopClient, ShopServer, Stock, StockClient,
    StockServer, order,
};

async fn bought() -> TestEngine {
    let (shop, stock) = (CountingShop::default(), StockServer::new(Shelf));
    let test = TestEngine::builder().bind(ShopServer::new(shop)).bind(stock).start().await;
    ShopClient::new(test.client()).checkout(order(2)).await.unwrap();
    test
}

async fn recording(handler: &str) -> Recording {
    bought().await.recordings(handler).await.remove(0)
}

#[tokio::test]
async fn a_journal_is_read_line_by_line() {
    let recording = recording("Shop/checkout").await;
    let callee = recording.to_json()[4]["invocation"].as_str().unwrap().to_owned();
    let expected = r#"Shop/checkout
  0 InputCommand {"value":{"item":"book","pieces":2}}
  1 RunCommand {"name":"charge"}
  2 RunCompletion {"answers":{"entry":1},"name":"charge","value":20}
  3 CallCommand {"target":"Stock/book/take","value":2}
  4 CallInvocationIdCompletion {"answers":{"entry":3},"invocation":"CALLEE","name":"id of Stock/book/take"}
  5 CallCompletion {"answers":{"entry":3},"name":"Stock/book/take","value":98}
  6 SleepCommand {"until":"2023-11-14T22:14:20.000Z"}
  7 SleepCompletion {"answers":{"entry":6}}
  8 RunCommand {"name":"thank"}
  9 RunCompletion {"answers":{"entry":8},"name":"thank","value":""}
  10 OutputCommand {"value":{"charged":20,"left":98}}"#;
    assert_eq!(recording.to_string(), expected.replace("CALLEE", &callee));
    assert_eq!(recording.entries()[6], "SleepCommand");
    assert_eq!(recording.to_json()[10]["value"], json!({ "charged": 20, "left": 98 }));
}

#[tokio::test]
async fn a_saved_recording_is_replayed_against_the_current_code() {
    let recording = recording("Shop/checkout").await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("checkout.json");
    recording.save(&file).unwrap();
    let loaded = Recording::load(&file).unwrap();
    assert_eq!(loaded, recording);
    loaded.replay(&ShopServer::new(CountingShop::default())).await.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(r#""name": "charge""#), "it can be read: {text}");

    std::fs::write(&file, "no recording").unwrap();
    assert!(matches!(Recording::load(&file), Err(RecordingError::Malformed)));
    assert!(matches!(Recording::load("/nowhere"), Err(RecordingError::Io(_))));
}

#[tokio::test]
async fn the_replay_of_a_changed_handler_reports_the_first_entry_that_differs() {
    let recording = recording("Shop/checkout").await;
    let divergence = recording.replay(&ShopServer::new(ChangedShop)).await.unwrap_err();
    let expected = r#"Shop/checkout departs from its journal at entry 3, after 3 were replayed
  recorded: 3 CallCommand {"target":"Stock/book/take","value":2}
  produced: 3 CallCommand {"target":"Stock/book/take","value":1}
  likely cause: the call of Stock/book/take has another `value`: 2 before, 1 now
unfinished invocations would fail there: keep the old handler for them, and give the new one another name"#;
    assert_eq!(divergence.to_string(), expected);
    assert_eq!((divergence.entry(), divergence.known_entries()), (3, 3));
}

#[tokio::test]
async fn a_handler_that_returns_another_result_differs_from_its_journal() {
    let stock = recording("Stock/take").await;
    assert_eq!(stock.entries()[1..], ["GetEagerStateCommand", "SetStateCommand", "OutputCommand"]);
    stock.replay(&StockServer::new(Shelf)).await.unwrap();
    let divergence = stock.replay(&StockServer::new(EmptyShelf)).await.unwrap_err();
    assert_eq!(divergence.entry(), 2);
    assert_eq!(divergence.recorded(), Some(r#"2 SetStateCommand {"key":"left","value":98}"#));
    assert_eq!(divergence.produced(), r#"2 OutputCommand {"value":0}"#);
    assert_eq!(
        divergence.likely_cause(),
        "setting the state `left` was removed or made conditional"
    );
}

#[tokio::test]
async fn a_test_records_the_same_journal_each_time() {
    assert_eq!(recording("Shop/checkout").await, recording("Shop/checkout").await);
}

#[tokio::test]
async fn a_handler_that_reads_state_lazily_reads_it_lazily_in_a_replay() {
    let lazy = Settings::new().lazy_state(true);
    let stock = StockServer::new(Shelf);
    let test = TestEngine::builder().bind_with(stock, lazy).start().await;
    StockClient::new(test.client(), "book").take(3).await.unwrap();
    let recording = test.recordings("Stock/take").await.remove(0);
    assert_eq!(recording.entries()[1], "GetLazyStateCommand");
    recording.replay(&StockServer::new(Shelf)).await.unwrap();
}

/// What `replay_recordings` says about a directory in a package.
async fn report(directory: &Path, shop: impl Service) -> String {
    let directory = directory.to_owned();
    let gate = async move {
        replay_recordings(directory, &[&shop, &StockServer::new(Shelf)]).await;
    };
    match tokio::spawn(gate).await {
        Ok(()) => String::new(),
        Err(error) => *error.into_panic().downcast().unwrap(),
    }
}

#[tokio::test]
async fn all_recordings_in_a_directory_are_a_gate() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let empty = report(path, ShopServer::new(CountingShop::default())).await;
    assert!(empty.contains("there are no recordings in"), "{empty}");
    assert!(empty.ends_with(&format!("`restate-embedded record {}`", path.display())), "{empty}");

    let test = bought().await;
    std::fs::create_dir(path.join("more")).unwrap();
    test.recordings("Shop/checkout").await[0].save(path.join("checkout.json")).unwrap();
    test.recordings("Stock/take").await[0].save(path.join("more/take.json")).unwrap();
    assert_eq!(report(path, ShopServer::new(CountingShop::default())).await, "");

    let changed = report(path, ShopServer::new(ChangedShop)).await;
    assert!(changed.starts_with("1 of 2 recordings cannot be replayed\n\n"), "{changed}");
    for part in [
        "checkout.json: Shop/checkout departs from its journal at entry 3",
        r#"recorded: 3 CallCommand {"target":"Stock/book/take","value":2}"#,
        r#"produced: 3 CallCommand {"target":"Stock/book/take","value":1}"#,
        "likely cause: the call of Stock/book/take has another `value`: 2 before, 1 now",
    ] {
        assert!(changed.contains(part), "{changed}");
    }

    let unknown = report(path, StockServer::new(Shelf)).await;
    assert!(unknown.contains("it is of `Shop/checkout`, whose service the test does not pass"));
    std::fs::write(path.join("more/take.json"), "{}").unwrap();
    let malformed = report(path, ShopServer::new(CountingShop::default())).await;
    assert!(malformed.contains("take.json: the file does not contain a recording"), "{malformed}");
    let missing = report(&path.join("none"), ShopServer::new(CountingShop::default())).await;
    assert!(missing.contains("cannot be read"), "{missing}");
}

#[tokio::test]
async fn the_shape_of_a_journal_does_not_depend_on_its_values() {
    let test = bought().await;
    ShopClient::new(test.client())
        .checkout(Json(Order { item: "pen".to_owned(), pieces: 3 }))
        .await
        .unwrap();
    let checkouts = test.recordings("Shop/checkout").await;
    assert_eq!(checkouts[0].shape(), checkouts[1].shape());
    assert_ne!(checkouts[0].to_json(), checkouts[1].to_json());
    let take = &test.recordings("Stock/take").await[0];
    assert_ne!(take.shape(), checkouts[0].shape());
}

#[tokio::test]
async fn all_journals_of_a_test_are_replayed_at_once() {
    let test = bought().await;
    ShopClient::new(test.client()).checkout(order(3)).await.unwrap();
    assert_eq!(test.recordings("Stock/take").await.len(), 2);
    test.replay().await.unwrap();
}

#[tokio::test]
async fn a_handler_that_is_not_deterministic_fails_its_test_at_once() {
    let draws = Arc::new(AtomicU64::new(0));
    let shop = ShopServer::new(RandomShop(draws));
    let test = TestEngine::builder().bind(shop).bind(StockServer::new(Shelf)).start().await;
    let error = ShopClient::new(test.client()).checkout(order(2)).await.unwrap_err();
    let ClientError::Failed(error) = error else { panic!("the handler fails") };
    assert_eq!(error.code(), 570);
    assert!(error.message().contains("mismatch"), "{}", error.message());
}

#[tokio::test]
async fn an_error_whose_text_looks_like_the_code_of_a_mismatch_is_not_one() {
    let recording = recording("Shop/checkout").await;
    recording.replay(&ShopServer::new(FailingShop::times(1000))).await.unwrap();
}

#[tokio::test]
async fn a_retry_that_is_asked_for_late_and_a_sleep_to_the_end_of_time_are_virtual_too() {
    let shop = ShopServer::new(FailingShop::times(1));
    let test = TestEngine::builder().bind(shop).bind(StockServer::new(Shelf)).start().await;
    let client = ShopClient::new(test.client());
    client.checkout(order(2)).await.unwrap();
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    assert_eq!(test.elapsed(), year);
    client.patient_checkout(order(2)).await.unwrap();
    assert!(test.elapsed() > 200_000_000 * year, "{:?}", test.elapsed());
}

/// Fails this many times, and asks to be tried again after all time; its patient form sleeps that long.
struct FailingShop(AtomicU64);

impl FailingShop {
    fn times(failures: u64) -> Self {
        Self(AtomicU64::new(failures))
    }
}

impl Shop for FailingShop {
    async fn checkout(&self, _: Context<'_>, Json(_): Json<Order>) -> HandlerResult<Json<Receipt>> {
        match self.0.fetch_sub(1, Ordering::SeqCst) {
            0 => Ok(Json(Receipt { charged: 0, left: 0 })),
            _ => Err(HandlerError::from("order 570 is late").retry_after(Duration::MAX)),
        }
    }

    async fn patient_checkout(
        &self,
        ctx: Context<'_>,
        Json(_): Json<Order>,
    ) -> HandlerResult<Json<Receipt>> {
        ctx.sleep(Duration::from_secs(9_223_370_000_000_000)).await?;
        ctx.sleep(Duration::from_secs(9_223_370_000_000_000)).await?;
        Ok(Json(Receipt { charged: 0, left: 0 }))
    }
}

/// Takes one piece only.
struct ChangedShop;

impl Shop for ChangedShop {
    async fn checkout(
        &self,
        ctx: Context<'_>,
        Json(order): Json<Order>,
    ) -> HandlerResult<Json<Receipt>> {
        let charged = ctx.run(|| async { Ok(order.pieces * 10) }).name("charge").await?;
        let target = Target::object("Stock", &order.item, "take");
        let left: i64 = Call::new(&ctx, target, 1_u64).await?;
        Ok(Json(Receipt { charged, left }))
    }

    async fn patient_checkout(
        &self,
        _: Context<'_>,
        _: Json<Order>,
    ) -> HandlerResult<Json<Receipt>> {
        Err("not changed".into())
    }
}

/// Does not count.
struct EmptyShelf;

impl Stock for EmptyShelf {
    async fn take(&self, ctx: ObjectContext<'_>, _: u64) -> HandlerResult<i64> {
        ctx.get::<i64>("left").await?;
        Ok(0)
    }
}

/// Takes another number of pieces each time.
struct RandomShop(Arc<AtomicU64>);

impl Shop for RandomShop {
    async fn checkout(
        &self,
        ctx: Context<'_>,
        Json(order): Json<Order>,
    ) -> HandlerResult<Json<Receipt>> {
        let pieces = self.0.fetch_add(1, Ordering::SeqCst);
        let target = Target::object("Stock", &order.item, "take");
        let left: i64 = Call::new(&ctx, target, pieces).await?;
        ctx.sleep(Duration::from_secs(1)).await?;
        Ok(Json(Receipt { charged: 0, left }))
    }

    async fn patient_checkout(
        &self,
        _: Context<'_>,
        _: Json<Order>,
    ) -> HandlerResult<Json<Receipt>> {
        Err("never called".into())
    }
}
