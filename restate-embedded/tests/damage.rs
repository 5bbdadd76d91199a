//! A damaged database stops the engine, which reports it and loses no undamaged data.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::{
    future::pending,
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
    pin::pin,
};

use restate_embedded::{ClientError, Engine};
use support::{
    World, call, counter,
    http::{get, post},
};
use tempfile::TempDir;

const PAGE: usize = 4096;

async fn start(world: &World, directory: &TempDir) -> Engine {
    let builder = world.engine().data_dir(directory.path());
    builder.ingress("127.0.0.1:0").admin("127.0.0.1:0").start().await.unwrap()
}

/// Replaces the first page of a table; returns its previous bytes.
fn replace(database: &Path, table: &str, bytes: &[u8; PAGE]) -> [u8; PAGE] {
    let root: u32 = {
        let connection = rusqlite::Connection::open(database).unwrap();
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
        connection.query_row(sql, [table], |row| row.get(0)).unwrap()
    };
    let mut file = std::fs::File::options().read(true).write(true).open(database).unwrap();
    let place = SeekFrom::Start(u64::from(root - 1) * PAGE as u64);
    let mut before = [0; PAGE];
    file.seek(place).unwrap();
    file.read_exact(&mut before).unwrap();
    file.seek(place).unwrap();
    file.write_all(bytes).unwrap();
    before
}

#[tokio::test]
async fn a_corrupt_page_stops_the_engine_and_damages_nothing_else() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let database = directory.path().join("restate.sqlite");
    let engine = start(&world, &directory).await;
    let _: i64 = counter(&engine.client(), "k", "add", 5_i64).await.unwrap();
    engine.shutdown().await.unwrap();
    let sound = replace(&database, "state", &[0xff; PAGE]);

    let engine = start(&world, &directory).await;
    let (ingress, admin) = (engine.ingress_addr().unwrap(), engine.admin_addr().unwrap());
    let accepted = call::<_, _, String>(&engine.client(), "gated", "x".to_owned()).one_way();
    let accepted = accepted.await.unwrap().invocation_id().clone();
    let in_flight = tokio::spawn(async move { post(ingress, "/Worker/gated", "\"y\"").await });
    world.until("waiting x").await;
    world.until("waiting y").await;
    let stopped = counter::<_, i64, i64>(&engine.client(), "k", "add", 1).await;
    assert_eq!(stopped, Err(ClientError::Stopped));
    assert_eq!(in_flight.await.unwrap().status, 503);
    assert_eq!(post(ingress, "/Worker/echo", "\"z\"").await.status, 503);
    assert_eq!(get(admin, "/ready").await.status, 503);
    let error = engine.run_until(pending::<()>()).await.unwrap_err().to_string();
    assert!(error.contains("could not read an object's state"), "{error}");
    assert!(error.contains("malformed; `restate-embedded check` shows the damage"), "{error}");

    replace(&database, "state", &sound);
    let engine = start(&world, &directory).await;
    // Both invocations that waited at the gate are retried, in any order.
    let retried = engine.client().invocation(&accepted);
    let mut retried = pin!(retried.attach::<String>());
    let passed = loop {
        world.open_gate();
        tokio::select! {
            biased;
            passed = &mut retried => break passed,
            () = tokio::task::yield_now() => {}
        }
    };
    assert_eq!(passed.unwrap(), "x");
    let total: i64 = counter(&engine.client(), "k", "get", ()).await.unwrap();
    assert!(total == 5 || total == 6, "{total}");
}

#[tokio::test]
async fn an_engine_does_not_start_on_a_corrupt_page_that_it_must_read() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let database = directory.path().join("restate.sqlite");
    start(&world, &directory).await.shutdown().await.unwrap();
    replace(&database, "invocation", &[0xff; PAGE]);
    let refused = world.engine().data_dir(directory.path()).start().await.unwrap_err().to_string();
    assert!(refused.contains("`restate-embedded check` shows the damage"), "{refused}");
}
