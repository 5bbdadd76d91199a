//! Mistakes in contracts, their messages and locations.

use std::fs;

/// The mistakes in `proto`, a file called `api.proto`.
fn mistakes(proto: &str) -> String {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let path = directory.path().join("api.proto");
    fs::write(&path, proto).expect("a temporary file can be written");
    let out = directory.path().join("out");
    let error = restate_codegen::Config::new()
        .out_dir(&out)
        .compile_protos(&[path], &[directory.path()])
        .expect_err("the contract has a mistake");
    assert!(!out.exists(), "nothing is written for a contract with mistakes");
    assert_eq!(format!("{error:?}"), error.to_string());
    error.to_string()
}

/// A contract with an object `Counter` and the definitions in `body`.
fn object(body: &str) -> String {
    format!(
        "syntax = \"proto3\";\n\
         package api.v1;\n\
         import \"restate/options.proto\";\n\
         service Counter {{\n  option (restate.service) = {{ kind: OBJECT }};\n{body}\n"
    )
}

#[test]
fn a_syntax_error_has_a_location() {
    assert_eq!(
        mistakes("syntax = \"proto3\";\nmessage {}\n"),
        "api.proto:2:9: expected an identifier, but found '{'"
    );
}

#[test]
fn an_edition_is_not_reported_as_a_syntax_error() {
    assert_eq!(
        mistakes("// A.\nedition = \"2023\";\nmessage A {}\n"),
        "api.proto:2:1: sources of protobuf editions are compiled by buf or protoc; run `buf build \
         -o contract.binpb` or `protoc --include_imports --include_source_info -o contract.binpb \
         api.proto`, and give the result to `compile_descriptor_set`; or run the plugin \
         `protoc-gen-restate`"
    );
}

#[test]
fn an_import_outside_of_the_include_path() {
    assert_eq!(
        mistakes("syntax = \"proto3\";\nimport \"./money.proto\";\n"),
        "api.proto:2:8: invalid import; imports may not contain backslashes, repeated forward \
         slashes, '.' or '..' components"
    );
}

#[test]
fn an_unknown_type_has_a_location() {
    assert_eq!(
        mistakes("syntax = \"proto3\";\nmessage A {\n  B b = 1;\n}\n"),
        "api.proto:3:3: name 'B' is not defined"
    );
}

#[test]
fn an_unknown_kind_has_a_location() {
    assert_eq!(
        mistakes(&object("}").replace("OBJECT", "ACTOR")),
        "api.proto:5:3: invalid value of type 'restate.ServiceOptions' for option \
         '(restate.service)': value 'ACTOR' was not found for enum 'restate.ServiceOptions.Kind'; \
         available: SERVICE, OBJECT, WORKFLOW"
    );
}

#[test]
fn an_unknown_setting_is_reported_with_the_known_ones() {
    let error = mistakes(&object("}").replace("kind: OBJECT", "knd: OBJECT"));
    assert_eq!(
        error,
        "api.proto:5:3: invalid value of type 'restate.ServiceOptions' for option \
         '(restate.service)': field 'knd' not found for message 'restate.ServiceOptions'; \
         available: kind, name, inactivity_timeout, abort_timeout, journal_retention, \
         idempotency_retention, workflow_retention, lazy_state, private, retries, metadata, \
         encoding, keep_headers"
    );
}

#[test]
fn an_option_that_is_not_imported_is_reported_with_the_import() {
    let error = mistakes(&object("}").replace("import \"restate/options.proto\";\n", ""));
    assert_eq!(
        error,
        "api.proto:4:3: name 'restate.service' is not defined; `import \"restate/options.proto\";` \
         defines (restate.service), (restate.handler), (restate.key)"
    );
    let error = mistakes(&object("}").replace("restate/options.proto", "restate/option.proto"));
    assert_eq!(
        error,
        "api.proto:3:1: import 'restate/option.proto' not found; did you mean \
         `restate/options.proto`?"
    );
}

#[test]
fn a_missing_import_has_a_location() {
    assert_eq!(
        mistakes("syntax = \"proto3\";\nimport \"other.proto\";\n"),
        "api.proto:2:1: import 'other.proto' not found"
    );
}

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
fn a_key_of_a_wrong_type() {
    let error = mistakes(&object(
        "  rpc A(M) returns (M);\n}\nmessage M { double id = 1 [(restate.key) = true]; }",
    ));
    assert_eq!(
        error,
        "api.proto:8:13: key `id` of `M` is of type `double`; a key must be a single string, \
         integer or bool"
    );
}

#[test]
fn a_key_that_is_repeated_or_a_map() {
    for (field, found) in [
        ("repeated string id = 1 [(restate.key) = true];", "repeated"),
        ("map<string, string> id = 1 [(restate.key) = true];", "a map"),
    ] {
        let error =
            mistakes(&object(&format!("  rpc A(M) returns (M);\n}}\nmessage M {{ {field} }}")));
        assert_eq!(
            error,
            format!(
                "api.proto:8:13: key `id` of `M` is {found}; a key must be a single string, \
                 integer or bool"
            )
        );
    }
}

#[test]
fn a_key_in_a_oneof() {
    let error = mistakes(&object(
        "  rpc A(M) returns (M);\n}\n\
         message M { oneof who { string id = 1 [(restate.key) = true]; } }",
    ));
    assert_eq!(
        error,
        "api.proto:8:25: key `id` of `M` is in the oneof `who`; a key must be a single string, \
         integer or bool"
    );
}

#[test]
fn two_keys_in_a_request() {
    let error = mistakes(&object(
        "  rpc A(M) returns (M);\n}\nmessage M {\n  string a = 1 [(restate.key) = true];\n  \
         string b = 2 [(restate.key) = true];\n}",
    ));
    assert_eq!(
        error,
        "api.proto:10:3: `M` has two keys, `a` and `b`, but a request goes to one object; keep one \
         of the two marks"
    );
}

#[test]
fn a_request_without_the_key() {
    let error = mistakes(&object(
        "  rpc A(M) returns (M);\n  rpc B(N) returns (M);\n}\n\
         message M { string id = 1 [(restate.key) = true]; }\nmessage N {}",
    ));
    assert_eq!(
        error,
        "api.proto:7:3: rpc `B` takes `N`, which has no key, but other requests of object \
         `Counter` have one; mark its field `id` with `[(restate.key) = true]`"
    );
}

#[test]
fn keys_that_differ() {
    let error = mistakes(&object(
        "  rpc A(M) returns (M);\n  rpc B(N) returns (M);\n}\n\
         message M { string id = 1 [(restate.key) = true]; }\n\
         message N { int64 id = 1 [(restate.key) = true]; }",
    ));
    assert_eq!(
        error,
        "api.proto:10:13: object `Counter` has the key `string id` in `M` but `int64 id` in `N`; \
         give the key the same type in all requests"
    );
}

#[test]
fn a_key_outside_objects() {
    let error = mistakes(
        &object("  rpc A(M) returns (M);\n}\nmessage M { string id = 1 [(restate.key) = true]; }")
            .replace("kind: OBJECT", ""),
    );
    assert_eq!(
        error,
        "api.proto:8:13: key `id` is in `M`, which is not a request of an object or workflow; \
         remove the mark, or make its service an object with `option (restate.service) = { kind: \
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

#[test]
fn a_file_that_does_not_exist() {
    let directory = tempfile::tempdir().unwrap();
    let includes = [directory.path().display().to_string()];
    let compile = |proto: &str| {
        let mut config = restate_codegen::Config::new();
        config.out_dir(directory.path()).compile_protos(&[proto], &includes).unwrap_err()
    };
    assert_eq!(
        compile("none.proto").to_string(),
        format!(
            "no file `none.proto` in {} or in the include paths (`{}`)",
            env!("CARGO_MANIFEST_DIR"),
            includes[0]
        )
    );
    let elsewhere = "proto/restate/options.proto";
    assert_eq!(
        compile(elsewhere).to_string(),
        format!(
            "`{elsewhere}` is not in any include path (`{}`); add the directory that its imports \
             are relative to",
            includes[0]
        )
    );
}

#[test]
fn mistakes_of_several_files_are_reported_together() {
    let directory = tempfile::tempdir().unwrap();
    let paths = ["a.proto", "b.proto"].map(|name| directory.path().join(name));
    for path in &paths {
        fs::write(path, "oops").unwrap();
    }
    let error = restate_codegen::Config::new()
        .out_dir(directory.path())
        .compile_protos(&paths, &[directory.path()])
        .unwrap_err();
    assert_eq!(error.mistakes().len(), 2, "{error}");
}

#[test]
fn no_directory_to_write_to() {
    let error = restate_codegen::compile_protos(&["api.proto"], &["."]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "OUT_DIR is not set; call this from build.rs, or choose a directory with `Config::out_dir`"
    );
}

#[test]
fn wrong_settings_are_reported_together() {
    let error = mistakes(&object(
        "  rpc A(M) returns (M) {\n    option (restate.handler) = { inactivity_timeout: \"soon\" \
         };\n  }\n\
         \x20 rpc B(M) returns (M) {\n    option (restate.handler) = { workflow_retention: \"1d\" \
         };\n  }\n}\n\
         message M {}\n",
    )
    .replace("kind: OBJECT", "kind: OBJECT workflow_retention: \"1d\" retries: { factor: 0.5 }"));
    assert_eq!(
        error,
        "api.proto:7:5: `soon` is not a valid `inactivity_timeout`; give a whole number and a unit \
         (`ms`, `s`, `m`, `h` or `d`), such as `30s`\n\
         api.proto:5:3: `workflow_retention` is set for `Counter`, which is not a workflow; remove \
         it\n\
         api.proto:5:3: the `factor` of `retries` is less than 1, so delays would shrink; use at \
         least 1\n\
         api.proto:10:5: `workflow_retention` is set for `B`, which is not the run handler of a \
         workflow; remove it"
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
fn a_key_in_a_request_of_a_singleton() {
    let error = mistakes(
        "syntax = \"proto3\"; package api.v1;\n\
         import \"dev/restate/ext.proto\";\n\
         service One {\n  option (dev.restate.ext.service_type) = SINGLETON;\n  rpc Greet(M) \
         returns (M);\n}\nmessage M { string id = 1 [(dev.restate.ext.field) = KEY]; }\n",
    );
    assert_eq!(
        error,
        "api.proto:7:13: key `id` is in `M`, which is not a request of an object or workflow; \
         remove the mark, or make its service an object with `option (restate.service) = { kind: \
         OBJECT };`"
    );
}

#[test]
fn a_key_marked_with_the_old_option_that_is_not_a_string() {
    let error = mistakes(
        "syntax = \"proto3\"; package api.v1;\n\
         import \"dev/restate/ext.proto\";\n\
         service One {\n  option (dev.restate.ext.service_type) = KEYED;\n  rpc Greet(M) returns \
         (M);\n}\nmessage M { int32 id = 1 [(dev.restate.ext.field) = KEY]; }\n",
    );
    assert_eq!(
        error,
        "api.proto:7:13: key `id` of `M` is of type `int32`, but keys marked with \
         `dev.restate.ext` are strings; mark it with `[(restate.key) = true]`"
    );
}

#[test]
fn an_attribute_that_derives_what_is_generated() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("api.proto");
    let contract = "syntax = \"proto3\"; package api.v1;\n\
                    message A { string a = 1; oneof of { string b = 2; } }\n\
                    message C { enum E { ZERO = 0; } map<string, E> map = 1; float f = 2; }\n";
    fs::write(&path, contract).unwrap();
    let out = directory.path().join("out");
    let compile = |path_of_type: &str, attribute: &str| {
        let mut config = restate_codegen::Config::new();
        config.out_dir(&out).type_attribute(path_of_type, attribute);
        let done = config.compile_protos(&[&path], &[directory.path()]);
        done.map_err(|error| error.to_string())
    };
    for (path_of_type, attribute, names, types, source) in [
        (".", "#[derive(serde::Serialize)]", "Serialize", "`A` and 2 other types", "as their JSON"),
        (".api.v1.A", "#[derive(Deserialize)]", "Deserialize", "`A`", "as their JSON mapping"),
        (".api.v1.C.E", "#[derive(::serde::Serialize)]", "Serialize", "`E`", "as their JSON"),
        (".api.v1.A", "#[derive(Eq, PartialOrd)]", "Eq", "`A` and another type", "by prost"),
        (".api.v1.C", "#[derive(Default)]", "Default", "`C` and another type", "by prost"),
        (".api.v1.C", "#[derive(core::fmt::Debug)]", "Debug", "`C` and another type", "by"),
    ] {
        let error = compile(path_of_type, attribute).unwrap_err();
        let expected = format!(
            "`type_attribute` derives `{names}` for {types}, but generated code implements it \
             already, {source}"
        );
        assert!(error.starts_with(&expected), "{attribute}: {error}");
    }
    compile("A", "#[derive(PartialOrd)]").unwrap();
    compile(".api.v1.C", "#[non_exhaustive]").unwrap();
    compile(".api.v1.A.of", "#[derive(serde::Serialize)]").unwrap();
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
