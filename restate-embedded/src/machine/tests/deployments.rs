//! Attempts on deployments: what leaves this process waits for the disk.

use restate_core::wire::protocol::{ErrorMessage, SleepCommand};

use super::script::{Messages, Script};
use crate::{
    machine::{Input, Waiter},
    model::{
        deployment::{Connection, DeployedService, Deployment, DeploymentId, ProtocolMode},
        manifest::ServiceManifest,
        target::Target,
    },
};

/// A script with a deployment of the service `Remote`.
fn script(mode: ProtocolMode) -> (Script, DeploymentId) {
    let manifest = r#"{"name":"Remote","ty":"SERVICE","handlers":[{"name":"h"}]}"#;
    let ServiceManifest { descriptor, json } = ServiceManifest::stored(manifest).unwrap();
    let service = DeployedService { revision: 1, descriptor, manifest: json };
    let id = DeploymentId::new(1, 1);
    let mut script = Script::new();
    script.machine.services.catalog_mut().deploy(Deployment {
        id,
        created_at: 0,
        connection: Connection {
            uri: "http://localhost:9080".into(),
            use_http_11: false,
            headers: Vec::new(),
            metadata: Vec::new(),
            mode,
            min_protocol: 5,
            max_protocol: 7,
            sdk: None,
        },
        services: [("Remote", service)].into(),
    });
    (script, id)
}

fn remote() -> Target {
    Target::new("Remote", "h", "")
}

#[test]
fn an_attempt_begins_and_receives_when_that_is_durable() {
    let (mut script, id) = script(ProtocolMode::BidiStream);
    script.call(remote(), 7).must_be(&[
        "create #1 Remote/h",
        &format!("pin #1 to {id}"),
        "start 1 of #1 on 0 parts",
        "let 1 begin",
    ]);
    let wake_up_time = script.now + 100;
    let sleep = SleepCommand { wake_up_time, result_completion_id: 1, name: String::new() };
    script
        .receive(1, 1, Messages::new().and(&sleep))
        .must_be(&["add timer sleep(1) of #1 at 1000100", "append #1.0: SleepCommand"]);
    script.tick(100).must_be(&[
        "remove timer sleep(1) of #1",
        "append #1.1: SleepCompletion",
        "send to 1: SleepCompletion",
    ]);
    script.receive(1, 1, Messages::new().output("done")).must_be(&[
        "remove #1",
        "finish 1",
        r#"tell 7 that #1 returned b"done""#,
    ]);
}

#[test]
fn without_a_second_direction_an_attempt_is_asked_to_suspend_from_the_start() {
    let (mut script, id) = script(ProtocolMode::RequestResponse);
    script.call(remote(), 7).must_be(&[
        "create #1 Remote/h",
        &format!("pin #1 to {id}"),
        "start 1 of #1 on 0 parts",
        "let 1 begin",
        "end the request of 1",
    ]);
}

#[test]
fn a_retry_is_pinned_once_and_names_the_deployment() {
    let (mut script, id) = script(ProtocolMode::BidiStream);
    let _ = script.call(remote(), 7);
    let (invocation, error) = (script.id(1), "gone".to_owned());
    let failed = script.step(Input::Failed { id: invocation, attempt: 1, error });
    assert_eq!(failed.line(0), "#1 failed, attempt 1");
    let failure = script.machine.activity(invocation).unwrap().last_failure.unwrap();
    let reason = format!("deployment {id} at http://localhost:9080: gone [attempt 1]");
    assert_eq!(failure.error, reason);
    script.step(Input::Ended { id: invocation, attempt: 1 }).must_be(&[]);
    script.tick(100).must_be(&["start 2 of #1 on 0 parts after 1 failures", "let 2 begin"]);
    let error =
        ErrorMessage { code: 500, message: "its own".to_owned(), ..ErrorMessage::default() };
    let _ = script.receive(1, 2, Messages::new().and(&error));
    let failure = script.machine.activity(invocation).unwrap().last_failure.unwrap();
    assert_eq!(failure.error, "its own [attempt 2]");
}

#[test]
fn what_a_removed_deployment_has_not_finished_is_kept() {
    let (mut script, id) = script(ProtocolMode::BidiStream);
    let _ = script.call(remote(), 7);
    let waiter = Waiter(8);
    let refused = script.step(Input::Undeploy { id, force: false, waiter });
    assert!(refused.line(0).contains("that has started on it has not ended"), "{refused:?}");
    script.step(Input::Undeploy { id, force: true, waiter }).must_be(&[
        &format!("remove deployment {id}"),
        "publish the catalog",
        "stop 1",
        "report #1 unbound",
        "tell 8 Done",
    ]);
}
