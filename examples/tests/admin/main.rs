//! The admin interface decodes protobuf with the contracts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::{error::Error, net::SocketAddr, time::Duration};

use restate::Engine;
use restate_examples::{
    CountInState, GreetByName,
    contract::{
        counter::CounterServer,
        greeter::{GreeterClient, GreeterServer, WelcomeRequest, WelcomeResponse},
    },
};
use serde_json::{Value, json};

async fn get(admin: SocketAddr, path: String) -> Result<Value, Box<dyn Error>> {
    let url = format!("http://{admin}{path}");
    let read = move || ureq::get(url).call().and_then(|mut it| it.body_mut().read_to_string());
    Ok(serde_json::from_str(&tokio::task::spawn_blocking(read).await??)?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_of_messages_is_shown_as_json() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let engine = Engine::builder()
        .bind(GreeterServer::new(GreetByName))
        .bind(CounterServer::new(CountInState))
        .data_dir(directory.path())
        .journal_retention(Duration::from_secs(60))
        .admin("127.0.0.1:0")
        .start()
        .await?;
    let request =
        WelcomeRequest { name: "Pete".into(), again_after_seconds: Some(3600), think_seconds: 0 };
    let client = engine.client();
    let sent = GreeterClient::new(client).welcome(request).one_way().await?;
    let _: WelcomeResponse = sent.attach().await?;
    let id = sent.invocation_id();

    let admin = engine.admin_addr().unwrap();
    let journal = get(admin, format!("/invocations/{id}/journal")).await?;
    let values: Vec<&Value> = journal["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["type"].as_str().unwrap().ends_with("Command"))
        .map(|entry| &entry["value"])
        .collect();
    assert_eq!(
        json!(values),
        json!([
            { "name": "Pete", "againAfterSeconds": 3600 },
            { "name": "Pete" },
            { "name": "Pete", "delta": "1" },
            { "name": "Pete" },
        ]),
        "{journal}"
    );
    assert_eq!(journal["result"]["value"]["message"], "Hello Pete");
    Ok(())
}
