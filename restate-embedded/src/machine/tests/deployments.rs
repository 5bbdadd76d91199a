//! Attempts on deployments: what leaves this process waits for the disk.

use std::ops::RangeInclusive;

use bytes::Bytes;
use restate_core::wire::{
    framing::Frame,
    protocol::{
        AwaitingOn, ErrorMessage, Header, InputCommand, SetStateCommand, SleepCommand, Suspension,
        VERSION,
    },
};

use super::{
    keys::call_of,
    script::{Messages, Script, Transcript},
};
use crate::{
    machine::{Control, Input, Restart, ResumeOn, Waiter, journal, occupancy::Occupancy},
    model::{
        deployment::{Connection, DeployedService, Deployment, DeploymentId, ProtocolMode},
        id::InvocationId,
        manifest::ServiceManifest,
        target::Target,
        trace::TraceContext,
    },
    store::StoredInvocation,
};

/// A script with a deployment of the service `Remote`.
fn script(mode: ProtocolMode) -> (Script, DeploymentId) {
    let mut script = Script::new();
    let id = deploy(&mut script, 1, mode, SERVICE);
    (script, id)
}

const SERVICE: &str = r#"{"name":"Remote","ty":"SERVICE","handlers":[{"name":"h"}]}"#;
const OBJECT: &str =
    r#"{"name":"Remote","ty":"VIRTUAL_OBJECT","handlers":[{"name":"h","ty":"EXCLUSIVE"}]}"#;

/// Adds a deployment of the service `Remote` as its revision `n`.
fn deploy(script: &mut Script, n: u32, mode: ProtocolMode, manifest: &str) -> DeploymentId {
    deploy_speaking(script, n, mode, manifest, 5..=7)
}

/// As [`deploy`], with these versions of the service protocol.
fn deploy_speaking(
    script: &mut Script,
    n: u32,
    mode: ProtocolMode,
    manifest: &str,
    protocols: RangeInclusive<u32>,
) -> DeploymentId {
    let ServiceManifest { descriptor, json } = ServiceManifest::stored(manifest).unwrap();
    let service = DeployedService { revision: n, descriptor, manifest: json };
    let id = DeploymentId::new(u64::from(n), u64::from(n));
    script.machine.services.catalog_mut().deploy(Deployment {
        id,
        created_at: 0,
        connection: Connection {
            uri: "http://localhost:9080".into(),
            use_http_11: false,
            headers: Vec::new(),
            metadata: Vec::new(),
            mode,
            min_protocol: *protocols.start(),
            max_protocol: *protocols.end(),
            sdk: None,
        },
        services: [("Remote", service)].into(),
    });
    id
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
        "remove #1 and its journal",
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

fn remove(script: &mut Script, id: DeploymentId) -> Transcript {
    script.step(Input::Undeploy { id, force: true, waiter: Waiter(8) })
}

fn control(script: &mut Script, n: usize, control: Control) -> Transcript {
    script.step(Input::Control { id: script.id(n), control, waiter: Waiter(9) })
}

fn resume(script: &mut Script, n: usize, on: ResumeOn) -> Transcript {
    control(script, n, Control::Resume(on))
}

#[test]
fn an_invocation_of_a_removed_deployment_goes_on_where_people_say() {
    let (mut script, old) = script(ProtocolMode::BidiStream);
    let _ = script.call(remote(), 7);
    let _ = script.receive(1, 1, Messages::new().run(1));
    let new = deploy(&mut script, 2, ProtocolMode::BidiStream, SERVICE);
    let _ = remove(&mut script, old);
    assert_eq!(script.machine.activity(script.id(1)).unwrap().status, "unbound");
    let waits = script.machine.waits(script.id(1)).unwrap().for_what;
    assert!(waits[0].contains(&format!("another deployment than {old}")), "{waits:?}");
    let refused = resume(&mut script, 1, ResumeOn::Pinned);
    assert!(refused.line(0).contains("`?deployment=latest`"), "{refused:?}");
    let refused = resume(&mut script, 1, ResumeOn::Deployment(old));
    assert!(refused.line(0).contains("has no handler `Remote/h`"), "{refused:?}");
    resume(&mut script, 1, ResumeOn::Newest).must_be(&[
        &format!("pin #1 to {new}"),
        "start 2 of #1 on 1 parts",
        "tell 9 Done",
        "let 2 begin",
    ]);
    let running = resume(&mut script, 1, ResumeOn::Newest);
    assert!(running.line(0).contains("it is running"), "{running:?}");
}

/// One that was suspended when its deployment was removed notices that when it is woken.
#[test]
fn a_suspended_invocation_of_a_removed_deployment_can_be_cancelled_and_resumed() {
    let (mut script, old) = script(ProtocolMode::BidiStream);
    let _ = script.call(remote(), 7);
    let suspension = Suspension { waiting_signals: vec![1], ..Suspension::default() };
    let _ = script.receive(1, 1, Messages::new().and(&suspension));
    let new = deploy(&mut script, 2, ProtocolMode::BidiStream, SERVICE);
    remove(&mut script, old).must_be(&[
        &format!("remove deployment {old}"),
        "publish the catalog",
        "tell 8 Done",
    ]);
    control(&mut script, 1, Control::Cancel).must_be(&[
        "resume #1",
        "append #1.0: Signal",
        "report #1 unbound",
        "tell 9 Done",
    ]);
    resume(&mut script, 1, ResumeOn::Deployment(new)).must_be(&[
        &format!("pin #1 to {new}"),
        "start 2 of #1 on 1 parts",
        "tell 9 Done",
        "let 2 begin",
    ]);
}

#[test]
fn the_key_of_a_removed_deployment_stays_taken_over_a_restart() {
    let mut script = Script::new();
    let old = deploy(&mut script, 1, ProtocolMode::BidiStream, OBJECT);
    let target = || Target::new("Remote", "h", "k");
    let _ = script.call(target(), 7);
    deploy(&mut script, 2, ProtocolMode::BidiStream, OBJECT);
    let _ = remove(&mut script, old);
    script.call(target(), 7).must_be(&["create #2 Remote/k/h"]);

    let mut restarted = Script::new();
    let new = deploy(&mut restarted, 2, ProtocolMode::BidiStream, OBJECT);
    let stored = |n| StoredInvocation::new(InvocationId::new(n, 0, n), target());
    let pinned = StoredInvocation { deployment: Some(old), ..stored(1) };
    restarted.recover(vec![pinned, stored(2)]).must_be(&["report #1 unbound"]);
    resume(&mut restarted, 1, ResumeOn::Newest).must_be(&[
        &format!("pin #1 to {new}"),
        "start 1 of #1 on 0 parts",
        "tell 9 Done",
        "let 1 begin",
    ]);
    let _ = restarted.receive(1, 1, Messages::new().output("done"));
    assert_eq!(restarted.machine.activity(restarted.id(2)).unwrap().status, "running");
}

#[test]
fn an_invocation_does_not_go_on_as_a_handler_of_another_kind() {
    let (mut script, _) = script(ProtocolMode::BidiStream);
    let _ = script.call(remote(), 7);
    let _ = control(&mut script, 1, Control::Pause);
    let object = deploy(&mut script, 2, ProtocolMode::BidiStream, OBJECT);
    let refused = resume(&mut script, 1, ResumeOn::Deployment(object));
    assert!(refused.line(0).contains("of another kind"), "{refused:?}");
    resume(&mut script, 1, ResumeOn::Pinned).must_be(&[
        "resume #1",
        "start 2 of #1 on 0 parts",
        "tell 9 Done",
        "let 2 begin",
    ]);
}

#[test]
fn calls_belong_to_the_trace_that_their_attempt_was_sent() {
    let (mut script, _) = script(ProtocolMode::BidiStream);
    let _ = script.call(remote(), 7);
    let trace = |value: &str| {
        let headers = vec![Header { key: "traceparent".into(), value: value.into() }];
        TraceContext::of_input(&journal::frame(&InputCommand { headers, ..Default::default() }))
    };
    script.machine.trace_was_read(script.id(1), 1, trace("a"));
    script.machine.trace_was_read(script.id(1), 2, trace("of another attempt"));
    let _ = script.receive(1, 1, call_of("k"));
    assert_eq!(TraceContext::of_input(&script.input(2)), trace("a"));
}

/// Two attempts are under way, which is as many as there may be.
fn crowded(max_protocol: u32) -> Script {
    let mut script = Script::new();
    script.machine.occupancy = Occupancy::new(2);
    deploy_speaking(&mut script, 1, ProtocolMode::BidiStream, SERVICE, 5..=max_protocol);
    let _ = script.call(remote(), 7);
    let _ = script.call(remote(), 7);
    script
}

fn waiting() -> Messages {
    Messages::new().and(&AwaitingOn::default())
}

fn executing() -> Messages {
    Messages::new().and(&AwaitingOn { executing_side_effects: true, ..AwaitingOn::default() })
}

fn suspension() -> Messages {
    Messages::new().and(&Suspension { waiting_signals: vec![17], ..Suspension::default() })
}

#[test]
fn an_attempt_that_waits_gives_way_to_those_that_arrive() {
    let mut script = crowded(7);
    script.receive(1, 1, executing()).must_be(&[]);
    script.receive(2, 2, waiting()).must_be(&[]);
    script.call(remote(), 7).must_be(&["create #3 Remote/h", "end the request of 2"]);
    script.call(remote(), 7).must_be(&["create #4 Remote/h"]);
    script.receive(2, 2, suspension()).must_be(&["suspend #2", "finish 2"]);
    let ended = Input::Ended { id: script.id(2), attempt: 2 };
    let started = script.step(ended);
    assert!(started.lines().any(|line| line == "start 3 of #3 on 0 parts"), "{started:?}");
    // Another one waits, so the next that does nothing else goes at once.
    script.receive(1, 1, waiting()).must_be(&["end the request of 1"]);
}

/// What has come meanwhile may be what it waits for.
#[test]
fn an_attempt_that_has_received_something_does_not_give_way() {
    let mut script = crowded(7);
    script.receive(1, 1, waiting()).must_be(&[]);
    let _ = control(&mut script, 1, Control::Cancel);
    script.call(remote(), 7).must_be(&["create #3 Remote/h"]);
    script.receive(1, 1, waiting()).must_be(&["end the request of 1"]);
}

#[test]
fn an_attempt_that_cannot_tell_gives_way_when_it_has_been_silent() {
    let mut script = crowded(6);
    script.tick(100).must_be(&[]);
    script.call(remote(), 7).must_be(&["create #3 Remote/h"]);
    script.tick(600).must_be(&[]);
    script
        .receive(1, 1, Messages::new().run(1))
        .must_be(&["append #1.0: RunCommand, RunCompletion", "send to 1: ProposeRunCompletionAck"]);
    script.tick(300).must_be(&["end the request of 2"]);
    script.tick(700).must_be(&["end the request of 1"]);
}

#[test]
fn an_attempt_that_tells_when_it_waits_may_be_silent() {
    let mut script = crowded(7);
    script.call(remote(), 7).must_be(&["create #3 Remote/h"]);
    script.tick(2_000).must_be(&[]);
}

#[test]
fn those_that_were_asked_to_suspend_keep_their_time_for_it() {
    let mut script = crowded(6);
    let _ = script.tick(60_000);
    script.call(remote(), 7).must_be(&["create #3 Remote/h"]);
    script.tick(1_000).must_be(&[]);
}

fn restarted(script: &mut Script, on: ResumeOn, journal: Vec<Bytes>) -> Transcript {
    let restart = Restart {
        target: remote(),
        limit_key: None,
        input: Bytes::from_static(b"input"),
        journal,
        random_seed: None,
        deployment: DeploymentId::new(1, 1),
        protocol: VERSION,
        on,
    };
    script.step(Input::Restart { restart: Box::new(restart), waiter: Waiter(7) })
}

#[test]
fn a_restart_runs_where_it_is_asked_to() {
    let (mut script, first) = script(ProtocolMode::BidiStream);
    let second = deploy(&mut script, 2, ProtocolMode::BidiStream, SERVICE);
    let old = deploy_speaking(&mut script, 3, ProtocolMode::BidiStream, SERVICE, 5..=5);
    for (on, place) in [
        (ResumeOn::Pinned, first),
        (ResumeOn::Deployment(second), second),
        (ResumeOn::Deployment(old), old),
    ] {
        let begun = restarted(&mut script, on, Vec::new());
        assert!(begun.line(1).contains(&format!(" to {place}")), "{begun:?}");
    }
    let set = || vec![Frame::new(&SetStateCommand::default()).raw().clone()];
    restarted(&mut script, ResumeOn::Deployment(old), set()).must_be(&[&format!(
        "tell 7 Refused(\"deployment {old} speaks versions 5 to 5 of the service protocol, and the entries are \
         written in version 7; restart it on one that speaks that version, or from its beginning\")"
    )]);
    let unknown = DeploymentId::new(9, 9);
    restarted(&mut script, ResumeOn::Deployment(unknown), set()).must_be(&[&format!(
        "tell 7 Refused(\"there is no deployment {unknown} with the handler `Remote/h`\")"
    )]);
    restarted(&mut script, ResumeOn::Pinned, set()).must_be(&[
        "create #4 Remote/h",
        &format!("pin #4 to {first}"),
        "append #4.0: SetStateCommand",
        "start 4 of #4 on 1 parts",
        "tell 7 that #4 is accepted: Now",
        "let 4 begin",
    ]);
}

/// Attempts are made in the version that the journal is written in, also after the deployment has learnt a
/// newer one, and after a restart of the engine.
#[test]
fn a_journal_keeps_its_version_of_the_service_protocol() {
    let (mut script, bidi) = (Script::new(), ProtocolMode::BidiStream);
    let first = deploy_speaking(&mut script, 1, bidi, SERVICE, 5..=6);
    let begun = script.call(remote(), 7);
    assert_eq!(begun.line(1), format!("pin #1 to {first} in version 6"));
    let error = || "gone".to_owned();
    let failed = Input::Failed { id: script.id(1), attempt: 1, error: error() };
    let _ = script.step(failed);
    // The input can be read in any version.
    deploy_speaking(&mut script, 1, bidi, SERVICE, 5..=5);
    script.tick(100).must_be(&[
        &format!("pin #1 to {first} in version 5"),
        "start 2 of #1 on 0 parts after 1 failures in version 5",
        "let 2 begin",
    ]);
    let _ = script.receive(1, 2, Messages::new().run(1));
    let _ = script.step(Input::Failed { id: script.id(1), attempt: 2, error: error() });
    deploy_speaking(&mut script, 1, bidi, SERVICE, 5..=7);
    script
        .tick(100)
        .must_be(&["start 3 of #1 on 1 parts after 1 failures in version 5", "let 3 begin"]);
    let mut restarted = Script::new();
    deploy_speaking(&mut restarted, 1, bidi, SERVICE, 5..=7);
    let (deployment, new) =
        (Some(first), StoredInvocation::new(InvocationId::new(1, 0, 1), remote()));
    let kept = StoredInvocation { deployment, protocol: Some(5), parts: 1, ..new };
    restarted
        .recover(vec![kept])
        .must_be(&["start 1 of #1 on 1 parts in version 5", "let 1 begin"]);
}

#[test]
fn a_journal_goes_on_only_where_its_version_is_spoken() {
    let (mut script, bidi) = (Script::new(), ProtocolMode::BidiStream);
    deploy_speaking(&mut script, 1, bidi, SERVICE, 5..=6);
    let _ = script.call(remote(), 7);
    let _ = script.receive(1, 1, Messages::new().run(1));
    let _ = script.step(Input::Failed { id: script.id(1), attempt: 1, error: "gone".into() });
    let newer = deploy_speaking(&mut script, 2, bidi, SERVICE, 7..=7);
    let both = deploy_speaking(&mut script, 3, bidi, SERVICE, 6..=7);
    resume(&mut script, 1, ResumeOn::Deployment(newer)).must_be(&[&format!(
        "tell 9 Refused(\"#1 cannot be resumed: deployment {newer} speaks versions 7 to 7 of the service protocol, and its journal is \
         written in version 6; resume it on one that speaks that version\")"
    )]);
    let resumed = resume(&mut script, 1, ResumeOn::Deployment(both));
    assert_eq!(resumed.line(0), format!("pin #1 to {both} in version 6"));
}
