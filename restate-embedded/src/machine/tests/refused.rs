//! Commands that are refused are not stored, unless with the failure that answers them.

use restate_core::wire::protocol::{
    AttachInvocationCommand, CallCommand, ClearAllStateCommand, CompleteAwakeableCommand,
    Completion, Failure, GetInvocationOutputCommand, GetPromiseCommand, InvocationTarget,
    OneWayCallCommand, PeekPromiseCommand, SendSignalCommand, SetStateCommand, SignalId,
    SignalResult, Value, Void,
};

use super::script::{Messages, Script, counter, worker};

const NOT_IDS: [&str; 10] = [
    "",
    "x",
    "nope",
    "inv_1",
    "inv_10000000000000000000000000000000",
    "inv_10000000000000000000000000000000000",
    " inv_1000000000000000000000000000000000",
    "inv_1000000000000000000000000000000000\n",
    "inv_1gNNsTMbqFnF0ABCDEFGHIJKLMNOPQRST-",
    "sign_1🦀",
];

/// The messages of an attempt whose only command has a result and is refused, and the frames that
/// are stored.
#[track_caller]
fn answered(messages: Messages, stored: &str) {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    let answer = stored.split_once(", ").unwrap().1;
    script
        .receive(1, 1, messages)
        .must_be(&[&format!("append #1.0: {stored}"), &format!("deliver to 1: {answer}")]);
}

/// The messages of an attempt whose only command has no result and is refused. The handler has gone
/// on by then.
#[track_caller]
fn ends(messages: Messages) {
    let mut script = Script::new();
    let _ = script.call(worker(), 1);
    script.receive(1, 1, messages.output("done")).must_be(&[
        "remove #1",
        "stop 1",
        "tell 1 that #1 failed with 400",
    ]);
}

#[test]
fn waiting_for_something_that_is_not_an_id_is_answered_with_a_failure() {
    for id in NOT_IDS {
        let target = Some(InvocationTarget::InvocationId(id.to_owned()));
        let (result_completion_id, name) = (1, String::new());
        let attach = AttachInvocationCommand { target: target.clone(), result_completion_id, name };
        answered(
            Messages::new().and(&attach),
            "AttachInvocationCommand, AttachInvocationCompletion",
        );
        let output =
            GetInvocationOutputCommand { target, result_completion_id, name: String::new() };
        answered(
            Messages::new().and(&output),
            "GetInvocationOutputCommand, GetInvocationOutputCompletion",
        );
    }
}

#[test]
fn signals_to_something_that_is_not_an_id_end_the_invocation() {
    for id in NOT_IDS {
        for signal in [SignalId::Idx(1), SignalId::Name("go".into())] {
            ends(Messages::new().and(&SendSignalCommand {
                target_invocation_id: id.to_owned(),
                signal_id: Some(signal),
                result: Some(SignalResult::Void(Void {})),
                ..SendSignalCommand::default()
            }));
        }
        let completions =
            [Completion::Value(Value::default()), Completion::Failure(Failure::default())];
        for result in completions {
            ends(Messages::new().and(&CompleteAwakeableCommand {
                awakeable_id: id.to_owned(),
                result: Some(result),
                name: String::new(),
            }));
        }
    }
}

const SCOPES: [(&str, Option<&str>, Option<&str>); 4] = [
    ("Counter", Some("scope"), None),
    ("Worker", Some(""), None),
    ("Worker", Some("scope"), Some("a b/")),
    ("Worker", None, Some("key")),
];

#[test]
fn calls_in_a_scope_that_is_not_allowed_are_answered_or_end_the_invocation() {
    for (service, scope, limit_key) in SCOPES {
        let call = CallCommand {
            service_name: service.into(),
            handler_name: "run".into(),
            scope: scope.map(Into::into),
            limit_key: limit_key.map(Into::into),
            invocation_id_notification_idx: 1,
            result_completion_id: 2,
            ..CallCommand::default()
        };
        answered(
            Messages::new().and(&call),
            "CallCommand, CallInvocationIdCompletion, CallCompletion",
        );
        ends(Messages::new().and(&OneWayCallCommand {
            service_name: service.into(),
            handler_name: "run".into(),
            scope: scope.map(Into::into),
            limit_key: limit_key.map(Into::into),
            invocation_id_notification_idx: 1,
            ..OneWayCallCommand::default()
        }));
    }
}

#[test]
fn a_handler_without_promises_or_state_is_told_so() {
    let (key, name) = ("promise".to_owned(), String::new());
    answered(
        Messages::new().and(&GetPromiseCommand {
            key: key.clone(),
            result_completion_id: 1,
            name: name.clone(),
        }),
        "GetPromiseCommand, GetPromiseCompletion",
    );
    answered(
        Messages::new().and(&PeekPromiseCommand { key, result_completion_id: 1, name }),
        "PeekPromiseCommand, PeekPromiseCompletion",
    );
    ends(Messages::new().and(&SetStateCommand::default()));
    ends(Messages::new().and(&ClearAllStateCommand::default()));
    let mut script = Script::new();
    let _ = script.call(counter("k", "get"), 1);
    script.receive(1, 1, Messages::new().and(&SetStateCommand::default())).must_be(&[
        "remove #1",
        "stop 1",
        "tell 1 that #1 failed with 400",
    ]);
}

#[test]
fn what_was_done_before_a_refused_command_is_kept() {
    let mut script = Script::new();
    let _ = script.call(counter("k", "add"), 1);
    let messages = Messages::new().and(&SetStateCommand::default()).and(&SendSignalCommand {
        target_invocation_id: "nope".into(),
        signal_id: Some(SignalId::Idx(1)),
        result: Some(SignalResult::Void(Void {})),
        ..SendSignalCommand::default()
    });
    script.receive(1, 1, messages).must_be(&[
        "set state of k",
        "remove #1",
        "stop 1",
        "tell 1 that #1 failed with 400",
    ]);
}

#[test]
fn a_command_that_breaks_the_protocol_is_not_stored() {
    for messages in [
        Messages::new().and(&SendSignalCommand::default()),
        Messages::new().and(&AttachInvocationCommand::default()),
        Messages::new().and(&CompleteAwakeableCommand::default()),
    ] {
        let mut script = Script::new();
        let _ = script.call(worker(), 1);
        script.receive(1, 1, messages).must_be(&[
            "#1 failed, attempt 1",
            "stop 1",
            "report #1 retrying in 100",
        ]);
    }
}
