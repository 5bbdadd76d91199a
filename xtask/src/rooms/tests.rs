//! Each rule, violated once by a crate of a few lines.

use std::path::Path;

use super::{graph::Graph, module::Source, read::read, rules, type_names};

fn source(files: &[(&str, &str)]) -> Source {
    let open = |path: &Path| {
        let found = files.iter().find(|(name, _)| Path::new("src").join(name) == path);
        found.map(|(_, text)| (*text).to_owned())
    };
    read(Path::new("src/lib.rs"), &open).unwrap()
}

fn cycles(files: &[(&str, &str)]) -> Vec<String> {
    Graph::new(&source(files)).cycles()
}

fn violations(package: &str, files: &[(&str, &str)]) -> Vec<String> {
    rules::check(package, &Graph::new(&source(files)))
}

/// The rooms of the core, where only one file imports anything.
fn core(room: &str, text: &str) -> Vec<String> {
    let rooms = ["error", "wire", "payload", "contract", "call", "handler", "attempt"];
    package("restate-core", &rooms, room, text)
}

fn embedded(room: &str, text: &str) -> Vec<String> {
    package("restate-embedded", &["engine", "machine", "http", "testing"], room, text)
}

fn package(name: &str, rooms: &[&str], room: &str, text: &str) -> Vec<String> {
    let root: String = rooms.iter().map(|room| format!("mod {room};\n")).collect();
    let files: Vec<_> = rooms
        .iter()
        .map(|name| (format!("{name}.rs"), if *name == room { text } else { "pub struct Item;" }))
        .collect();
    let files = files.iter().map(|(name, text)| (name.as_str(), *text));
    violations(name, &[("lib.rs", root.as_str())].into_iter().chain(files).collect::<Vec<_>>())
}

#[test]
fn files_in_different_rooms_that_import_each_other_are_a_cycle() {
    let message = cycles(&[
        ("lib.rs", "mod call;\nmod handler;"),
        ("call.rs", "\nuse crate::handler::run::Run;\npub struct Call;"),
        ("handler/mod.rs", "pub mod run;\npub use run::Run;"),
        ("handler/run.rs", "pub struct Run(super::super::call::Call);"),
    ]);
    assert_eq!(
        message,
        ["files in different rooms import each other; move what they share into a file that \
          imports neither:\n    src/call.rs:2 imports src/handler/run.rs\n    \
          src/handler/run.rs:1 imports src/call.rs"]
    );
}

#[test]
fn files_of_one_room_may_import_each_other() {
    let files = [
        ("lib.rs", "mod a;"),
        ("a.rs", "mod b;\nmod c;"),
        ("a/b.rs", "use super::c::C;\npub struct B;"),
        ("a/c.rs", "use super::b::B;\npub struct C;"),
    ];
    assert!(cycles(&files).is_empty());
}

#[test]
fn a_re_export_leads_to_the_file_that_defines() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\npub use a::A;\npub use b::*;"),
        ("a.rs", "use crate::B;\npub struct A;"),
        ("b.rs", "use crate::A;\npub struct B;"),
    ];
    let [message] = cycles(&files).try_into().unwrap();
    assert!(!message.contains("lib.rs"), "{message}");
}

#[test]
fn paths_in_bodies_and_in_macro_arguments_are_imports() {
    for import in ["fn f() { crate::b::g(); }", "fn f() { println!(\"{}\", crate::b::g()); }"] {
        let files = [("lib.rs", "mod a;\nmod b;"), ("a.rs", import), ("b.rs", "use crate::a::f;")];
        assert_eq!(cycles(&files).len(), 1, "{import}");
    }
}

#[test]
fn a_macro_without_a_path_is_found_where_it_is_defined() {
    let files = [
        ("lib.rs", "#[macro_use]\nmod a;\nmod b;"),
        ("a.rs", "macro_rules! m { () => { $crate::b::f() } }"),
        ("b.rs", "pub fn f() { m!() }"),
    ];
    assert_eq!(cycles(&files).len(), 1);
}

#[test]
fn tests_may_import_anything() {
    let tests = "pub struct A;\n#[cfg(test)]\nmod tests { use crate::b::B; struct B; }\n\
                 #[cfg(all(test, unix))]\nuse crate::b::B;";
    let files =
        [("lib.rs", "mod a;\nmod b;"), ("a.rs", tests), ("b.rs", "use crate::a::A;\nstruct B;")];
    assert!(cycles(&files).is_empty());
    assert!(type_names::check(&source(&files)).is_empty());
}

#[test]
fn a_name_belongs_to_one_type() {
    let files = [("lib.rs", "mod a;\nstruct Place;"), ("a.rs", "\n\npub type Place = u8;")];
    let [message] = type_names::check(&source(&files)).try_into().unwrap();
    assert!(
        message.starts_with("src/a.rs:3: `Place` names several types of this crate"),
        "{message}"
    );
    assert!(message.contains("src/lib.rs:2"), "{message}");
}

#[test]
fn an_exported_macro_imports_nothing() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "#[macro_export]\nmacro_rules! m { () => { $crate::b::f() } }\npub struct A;"),
        ("b.rs", "use crate::a::A;"),
    ];
    assert!(cycles(&files).is_empty());
}

#[test]
fn a_group_of_files_is_reported_by_its_shortest_cycle() {
    let [message] = cycles(&[
        ("lib.rs", "mod a;\nmod b;\nmod c;"),
        ("a.rs", "use crate::{b::B, c::C};\npub struct A;"),
        ("b.rs", "use crate::c::C;\npub struct B;"),
        ("c.rs", "use crate::a::A;\npub struct C;"),
    ])
    .try_into()
    .unwrap();
    assert!(!message.contains("b.rs"), "{message}");
}

#[test]
fn a_substitute_for_a_feature_may_repeat_its_names() {
    let root = "#[cfg(feature = \"tls\")]\nmod tls;\n#[cfg(not(feature = \"tls\"))]\nmod plain;";
    let files =
        [("lib.rs", root), ("tls.rs", "struct Transport;"), ("plain.rs", "struct Transport;")];
    assert!(type_names::check(&source(&files)).is_empty());
}

#[test]
fn a_rule_about_an_unknown_room_is_a_mistake() {
    let messages = package("restate-core", &["wire", "payload", "error"], "wire", "");
    assert!(messages[0].contains("the room `attempt` of restate-core"), "{messages:?}");
}

#[test]
fn the_root_may_define_what_its_modules_use() {
    let files =
        [("lib.rs", "mod a;\npub use a::A;\nstruct B;"), ("a.rs", "pub struct A(crate::B);")];
    assert!(cycles(&files).is_empty());
}

#[test]
fn wire_and_payload_stand_alone() {
    assert_eq!(core("wire", "use crate::error::Item;").len(), 1);
    assert_eq!(core("payload", "use crate::contract::Item;").len(), 1);
    assert!(core("payload", "use crate::error::Item;").is_empty());
}

#[test]
fn calls_know_no_handlers() {
    let [message] = core("call", "use crate::handler::Item;").try_into().unwrap();
    assert_eq!(
        message,
        "src/call.rs:1: `call` imports src/handler.rs of `handler`, but must not: calls are also \
         made from outside of handlers"
    );
}

#[test]
fn attempts_know_neither_calls_nor_handlers() {
    assert_eq!(core("attempt", "use crate::{call::Item, handler::Item as Other};").len(), 2);
    assert!(core("handler", "use crate::{attempt::Item, call::Item as Other};").is_empty());
}

#[test]
fn only_the_root_knows_the_test_environment() {
    assert_eq!(embedded("engine", "use crate::testing::Item;").len(), 1);
    assert_eq!(embedded("machine", "use crate::testing::Item;").len(), 1);
    assert!(embedded("testing", "use crate::engine::Item;").is_empty());
}

#[test]
fn the_test_environment_has_no_sockets() {
    assert_eq!(embedded("testing", "use crate::http::Item;").len(), 1);
}

#[test]
fn the_machine_does_no_io() {
    assert_eq!(embedded("machine", "use crate::http::Item;").len(), 1);
    assert_eq!(embedded("machine", "fn f() { tokio::spawn(async {}); }").len(), 1);
    assert_eq!(embedded("machine", "use http::Method;").len(), 1);
    assert!(embedded("engine", "use tokio::sync::Notify;").is_empty());
}

#[test]
fn the_graph_leaves_out_the_root() {
    let source = source(&[
        ("lib.rs", "mod a;\nmod b;\npub use a::A;"),
        ("a.rs", "use crate::b::B;\npub struct A;"),
        ("b.rs", "pub struct B;"),
    ]);
    assert_eq!(Graph::new(&source).mermaid(), "flowchart TD\n    a[a]\n    b[b]\n    a --> b\n");
}
