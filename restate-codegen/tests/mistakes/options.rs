//! Options of services, handlers and `build.rs`.

use std::fs;

use crate::{mistakes, object};

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
fn schedules_are_checked_with_their_requests() {
    let rpc = |name: &str, schedule: &str| {
        format!(
            "  rpc {name}(M) returns (M) {{\n    option (restate.handler) = {{ schedule: {{ {schedule} }} \
             }};\n  }}\n"
        )
    };
    let nine = "key: \"main\" cron: \"0 9 * * *\"";
    let rpcs = [
        rpc("A", &format!("{nine} request: '{{\"s\": \"x\"}}' time_zone: \"Europe/Berlin\"")),
        rpc("B", &format!("{nine} request: '{{\"t\": 1}}'")),
        rpc("C", nine),
        rpc("D", "cron: \"0 0 31 4 *\" request: \"{}\""),
    ];
    let error = mistakes(&object(&format!("{}}}\nmessage M {{ string s = 1; }}\n", rpcs.concat())));
    let lines: Vec<_> = error.lines().collect();
    let [request, missing, never, key] = lines[..] else { panic!("{error}") };
    let start =
        "api.proto:10:5: the request of the `schedule` of `B` is not a `api.v1.M` as JSON: ";
    assert!(request.starts_with(start), "{request}");
    assert_eq!(
        missing,
        "api.proto:13:5: the `schedule` of `C` has no request, but the handler takes one; give it as JSON in \
         `request`"
    );
    assert_eq!(
        never,
        "api.proto:16:5: the `schedule` of `D` has `0 0 31 4 *`, which never comes, as no such date exists; \
         give one that does"
    );
    assert_eq!(
        key,
        "api.proto:16:5: the `schedule` of `D` has no key, so it calls no object; give it a `key`"
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
