//! Keys of objects and workflows.

use crate::{mistakes, object};

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
