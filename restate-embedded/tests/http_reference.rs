//! `docs/reference/http.md` has the methods of each route; `cargo xtask check` compares the routes themselves.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use support::{
    World,
    http::{post, request},
};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/http.md");

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

const NOT_ALLOWED: u16 = 405;
const NOT_IMPLEMENTED: u16 = 501;

#[tokio::test]
async fn the_page_has_the_methods_of_each_route() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = world.engine().data_dir(directory.path());
    let engine = engine.ingress("127.0.0.1:0").admin("127.0.0.1:0").start().await.unwrap();
    let (ingress, admin) = (engine.ingress_addr().unwrap(), engine.admin_addr().unwrap());
    post(ingress, "/Worker/await_awakeable/send", "\"\"").await;
    let awakeable = world.next_line(0).await.replace("awakeable ", "");

    let page = fs::read_to_string(PAGE).unwrap();
    let mut differences = Vec::new();
    for (heading, address) in [("\n## Ingress\n", ingress), ("\n## Admin interface\n", admin)] {
        let (_, section) = page.split_once(heading).unwrap();
        let documented = documented(section.split("\n## ").next().unwrap());
        assert!(documented.len() > 15, "{heading}: {documented:?}");
        for (path, methods) in documented {
            for method in METHODS {
                let line = format!("{method} {}", with_parameters(path, &awakeable));
                let json = ("content-type", "application/json");
                let status = request(address, &line, &[json], b"").await.status;
                let is_right = match methods.contains(method) {
                    true => status != NOT_ALLOWED,
                    // What is not implemented is refused whatever the method.
                    false => [NOT_ALLOWED, NOT_IMPLEMENTED].contains(&status),
                };
                if !is_right {
                    differences.push(format!("{method} {path}: the answer to {line} is {status}"));
                }
            }
        }
    }
    let found = differences.join("\n");
    assert!(
        differences.is_empty(),
        "docs/reference/http.md has other methods than the engine:\n{found}"
    );
    engine.shutdown().await.unwrap();
}

/// The methods of each path in the first column of tables.
fn documented(section: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut paths = BTreeMap::<_, BTreeSet<_>>::new();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    // Other tables are of headers.
    for (method, path) in cells.filter_map(|cell| cell.split_once(' ')) {
        paths.entry(path).or_default().insert(method);
    }
    paths
}

/// A path with values that routes accept.
fn with_parameters(path: &str, awakeable: &str) -> String {
    let (service, handler) = match path {
        _ if path.starts_with("/services") => ("Counter", "add"),
        _ if path.starts_with("/restate/workflow") => ("Signup", "run"),
        // The path of the handler follows, which the page does not repeat.
        _ if path.starts_with("/restate") => ("Worker/echo", ""),
        _ if path.contains("{key}") => ("Counter", "add"),
        _ => ("Worker", "echo"),
    };
    let id = match path {
        _ if path.starts_with("/deployments") => "dp_10000000000000000000001",
        _ if path.starts_with("/restate/a") && !path.starts_with("/restate/attach") => awakeable,
        _ => "inv_10011223344556677889900aabbccddee",
    };
    let path = path.replace("{service}", service).replace("{handler}", handler);
    path.replace("{id}", id).replace("{operation}", "kill").replace(['{', '}'], "")
}
