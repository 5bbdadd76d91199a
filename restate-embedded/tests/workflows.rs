//! Workflows: one run for each key, promises, restarts, and the ingress.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::time::Duration;

use restate_embedded::ClientError;
use serde_json::json;
use support::{
    World,
    http::{get, post, request},
    signup,
};

#[tokio::test]
async fn shared_handlers_communicate_with_the_run() {
    let world = World::default();
    let engine = world.engine().in_memory().start().await.unwrap();
    let client = engine.client();
    let none: String = signup(&client, "k", "status", ()).await.unwrap();
    assert_eq!(none, "nobody");
    let run = signup::<_, _, String>(&client, "k", "run", "Ann".to_owned()).call();
    world.until("running Ann").await;
    // What the run has set arrives when it waits, after it has logged.
    while signup::<_, _, String>(&client, "k", "status", ()).await.unwrap() != "Ann" {}
    let peeked: String = signup(&client, "k", "peek", ()).await.unwrap();
    assert_eq!(peeked, "nothing");
    let waiting = signup::<_, _, String>(&client, "k", "confirmed", ()).call();
    world.until("waiting for the code").await;
    let () = signup(&client, "k", "confirm", "42".to_owned()).await.unwrap();
    assert_eq!(run.await.unwrap(), "Ann confirmed 42");
    assert_eq!(waiting.await.unwrap(), "42");
    let peeked: String = signup(&client, "k", "peek", ()).await.unwrap();
    assert_eq!(peeked, "42");
    let again = signup::<_, _, ()>(&client, "k", "confirm", "43".to_owned()).await;
    let Err(ClientError::Failed(error)) = again else { panic!("must fail: {again:?}") };
    assert_eq!(error.code(), 409, "{error}");
}

#[tokio::test]
async fn promises_and_waiting_runs_survive_a_restart() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = world.engine().data_dir(directory.path()).inactivity_timeout(Duration::ZERO);
    let first = engine.start().await.unwrap();
    let sent = signup::<_, _, String>(&first.client(), "k", "run", "Ann".to_owned()).one_way();
    let run = sent.await.unwrap().invocation_id().clone();
    let () = signup(&first.client(), "early", "confirm", "41".to_owned()).await.unwrap();
    world.until("running Ann").await;
    first.shutdown().await.unwrap();

    let second = world.engine().data_dir(directory.path()).start().await.unwrap();
    let () = signup(&second.client(), "k", "confirm", "42".to_owned()).await.unwrap();
    assert_eq!(
        second.client().invocation(&run).attach::<String>().await.unwrap(),
        "Ann confirmed 42"
    );
    let early: String = signup(&second.client(), "early", "run", "Bob".to_owned()).await.unwrap();
    assert_eq!(early, "Bob confirmed 41");
}

#[tokio::test]
async fn the_ingress_submits_a_workflow_once_and_finds_it_by_its_key() {
    let world = World::default();
    let engine = world.engine().in_memory().ingress("127.0.0.1:0").start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    for status in ["Accepted", "PreviouslyAccepted"] {
        let sent = post(address, "/Signup/k/run/send", r#""Ann""#).await;
        assert_eq!((sent.status, &sent.json()["status"]), (202, &json!(status)));
    }
    let again = post(address, "/Signup/k/run", r#""Ann""#).await;
    assert_eq!(again.status, 409, "{}", again.text());
    let output = "/restate/workflow/Signup/k/output";
    assert_eq!(get(address, output).await.status, 470);
    assert_eq!(get(address, "/restate/workflow/Signup/other/output").await.status, 404);

    let lookup = r#"{"target":"workflow","workflowName":"Signup","workflowKey":"k"}"#;
    let found = post(address, "/restate/lookup", lookup).await;
    assert_eq!(found.status, 200, "{}", found.text());
    let id = found.json()["invocationId"].as_str().unwrap().to_owned();
    assert_eq!(get(address, &format!("/restate/output/{id}")).await.status, 470);

    assert_eq!(post(address, "/Signup/k/confirm", r#""42""#).await.status, 200);
    for path in ["attach", "output"] {
        let path = format!("/restate/workflow/Signup/k/{path}");
        assert_eq!(get(address, &path).await.text(), r#""Ann confirmed 42""#, "{path}");
    }
    let again = post(address, "/Signup/k/run", r#""Ann""#).await;
    assert_eq!(again.status, 409, "{}", again.text());
    assert_eq!(world.lines(), ["running Ann"]);

    let keyed = [("content-type", "application/json"), ("idempotency-key", "i")];
    let refused = request(address, "POST /Signup/x/run", &keyed, br#""Ann""#).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
}

#[tokio::test]
async fn invalid_lookups_are_refused() {
    let world = World::default();
    let engine = world.engine().in_memory().ingress("127.0.0.1:0").start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    for (body, status, reason) in [
        ("", 400, "not JSON"),
        ("{}", 400, "no text `target`"),
        (r#"{"target":"dog"}"#, 400, "must be `workflow`, `idempotentInvocation` or `invocation`"),
        (r#"{"target":"invocation","invocationId":"dog"}"#, 400, "`dog`"),
        (r#"{"target":"workflow","workflowName":"Signup"}"#, 400, "no text `workflowKey`"),
        (
            r#"{"target":"workflow","workflowName":"No","workflowKey":"k"}"#,
            404,
            "no such service: `No`",
        ),
        (
            r#"{"target":"workflow","workflowName":"Counter","workflowKey":"k"}"#,
            400,
            "is not a workflow",
        ),
        (
            r#"{"target":"workflow","workflowName":"Signup","workflowKey":"k"}"#,
            404,
            "no such invocation",
        ),
        (
            r#"{"target":"idempotentInvocation","service":"Worker","handler":"echo","idempotencyKey":"k"}"#,
            404,
            "no such invocation",
        ),
    ] {
        let response = post(address, "/restate/lookup", body).await;
        assert_eq!(response.status, status, "{body}: {}", response.text());
        assert!(response.text().contains(reason), "{body}: {}", response.text());
    }
    assert_eq!(get(address, "/restate/lookup").await.status, 405);
}

#[tokio::test]
async fn awakeables_are_completed_through_the_ingress() {
    let world = World::default();
    let engine = world.engine().in_memory().ingress("127.0.0.1:0").start().await.unwrap();
    let address = engine.ingress_addr().unwrap();
    for (route, body, status, answer) in [
        ("awakeables", "resolve", 200, "resolve"),
        ("a", "resolve", 200, "resolve"),
        ("awakeables", "reject", 500, "reject"),
    ] {
        let logged = world.lines().len();
        let waiting =
            tokio::spawn(async move { post(address, "/Worker/await_awakeable", r#""x""#).await });
        let line = world.next_line(logged).await;
        let id = line.strip_prefix("awakeable ").unwrap();
        let path = format!("/restate/{route}/{id}/{body}");
        let completed = post(address, &path, &format!("\"{body}\"")).await;
        assert_eq!(completed.status, 202, "{}", completed.text());
        let response = waiting.await.unwrap();
        assert_eq!(response.status, status, "{}", response.text());
        assert!(response.text().contains(answer), "{}", response.text());
    }
    let nonsense = post(address, "/restate/awakeables/sign_1AA/resolve", "").await;
    assert_eq!(nonsense.status, 400, "{}", nonsense.text());
}
