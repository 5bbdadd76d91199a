//! Names in conflict, and names that callers cannot use.

use crate::{compile, mistakes, object};

#[test]
fn names_that_callers_cannot_use() {
    let error = mistakes(
        &object(
            "  rpc A(M) returns (M) {\n    option (restate.handler) = { name: \"a.b\" };\n  }\n\
             }\nmessage M {}",
        )
        .replace("kind: OBJECT", "kind: OBJECT, name: \"a/b\""),
    );
    assert_eq!(
        error,
        "api.proto:5:3: `a/b` is not a valid service name; use letters, digits, `.`, `_` and `-`, \
         starting with a letter\n\
         api.proto:7:5: `a.b` is not a valid handler name; use letters, digits and `_`, starting \
         with a letter"
    );
}

#[test]
fn names_that_restate_reserves() {
    let error = mistakes(
        "syntax = \"proto3\";\npackage restate.shop.v1;\nservice Orders {\n  rpc Place(M) returns (M);\n}\n\
         message M {}",
    );
    assert_eq!(
        error,
        "api.proto:3:9: `restate.shop.v1.Orders` is a service name that Restate reserves: names do not begin \
         with `restate`, and none is `openapi`; give the service another `name`, or rename the package of its \
         `.proto`"
    );
}

#[test]
fn names_in_conflict() {
    let error = mistakes(&object(
        "  rpc Add(M) returns (M);\n  \
           rpc Plus(M) returns (M) {\n    option (restate.handler) = { name: \"Add\" };\n  }\n  \
           rpc AddOne(M) returns (M);\n  \
           rpc addOne(M) returns (M);\n\
         }\nmessage M {}",
    ));
    assert_eq!(
        error,
        "api.proto:8:5: two handlers of `Counter` have the name `Add`; give one of them another \
         `name`\n\
         api.proto:11:7: handlers `AddOne` and `addOne` would both be the method `add_one` of \
         `Counter`; rename one of them"
    );
}

#[test]
fn names_that_are_the_same_in_rust() {
    let error = mistakes(
        r#"syntax = "proto2";
package api.v1;
message Foo {
  optional string name = 1;
  optional string NAME = 2;
  oneof choice {
    string one = 3;
    string One = 4;
  }
  oneof Choice {
    string two = 5;
  }
}
message foo {}
enum Color {
  RED = 0;
  COLOR_RED = 1;
}
message Kinds {
  optional Color kind = 1;
  optional string set_kind = 2;
  map<string, Color> type = 3;
}
message __ {}
service Greeter {
  rpc _(foo) returns (foo);
}
"#,
    );
    let expected = [
        "8:5: field `one` of oneof `choice` and field `One` of oneof `choice` would both be `One` \
         in Rust; rename one; binary messages contain no names, and `[json_name = \"One\"]` keeps \
         the name in JSON",
        "10:3: oneof `choice` of `Foo` and oneof `Choice` of `Foo` would both be `Choice` in Rust; \
         rename one",
        "5:3: field `name` of `Foo` and field `NAME` of `Foo` would both be `name` in Rust; rename \
         one; binary messages contain no names, and `[json_name = \"NAME\"]` keeps the name in \
         JSON",
        "14:1: message `Foo` and message `foo` would both be `Foo` in Rust; rename one",
        "21:3: a method for field `kind` of `Kinds` and a method for field `set_kind` of `Kinds` \
         would both be `set_kind` in Rust; rename one",
        "22:3: map `type` of `Kinds` is named like a keyword of Rust, for which prost cannot \
         generate a map of enums; rename it",
        "24:1: the name of message `__` has no letter and no digit, and cannot become a name in \
         Rust; rename it",
        "17:3: value `RED` of `Color` and value `COLOR_RED` of `Color` would both be `Red` in \
         Rust; rename one",
        "26:3: the name of rpc `_` has no letter and no digit, and cannot become a name in Rust; \
         rename it",
    ];
    assert_eq!(error, expected.map(|line| format!("api.proto:{line}")).join("\n"));
}

#[test]
fn names_of_proto3_that_are_the_same_in_rust() {
    let error = mistakes(
        r#"syntax = "proto3";
package api.v1;
message Case {
  string name = 1;
  string NAME = 2;
}
message Presence {
  optional string oo = 1;
  string _oo = 2;
}
message Choice {
  optional string oo = 1;
  oneof _oo {
    Choice self = 2;
    Choice Self = 3;
  }
}
"#,
    );
    let keeps = "binary messages contain no names, and `[json_name =";
    let expected = [
        format!(
            "5:3: field `name` of `Case` and field `NAME` of `Case` would both be `name` in Rust; \
             rename one; {keeps} \"NAME\"]` keeps the name in JSON"
        ),
        format!(
            "9:3: field `oo` of `Presence` and field `_oo` of `Presence` would both be `oo` in \
             Rust; rename one; {keeps} \"Oo\"]` keeps the name in JSON"
        ),
        format!(
            "15:5: field `self` of oneof `_oo` and field `Self` of oneof `_oo` would both be \
             `Self_` in Rust; rename one; {keeps} \"Self\"]` keeps the name in JSON"
        ),
        "13:3: field `oo` of `Choice` and oneof `_oo` of `Choice` would both be `oo` in Rust; \
         rename one"
            .to_owned(),
    ];
    assert_eq!(error, expected.map(|line| format!("api.proto:{line}")).join("\n"));
}

#[test]
fn names_that_differ_in_rust_are_legal() {
    let contract = r#"syntax = "proto3";
package api.v1;
enum Color {
  COLOR_NONE = 0;
}
message Kinds {
  Color kind = 1;
  Kinds set_kind = 2;
  Color shade = 3;
  int32 set_shade = 4;
  repeated Color hues = 5;
  repeated string push_hues = 6;
  map<string, Color> tints = 7;
  map<string, string> get_tints = 8;
  map<string, string> tags = 9;
  oneof tags_entry {
    string insert_tints = 10;
  }
}
"#;
    assert!(compile(contract).is_ok(), "{}", mistakes(contract));
}

#[test]
fn names_that_are_the_same_in_json() {
    let rest = "is already defined; rename one, or give it another `json_name`";
    assert_eq!(
        mistakes("syntax = \"proto3\";\nmessage A {\n  int32 a_1 = 1;\n  int32 a1 = 2;\n}\n"),
        format!("api.proto:4:9: another field with this name in JSON {rest}")
    );
    assert_eq!(
        mistakes(
            "syntax = \"proto3\";\nmessage A {\n  int32 a = 1;\n  int32 b = 2 [json_name = \"a\"];\n}\n"
        ),
        format!("api.proto:4:9: a field with JSON name 'a' {rest}")
    );
}
