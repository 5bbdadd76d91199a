//! What a Restate server answers its command line, and whether ours has the same form.

use std::collections::BTreeSet;

use http::Method;
use restate_tests::{client, server::RestateServer};
use serde_json::{Value, json};

use crate::setup::{Platform, json_of, remote};

/// Tables that a Restate server of this version has, too.
const TABLES: [&str; 12] = [
    "state",
    "sys_deployment",
    "sys_inbox",
    "sys_invocation",
    "sys_invocation_state",
    "sys_invocation_status",
    "sys_journal",
    "sys_journal_events",
    "sys_keyed_service_status",
    "sys_promise",
    "sys_rules",
    "sys_service",
];

async fn columns(admin: std::net::SocketAddr, table: &str) -> BTreeSet<String> {
    let sql = "SELECT column_name FROM information_schema.columns WHERE table_name = ";
    let body = json!({ "query": format!("{sql}'{table}'") }).to_string();
    let headers = [("content-type", "application/json"), ("accept", "application/json")];
    let answer =
        client::send(admin, Method::POST, "/v4/query", &headers, body.into()).await.unwrap();
    let rows = json_of(&answer)["rows"].clone();
    let names = rows.as_array().unwrap().iter().map(|row| row["column_name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_have_the_columns_of_a_restate_server() {
    let platform = Platform::start().await;
    let server = RestateServer::start().await;
    for table in TABLES {
        let mut theirs = columns(server.admin(), table).await;
        assert!(!theirs.is_empty(), "{table}");
        // There are no partitions here.
        theirs.remove("partition_key");
        assert_eq!(columns(platform.admin(), table).await, theirs, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listings_have_the_fields_of_a_restate_server() {
    let platform = Platform::start().await;
    let server = RestateServer::start().await;
    let endpoint = remote().await;
    let body = json!({ "uri": format!("http://{}", endpoint.address()), "metadata": { "a": "b" } });
    let mut answers = Vec::new();
    for admin in [server.admin(), platform.admin()] {
        let registered =
            client::post_json(admin, "/v4/deployments", body.to_string()).await.unwrap();
        let id = json_of(&registered)["id"].as_str().unwrap().to_owned();
        let mut shown = vec![(registered.status, json_of(&registered))];
        for path in [format!("/v4/deployments/{id}"), "/v4/services/cli.v1.Remote".to_owned()] {
            let answer = client::get(admin, &path).await.unwrap();
            shown.push((answer.status, json_of(&answer)));
        }
        answers.push(shown);
    }
    let [theirs, ours] = &answers[..] else { panic!("two platforms") };
    for ((their_status, theirs), (our_status, ours)) in theirs.iter().zip(ours) {
        assert_eq!(our_status, their_status);
        let missing = missing(theirs, ours, "");
        assert!(missing.is_empty(), "{missing:?} of {theirs} in {ours}");
    }
}

/// The fields of `theirs` that `ours` does not have, or has with another type.
fn missing(theirs: &Value, ours: &Value, at: &str) -> Vec<String> {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => theirs
            .iter()
            .flat_map(|(name, value)| match ours.get(name) {
                Some(ours) => missing(value, ours, &format!("{at}.{name}")),
                None => vec![format!("{at}.{name}")],
            })
            .collect(),
        (Value::Array(theirs), Value::Array(ours)) => {
            theirs.iter().zip(ours).flat_map(|(a, b)| missing(a, b, at)).collect()
        }
        (Value::Null, _) | (_, Value::Null) => Vec::new(),
        _ if std::mem::discriminant(theirs) == std::mem::discriminant(ours) => Vec::new(),
        _ => vec![format!("{at}: {theirs} and {ours}")],
    }
}
