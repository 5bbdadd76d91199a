//! The contract lock: how it grows, and which changes of a contract it refuses.

use std::fs;

use crate::{CONTRACT, Workshop, is_old, make_old};

fn locked(workshop: &Workshop, contract: &str) -> Result<(), String> {
    workshop.put(contract);
    let generated = workshop.generate(workshop.config().lock(workshop.path("contract.lock")));
    generated.map(|_| ()).map_err(|error| error.to_string())
}

/// What a lock has below its heading.
fn lines_of_lock(workshop: &Workshop) -> String {
    let lock = workshop.text("contract.lock");
    let (_, lines) = lock.split_once("contradicts.\n").expect("a lock has a heading");
    lines.to_owned()
}

#[test]
fn a_lock_grows_with_its_contract() {
    let workshop = Workshop::new();
    locked(&workshop, CONTRACT).unwrap();
    let lines = lines_of_lock(&workshop);
    assert_eq!(
        lines,
        r#"field api.v1.AddRequest 1 = string "counterId"
field api.v1.AddRequest 2 = int64 "amount"
field api.v1.AddRequest 3 = string "note"
field api.v1.AddResponse 1 = int64 "total"
handler api.v1.Counter/AddOne = exclusive, key 1, api.v1.AddRequest to api.v1.AddResponse
handler api.v1.Plain/Ask = plain, api.v1.AddRequest to api.v1.AddResponse
retention api.v1.Counter journal = 172800000ms
service api.v1.Counter = an object
service api.v1.Plain = a service
"#
    );

    locked(&workshop, &CONTRACT.replace("= 3;", "= 3; bool loud = 4;").replace("2d", "3d"))
        .unwrap();
    let lock = workshop.text("contract.lock");
    assert!(
        lock.contains("AddRequest 4 = bool \"loud\"") && lock.contains("259200000ms"),
        "{lock}"
    );
}

#[test]
fn a_lock_has_each_kind_of_service_handler_and_type() {
    let workshop = Workshop::new();
    let contract = r#"
syntax = "proto3";
package api.v1;
import "dev/restate/ext.proto";
import "restate/options.proto";
service Signup {
  option (restate.service) = { kind: WORKFLOW };
  rpc Run(Form) returns (Form) {
    option (restate.handler) = { workflow_retention: "1d" };
  }
  rpc Status(Form) returns (Form);
}
service Sequence {
  option (dev.restate.ext.service_type) = SINGLETON;
  rpc Next(Form) returns (Form) {
    option (restate.handler) = { idempotency_retention: "1h" };
  }
}
message Form {
  repeated Size sizes = 1;
  map<string, Line> lines = 2;
  message Line {
    optional bytes photo = 1;
    Unit unit = 2;
  }
  enum Unit {
    NONE = 0;
  }
}
enum Size {
  SMALL = 0;
  BIG = 1;
}
"#;
    locked(&workshop, contract).unwrap();
    let lines = lines_of_lock(&workshop);
    assert_eq!(
        lines,
        r#"field api.v1.Form 1 = repeated api.v1.Size "sizes"
field api.v1.Form 2 = map<string, api.v1.Form.Line> "lines"
field api.v1.Form.Line 1 = bytes "photo"
field api.v1.Form.Line 2 = api.v1.Form.Unit "unit"
handler api.v1.Sequence/Next = exclusive, api.v1.Form to api.v1.Form
handler api.v1.Signup/Run = run, api.v1.Form to api.v1.Form
handler api.v1.Signup/Status = shared, api.v1.Form to api.v1.Form
retention api.v1.Sequence/Next idempotency = 3600000ms
retention api.v1.Signup/Run workflow = 86400000ms
service api.v1.Sequence = an object with one key
service api.v1.Signup = a workflow
value api.v1.Form.Unit "NONE" = 0
value api.v1.Size "BIG" = 1
value api.v1.Size "SMALL" = 0
"#
    );
}

#[test]
fn a_lock_that_cannot_be_read_is_not_replaced() {
    let workshop = Workshop::new();
    fs::write(workshop.path("contract.lock"), [0xff]).unwrap();
    let error = locked(&workshop, CONTRACT).unwrap_err();
    assert!(error.contains("contract.lock"), "{error}");
    assert_eq!(fs::read(workshop.path("contract.lock")).unwrap(), [0xff]);
}

#[test]
fn a_contract_that_breaks_its_lock_is_refused() {
    for (from, to, was, now) in [
        (
            "service Plain {",
            "service Plain { option (restate.service).kind = OBJECT;",
            "service api.v1.Plain = a service",
            "an object",
        ),
        ("rpc AddOne", "rpc AddTwo", "handler api.v1.Counter/AddOne = exclusive", "removed"),
        ("int64 amount", "int32 amount", "field api.v1.AddRequest 2 = int64 \"amount\"", "int32"),
        ("int64 amount", "int64 sum", "field api.v1.AddRequest 2 = int64 \"amount\"", "\"sum\""),
        ("journal_retention: \"2d\"", "", "retention api.v1.Counter journal", "not set"),
        ("\"2d\"", "\"1d\"", "retention api.v1.Counter journal = 172800000ms", "86400000ms"),
        (
            " [(restate.key) = true]",
            "",
            "api.v1.Counter/AddOne = exclusive, key 1",
            "exclusive, api",
        ),
        (
            "rpc AddOne(AddRequest) returns (AddResponse);",
            "rpc AddOne(AddRequest) returns (AddResponse) { option (restate.handler).kind = \
             SHARED; }",
            "handler api.v1.Counter/AddOne = exclusive",
            "shared",
        ),
    ] {
        let workshop = Workshop::new();
        locked(&workshop, CONTRACT).unwrap();
        let lock = workshop.text("contract.lock");
        let error = locked(&workshop, &CONTRACT.replace(from, to)).unwrap_err();
        let lines: Vec<_> = error.lines().collect();
        assert!(
            lines.iter().any(|line| line.starts_with("  was: ") && line.contains(was))
                && lines.iter().any(|line| line.starts_with("  now: ") && line.contains(now))
                && error.contains("accept it by deleting the line from"),
            "{from} to {to}: {error}"
        );
        assert_eq!(workshop.text("contract.lock"), lock, "a broken contract changes no lock");
    }
}

#[test]
fn the_number_of_a_removed_field_cannot_be_reused() {
    let workshop = Workshop::new();
    locked(&workshop, CONTRACT).unwrap();
    locked(&workshop, &CONTRACT.replace("  string note = 3;\n", "")).unwrap();
    let error = locked(&workshop, &CONTRACT.replace("string note", "bytes photo")).unwrap_err();
    assert!(error.contains("was: field api.v1.AddRequest 3 = string \"note\""), "{error}");
    assert!(error.contains("now: field api.v1.AddRequest 3 = bytes \"photo\""), "{error}");
}

#[test]
fn an_incompatible_change_is_accepted_by_deleting_its_line() {
    let workshop = Workshop::new();
    locked(&workshop, CONTRACT).unwrap();
    let lock = workshop.text("contract.lock");
    let kept = lock.lines().filter(|line| !line.contains("AddRequest 2"));
    fs::write(workshop.path("contract.lock"), kept.collect::<Vec<_>>().join("\n")).unwrap();
    locked(&workshop, &CONTRACT.replace("int64 amount", "int32 amount")).unwrap();
    assert!(workshop.text("contract.lock").contains("AddRequest 2 = int32"));
}

#[test]
fn a_new_lock_does_not_trigger_another_build() {
    let workshop = Workshop::new();
    make_old(&workshop.path("api.proto"));
    workshop.generate(workshop.config().lock(workshop.path("contract.lock"))).unwrap();
    assert!(is_old(&workshop.path("contract.lock")));
}
