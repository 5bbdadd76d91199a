//! `restate sql`.

use http::Method;
use restate_tests::client;
use serde_json::{Value, json};

use crate::setup::{Platform, has, json_of, nothing, remote};

/// What a query prints as JSON.
fn rows(platform: &Platform, query: &str) -> Vec<Value> {
    let printed = platform.prints(&["sql", query, "--json"]);
    let end = printed.rfind(']').unwrap_or_else(|| panic!("{printed}"));
    serde_json::from_str(&printed[..=end]).unwrap_or_else(|_| panic!("{printed}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_is_read_over_arrow() {
    let platform = Platform::start().await;
    let endpoint = remote().await;
    let url = format!("http://{}", endpoint.address());
    platform.prints(&["deployments", "register", &url]);
    platform.prints(&["rules", "set", "orders/*", "--concurrency", "5"]);
    platform.call("/cli.v1.Counter/k/add", &json!(7)).await;
    let holding = platform.send("/cli.v1.Counter/k/hold", &nothing()).await;
    platform.until(&holding, "running").await;
    let behind = platform.send("/cli.v1.Counter/k/add", &json!(1)).await;
    let failing = platform.send("/cli.v1.Greeter/fail", &nothing()).await;
    platform.until(&failing, "backing-off").await;
    let workflow = platform.send("/BlockAndWaitWorkflow/w/run", &json!("input")).await;
    platform.until(&workflow, "running").await;
    let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
    let ingress = platform.engine.ingress_addr().unwrap();
    let greeted =
        client::send(ingress, Method::POST, "/cli.v1.Greeter/greet", &headers, "\"you\"".into());
    assert_eq!(greeted.await.unwrap().status, 200);

    let found = rows(&platform, &format!("SELECT * FROM sys_invocation WHERE id = '{failing}'"));
    let [found] = &found[..] else { panic!("{found:?}") };
    assert_eq!(found["status"], "backing-off");
    assert_eq!(found["target_service_ty"], "service");
    assert_eq!(found["retry_count"], 1);
    assert_eq!(found["pinned_deployment_id"], "dp_10000000000000000000000");
    assert_eq!(found["journal_size"], 2);
    assert!(found["created_at"].as_str().unwrap().ends_with('Z'), "{found}");
    assert!(found["next_retry_at"].as_str().unwrap().ends_with('Z'), "{found}");
    let sql = format!("SELECT status, target FROM sys_invocation_status WHERE id = '{behind}'");
    assert_eq!(
        rows(&platform, &sql),
        [json!({ "status": "inboxed", "target": "cli.v1.Counter/k/add" })]
    );
    let sql =
        format!("SELECT in_flight, last_failure FROM sys_invocation_state WHERE id = '{failing}'");
    let state = rows(&platform, &sql);
    assert_eq!(state[0]["in_flight"], false, "{state:?}");
    has(state[0]["last_failure"].as_str().unwrap(), &["the printer is on fire"]);
    let sql = format!(
        "SELECT sj.index, entry_type, name, completed, version FROM sys_journal sj WHERE id = '{failing}' ORDER BY index"
    );
    assert_eq!(
        rows(&platform, &sql),
        [
            json!({ "index": 0, "entry_type": "Command: Input", "completed": true, "version": 2 }),
            json!({ "index": 1, "entry_type": "Command: Run", "name": "print", "completed": false, "version": 2 }),
        ]
    );
    let sql = "SELECT event_type, event_json FROM sys_journal_events";
    let events = rows(&platform, sql);
    assert_eq!(events[0]["event_type"], "TransientError", "{events:?}");
    let sql = "SELECT service_name, service_key, id FROM sys_inbox";
    let inbox = json!({ "service_name": "cli.v1.Counter", "service_key": "k", "id": behind });
    assert_eq!(rows(&platform, sql), [inbox]);
    let sql = "SELECT * FROM sys_keyed_service_status WHERE service_name LIKE 'cli.%'";
    let held =
        json!({ "service_name": "cli.v1.Counter", "service_key": "k", "invocation_id": holding });
    assert_eq!(rows(&platform, sql), [held]);
    let sql = "SELECT service_handler, idempotency_key FROM sys_idempotency";
    assert_eq!(
        rows(&platform, sql),
        [json!({ "service_handler": "greet", "idempotency_key": "once" })]
    );
    let sql = "SELECT service_key, key, completed FROM sys_promise";
    let sql = rows(&platform, sql);
    assert_eq!(sql, [json!({ "service_key": "w", "key": "my-promise", "completed": false })]);
    let sql =
        "SELECT service_key, key, value, value_utf8, value_length FROM state WHERE key = 'count'";
    let value = json!({ "service_key": "k", "key": "count", "value": "37", "value_utf8": "7", "value_length": 1 });
    assert_eq!(rows(&platform, sql), [value]);
    let services = rows(&platform, "SELECT * FROM sys_service WHERE ty = 'virtual_object'");
    assert_eq!(
        services,
        [json!({
            "name": "cli.v1.Counter", "revision": 1, "public": true, "ty": "virtual_object",
            "deployment_id": "dp_10000000000000000000000",
        })]
    );
    let deployments = rows(&platform, "SELECT endpoint, ty FROM sys_deployment ORDER BY ty");
    assert_eq!(
        deployments,
        [
            json!({ "endpoint": format!("{url}"), "ty": "http" }),
            json!({ "endpoint": "in-process://localhost/", "ty": "in-process" }),
        ]
    );
    let rules = rows(&platform, "SELECT pattern, concurrency, disabled FROM sys_rules");
    assert_eq!(rules, [json!({ "pattern": "orders/*", "concurrency": 5, "disabled": false })]);
    let count = rows(
        &platform,
        "SELECT COUNT(*) AS n FROM information_schema.columns WHERE table_name = 'sys_rules'",
    );
    assert_eq!(count, [json!({ "n": 6 })]);
    has(
        &platform.prints(&["sql", "SELECT pattern FROM sys_rules"]),
        &["PATTERN", "orders/*", "1 rows"],
    );
    has(&platform.prints(&["sql", "SELECT pattern FROM sys_rules WHERE false"]), &["0 rows"]);

    let promised = platform.call("/BlockAndWaitWorkflow/w/unblock", &json!("output")).await;
    assert!(promised.status.is_success(), "{}", promised.text());
    platform.until(&workflow, "succeeded").await;
    let promises =
        rows(&platform, "SELECT completed, completion_success_value_utf8 AS v FROM sys_promise");
    assert_eq!(promises, [json!({ "completed": true, "v": "\"output\"" })]);
    let kept = rows(
        &platform,
        "SELECT * FROM sys_invocation WHERE status = 'completed' AND target_service_ty = 'workflow'",
    );
    assert_eq!(
        (&kept[0]["id"], &kept[0]["completion_result"]),
        (&json!(workflow), &json!("success"))
    );
}

/// What the command line asks of servers from version 1.5 on; it takes this engine for an older one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_for_newer_servers_are_understood() {
    let platform = Platform::start().await;
    let failing = platform.send("/cli.v1.Greeter/fail", &nothing()).await;
    platform.until(&failing, "backing-off").await;
    let sql = format!(
        "SELECT inv.id, inv.status, inv.retry_count as num_retries, \
         dp.id IS NOT NULL as pinned_deployment_exists FROM sys_invocation inv \
         LEFT JOIN sys_deployment dp ON dp.id = inv.pinned_deployment_id \
         WHERE inv.target_service_name = 'cli.v1.Greeter' AND inv.id in ('{failing}') \
         ORDER BY inv.created_at DESC, inv.id"
    );
    let found = rows(&platform, &sql);
    assert_eq!(
        found,
        [json!({
            "id": failing, "status": "backing-off", "num_retries": 1, "pinned_deployment_exists": true,
        })]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_said() {
    let platform = Platform::start().await;
    has(&platform.refuses(&["sql", "SELECT * FROM sys_scheduler"]), &["no virtual queues"]);
    has(&platform.refuses(&["sql", "SELECT * FROM nobody"]), &["no such table: nobody"]);
    has(&platform.refuses(&["sql", "SELECT nobody FROM sys_service"]), &["no such column: nobody"]);
    has(&platform.refuses(&["sql", "DELETE FROM invocation"]), &["a change of the database"]);
    has(&platform.refuses(&["sql", "DELETE FROM sys_rules"]), &["no such table"]);
    let written = "WITH x AS (SELECT * FROM sys_rules) DELETE FROM sys_rules";
    has(&platform.refuses(&["sql", written]), &["a change of the database"]);
    has(&platform.refuses(&["kafka-clusters", "list"]), &["does not read from Kafka"]);
    has(&platform.refuses(&["subscriptions", "list"]), &["does not read from Kafka"]);
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    has(&platform.refuses(&["sql", endless]), &["more than 10000 rows", "LIMIT"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_is_as_restate_writes_it_below_a_version_and_readable_otherwise() {
    let platform = Platform::start().await;
    platform.call("/cli.v1.Counter/k/add", &json!(7)).await;
    let query = json!({ "query": "SELECT value, value IS NULL AS none FROM state" }).to_string();
    let ask = async |path, accept| {
        let headers = [("content-type", "application/json"), ("accept", accept)];
        let body = query.clone().into();
        client::send(platform.admin(), Method::POST, path, &headers, body).await.unwrap()
    };
    let versioned = ask("/v4/query", "application/json").await;
    assert_eq!(json_of(&versioned), json!({ "rows": [{ "value": "37", "none": false }] }));
    let readable = ask("/query", "*/*").await;
    let rows = json!([{ "value": 7, "none": false }]);
    assert_eq!(json_of(&readable), json!({ "rows": rows, "truncated": false }));
    for (path, accept) in [("/v2/query", "*/*"), ("/query", "application/vnd.apache.arrow.stream")]
    {
        let arrow = ask(path, accept).await;
        assert_eq!(arrow.header("content-type"), "application/vnd.apache.arrow.stream");
        assert!(arrow.body.starts_with(&[0xff; 4]), "{:?}", arrow.body);
    }
}
