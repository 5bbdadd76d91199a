//! The engine crashes at every commit, also between the commit of the database and that of the journal.

use restate::{
    Json,
    embedded::{ClientError, Engine},
    testing::{Fault, TestEngine},
};

use super::{
    bank::{BankClient, BankServer, InDatabase, transfer},
    database::Database,
};

#[tokio::test]
async fn a_transfer_is_booked_once_wherever_the_engine_crashes() {
    let bookings = bookings_with_crashes(async |test| {
        let bank = BankClient::new(test.client());
        bank.transfer(transfer(1, 100)).idempotency_key("one").await
    })
    .await;
    assert!(bookings.len() > 4, "{bookings:?}");
    assert!(bookings.iter().all(|numbers| numbers == &[1]), "{bookings:?}");
}

#[tokio::test]
async fn a_transfer_in_a_plain_step_is_booked_twice_if_its_entry_is_lost() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    // This is what the other tests would see if steps were not transactional.
    for (is_careless, bookings) in [(true, vec![1, 1]), (false, vec![1])] {
        let fault = Fault::run("book").crash_before_commit();
        let test = TestEngine::builder().bind(BankServer::new(bank.clone())).fault(fault);
        let test = test.start().await;
        let call = async |test: &TestEngine| {
            let bank = BankClient::new(test.client());
            let order = transfer(1, 100);
            let call =
                if is_careless { bank.transfer_carelessly(order) } else { bank.transfer(order) };
            call.idempotency_key("one").await
        };
        assert_eq!(call(&test).await, Err(ClientError::Stopped));
        let test = test.restart().await;
        call(&test).await.unwrap();
        assert_eq!(bank.bookings().await, bookings);
        bank.reset().await;
    }
}

#[tokio::test]
async fn two_steps_at_the_same_time_are_two_steps_wherever_the_engine_crashes() {
    let bookings = bookings_with_crashes(async |test| {
        let transfers = Json([transfer(1, 100).0, transfer(2, 100).0]);
        BankClient::new(test.client()).transfer_twice(transfers).idempotency_key("one").await
    })
    .await;
    assert!(bookings.iter().all(|numbers| numbers == &[1, 2]), "{bookings:?}");
}

/// The bookings after a crash at each commit in turn, before it and after it. Once a scenario has failed,
/// it is repeated on an engine that has started again.
async fn bookings_with_crashes(
    scenario: impl AsyncFn(&TestEngine) -> Result<i64, ClientError>,
) -> Vec<Vec<i64>> {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let mut bookings = Vec::new();
    for commit in 0.. {
        let mut has_crashed = false;
        let at = || Fault::commit(commit);
        for fault in [at().crash_before_commit(), at().crash_after_commit()] {
            let test = TestEngine::builder().bind(BankServer::new(bank.clone())).fault(fault);
            let test = test.start().await;
            has_crashed |= scenario(&test).await.is_err();
            let test = test.restart().await;
            scenario(&test).await.unwrap();
            bookings.push(bank.bookings().await);
            bank.reset().await;
        }
        if !has_crashed {
            return bookings;
        }
    }
    bookings
}

#[tokio::test]
async fn a_failure_is_kept_when_its_entry_is_lost() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let fault = Fault::run("book").crash_before_commit();
    let test = TestEngine::builder().bind(BankServer::new(bank.clone())).fault(fault).start().await;
    let call = async |test: &TestEngine| {
        let bank = BankClient::new(test.client());
        bank.transfer(transfer(1, 2000)).idempotency_key("one").await
    };
    assert_eq!(call(&test).await, Err(ClientError::Stopped));
    // Otherwise this would be enough for a transfer that has failed.
    bank.give("ann", 5000).await;
    let test = test.restart().await;
    let ClientError::Failed(error) = call(&test).await.unwrap_err() else { panic!("it runs") };
    assert_eq!((error.code(), error.message()), (409, "ann lacks 1000 cents"));
    assert_eq!(error.metadata().next(), Some(("account", "ann")));
    assert_eq!((bank.accounts().await, bank.bookings().await), (vec![6000, 1000], vec![]));
}

#[tokio::test]
async fn steps_work_on_an_engine_with_files() {
    let database = Database::empty().await;
    let bank = InDatabase::open(&database).await;
    let directory = tempfile::tempdir().unwrap();
    for round in 1..=2 {
        let engine = Engine::builder()
            .bind(BankServer::new(bank.clone()))
            .data_dir(directory.path())
            .start()
            .await
            .unwrap();
        let client = BankClient::new(engine.client());
        // The second time it is found by its key.
        assert_eq!(client.transfer(transfer(1, 100)).idempotency_key("one").await, Ok(900));
        let left = client.transfer(transfer(round + 1, 100)).await;
        assert_eq!(left, Ok(900 - 100 * round));
        engine.run_until(std::future::ready(())).await.unwrap();
    }
    assert_eq!((bank.bookings().await, bank.steps().await), (vec![1, 2, 3], 3));
}
