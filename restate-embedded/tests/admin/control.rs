//! One invocation: its journal, and what is done with it.

use super::*;

#[tokio::test]
async fn a_journal_is_shown_entry_by_entry() {
    let setup = start().await;
    let id = setup.gated("x").await;
    let journal = setup.show(&format!("/invocations/{id}/journal")).await;
    let types: Vec<&Value> =
        journal["entries"].as_array().unwrap().iter().map(|entry| &entry["type"]).collect();
    assert_eq!(json!(types), json!(["InputCommand", "RunCommand", "RunCompletion"]));
    assert_eq!(journal["entries"][0]["value"], "x");
    setup.world.open_gate();
    let _: String = setup.engine.client().invocation(&id).attach().await.unwrap();
    let journal = setup.show(&format!("/invocations/{id}/journal")).await;
    assert_eq!(journal["result"], json!({ "value": "x" }));
    assert_eq!(journal["entries"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_invocation_is_paused_resumed_cancelled_killed_and_purged() {
    let setup = start().await;
    let id = setup.gated("x").await;
    let act = async |what: &str| setup.patch(&format!("/invocations/{id}/{what}")).await.0;
    assert_eq!(act("pause").await, 200);
    assert_eq!(setup.status(&id).await, "paused");
    assert_eq!(act("pause").await, 409);
    assert_eq!(act("resume").await, 200);
    assert_eq!(setup.status(&id).await, "running");
    assert_eq!(act("resume").await, 409);
    assert_eq!(act("purge").await, 409);
    assert_eq!(act("kill").await, 200);
    assert_eq!(setup.failure(&id).await, (409, "killed".to_owned()));
    assert_eq!(setup.status(&id).await, "failed");
    assert_eq!(act("cancel").await, 409);
    assert_eq!(act("purge").await, 200);
    assert_eq!(act("purge").await, 404);

    let sleeper = call::<_, _, u64>(&setup.engine.client(), "sleep", 3_600_000_u64).one_way();
    let sleeper = sleeper.await.unwrap().invocation_id().clone();
    setup.world.until("asleep").await;
    assert_eq!(setup.patch(&format!("/invocations/{sleeper}/cancel")).await.0, 200);
    assert_eq!(setup.failure(&sleeper).await.0, 409);
}

#[tokio::test]
async fn a_kill_reaches_the_called_invocations() {
    let setup = start().await;
    let client = setup.engine.client();
    let caller = call::<_, _, String>(&client, "relay_gated", "x".to_owned()).one_way();
    let caller = caller.await.unwrap().invocation_id().clone();
    setup.world.until("waiting x").await;
    assert_eq!(setup.patch(&format!("/invocations/{caller}/kill")).await.0, 200);
    assert_eq!(setup.failure(&caller).await, (409, "killed".to_owned()));
    let left = setup.show("/invocations?status=running").await;
    assert_eq!(left["invocations"], json!([]));
}

#[tokio::test]
async fn many_invocations_are_killed_at_once() {
    let setup = start().await;
    let ids = [setup.gated("x").await, setup.gated("y").await];
    let (status, error) = setup.patch("/invocations/kill").await;
    assert_eq!(status, 400, "{error}");
    let (status, answer) = setup.patch("/invocations/kill?service=Worker&handler=gated").await;
    assert_eq!((status, answer["done"].as_array().unwrap().len()), (200, 2), "{answer}");
    for id in ids {
        assert_eq!(setup.failure(&id).await.0, 409);
    }
}

#[tokio::test]
async fn a_completed_invocation_is_restarted_as_a_new_one() {
    let setup = start().await;
    let client = setup.engine.client();
    let id = call::<_, _, String>(&client, "echo", "again".to_owned())
        .one_way()
        .await
        .unwrap()
        .invocation_id()
        .clone();
    let _: String = client.invocation(&id).attach().await.unwrap();
    let (status, answer) = setup.patch(&format!("/invocations/{id}/restart-as-new")).await;
    assert_eq!(status, 200, "{answer}");
    let new: InvocationId = answer["new_invocation_id"].as_str().unwrap().into();
    assert_eq!(client.invocation(&new).attach::<String>().await.unwrap(), "again");
    assert_eq!(setup.world.lines(), ["echo again", "echo again"]);

    assert_eq!(setup.patch(&format!("/invocations/{id}/purge-journal")).await.0, 200);
    let (status, answer) = setup.patch(&format!("/invocations/{id}/restart-as-new")).await;
    assert_eq!(status, 410, "{answer}");
}

#[tokio::test]
async fn only_what_has_begun_and_is_no_workflow_is_restarted() {
    let setup = start().await;
    let client = setup.engine.client();
    let restart = async |id: &InvocationId| {
        let (status, answer) = setup.patch(&format!("/invocations/{id}/restart-as-new")).await;
        (status, answer["message"].as_str().unwrap_or_default().to_owned())
    };
    let first = counter::<_, i64, i64>(&client, "k", "add_slowly", 1).one_way().await.unwrap();
    setup.world.until("adding 1").await;
    let second = counter::<_, i64, i64>(&client, "k", "add", 1).one_way().await.unwrap();
    let refused = restart(first.invocation_id()).await;
    assert!(refused.0 == 409 && refused.1.contains("it is not complete"), "{refused:?}");
    let refused = restart(second.invocation_id()).await;
    assert!(refused.0 == 425 && refused.1.contains("it has not begun"), "{refused:?}");

    let confirm = signup::<_, _, ()>(&client, "k", "confirm", "42".to_owned());
    let confirm = confirm.one_way().await.unwrap();
    confirm.attach::<()>().await.unwrap();
    let refused = restart(confirm.invocation_id()).await;
    assert!(refused.0 == 422 && refused.1.contains("one of a workflow"), "{refused:?}");
}

/// Restate's web interface sends lists.
#[tokio::test]
async fn invocations_of_a_list_are_controlled_one_by_one() {
    let setup = start().await;
    let first = setup.gated("x").await.to_string();
    let second = setup.gated("y").await.to_string();
    let missing = "inv_1dPAHTdm5XwG0000000000000000000000";
    let ask = async |operation: &str, body: Value| {
        let path = format!("/internal/invocations_batch_operations/{operation}");
        let answer = post(setup.admin, &path, &body.to_string()).await;
        (answer.status, answer.json())
    };
    let ids = json!({ "invocation_ids": [first, missing, second] });
    let (status, killed) = ask("kill", ids.clone()).await;
    assert_eq!((status, &killed["succeeded"]), (200, &json!([first, second])), "{killed}");
    assert_eq!(killed["failed"][0]["invocation_id"], missing, "{killed}");
    for on in [None, Some("latest"), Some("keep"), Some("dp_10000000000000000000000")] {
        let mut ids = ids.clone();
        ids["deployment"] = on.into();
        let (_, restarted) = ask("restart-as-new", ids).await;
        assert_eq!(restarted["succeeded"].as_array().unwrap().len(), 2, "{on:?}: {restarted}");
        assert_eq!(restarted["failed"][0]["invocation_id"], missing, "{on:?}: {restarted}");
    }
    let (_, resumed) = ask("resume", ids).await;
    assert_eq!(resumed["failed"].as_array().unwrap().len(), 3, "{resumed}");
    for (operation, body, reason) in [
        ("kill", json!({}), "not of the form"),
        ("kill", json!({ "invocation_ids": ["x"] }), "`x`"),
        ("kill", json!({ "invocation_ids": vec![missing; 1001] }), "at most 1000"),
        (
            "kill",
            json!({ "invocation_ids": [], "deployment": "latest" }),
            "only for `resume` and `restart-as-new`",
        ),
        (
            "restart-as-new",
            json!({ "invocation_ids": [], "deployment": "dp_10000000000000000000001" }),
            "no such deployment",
        ),
        (
            "resume",
            json!({ "invocation_ids": [], "deployment": "x" }),
            "`latest`, `keep`, or an id",
        ),
    ] {
        let (status, answer) = ask(operation, body).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer["message"].as_str().unwrap().contains(reason), "{answer}");
    }
}
