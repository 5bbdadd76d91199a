//! Handlers that do not fit their service, and messages that no program can make.

use crate::{mistakes, object};

#[test]
fn streaming_rpcs() {
    let error = mistakes(
        "syntax = \"proto3\"; package api.v1;\n\
         service Feed {\n  \
           rpc Up(stream M) returns (M);\n  \
           rpc Down(M) returns (stream M);\n  \
           rpc Both(stream M) returns (stream M);\n\
         }\n\
         message M {}\n",
    );
    let rest = "but a durable call has one request and one response; remove `stream`, move the rpc \
                to another contract, or skip such rpcs with `skip_streaming`";
    assert_eq!(
        error,
        format!(
            "api.proto:3:3: rpc `Up` of `Feed` streams its requests, {rest}\n\
             api.proto:4:3: rpc `Down` of `Feed` streams its responses, {rest}\n\
             api.proto:5:3: rpc `Both` of `Feed` streams its requests and responses, {rest}"
        )
    );
}

#[test]
fn a_handler_kind_in_a_plain_service() {
    let error = mistakes(
        &object(
            "  rpc Read(M) returns (M) {\n    \
                 option (restate.handler) = { kind: SHARED };\n  \
               }\n}\nmessage M {}",
        )
        .replace("kind: OBJECT", ""),
    );
    assert_eq!(
        error,
        "api.proto:7:5: rpc `Read` has a handler kind, but `Counter` is a plain service without \
         keys; remove the kind, or make it an object with `option (restate.service) = { kind: \
         OBJECT };`"
    );
}

#[test]
fn an_object_without_handlers() {
    assert_eq!(
        mistakes(&object("}")),
        "api.proto:4:9: object `Counter` has no handlers, but an object needs at least one; add \
         one, or make it a plain service"
    );
}

#[test]
fn a_workflow_without_a_run_handler() {
    let error = mistakes(
        &object("  rpc Start(M) returns (M);\n}\nmessage M {}").replace("OBJECT", "WORKFLOW"),
    );
    assert_eq!(
        error,
        "api.proto:4:9: workflow `Counter` has no run handler, which starts it; name a handler \
         `run`, or mark one with `#[run]` (in a `.proto`: `kind: RUN`)"
    );
}

#[test]
fn a_workflow_with_two_run_handlers() {
    let error = mistakes(
        &object(
            "  rpc Run(M) returns (M);\n  \
               rpc Start(M) returns (M) {\n    option (restate.handler) = { kind: RUN };\n  }\n\
             }\nmessage M {}",
        )
        .replace("OBJECT", "WORKFLOW"),
    );
    assert_eq!(
        error,
        "api.proto:7:7: workflow `Counter` has two run handlers, `Run` and `Start`, but only one \
         can start it; mark one of them `#[shared]` (in a `.proto`: `kind: SHARED`)"
    );
}

#[test]
fn handler_kinds_that_do_not_fit_the_service() {
    let rpc = "  rpc Start(M) returns (M) {\n    option (restate.handler) = { kind: RUN };\n  }\n\
               }\nmessage M {}";
    assert_eq!(
        mistakes(&object(rpc)),
        "api.proto:7:5: rpc `Start` has the handler kind RUN, but `Counter` is an object; remove \
         the kind, or make its service a WORKFLOW"
    );
    assert_eq!(
        mistakes(&object(rpc).replace("RUN", "EXCLUSIVE").replace("OBJECT", "WORKFLOW")),
        "api.proto:7:5: rpc `Start` has the handler kind EXCLUSIVE, but `Counter` is a workflow; \
         remove the kind, or make its kind RUN or SHARED"
    );
}

#[test]
fn a_handler_type_of_the_go_sdk_in_a_plain_service() {
    let error = mistakes(
        "syntax = \"proto3\"; package api.v1;\n\
         import \"dev/restate/sdk/go.proto\";\n\
         service Greeter {\n  \
           rpc Greet(M) returns (M) { option (dev.restate.sdk.go.handler_type) = SHARED; }\n\
         }\n\
         message M {}\n",
    );
    assert!(error.starts_with("api.proto:4:30: rpc `Greet` has a handler kind, but"), "{error}");
}

#[test]
fn a_message_that_requires_itself() {
    let proto = "syntax = \"proto2\";\npackage p;\n\
                 message Foo { required Foo x = 1; }\n\
                 message Bar { required string a = 1; required Baz b = 2; }\n\
                 message Baz { optional Baz c = 1; required group Inner = 2 { required Bar d = 1; } }\n\
                 message Fine { required Leaf a = 1; required Leaf b = 2; optional Fine c = 3; }\n\
                 message Leaf { repeated Fine a = 1; }\n\
                 service S { rpc Get(Foo) returns (Bar); }\n";
    assert_eq!(
        mistakes(proto),
        "api.proto:3:15: `p.Foo` requires itself by `p.Foo.x`, so no such message can exist; make \
         one of these fields optional\n\
         api.proto:4:38: `p.Bar` requires itself by `p.Bar.b`, `p.Baz.inner`, `p.Baz.Inner.d`, so no \
         such message can exist; make one of these fields optional"
    );
}
