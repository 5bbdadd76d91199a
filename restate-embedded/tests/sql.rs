//! SQL in the admin interface: what it may do, and what bounds it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

mod support;

use std::{net::SocketAddr, time::Duration};

use restate_embedded::{Engine, SqlLimits};
use serde_json::{Value, json};
use support::{
    World, counter,
    http::{Response, get, post},
};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

/// Counts to infinity.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

struct Setup {
    engine: Engine,
    admin: SocketAddr,
    directory: TempDir,
}

async fn start(limits: SqlLimits) -> Setup {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = world.engine().data_dir(directory.path()).admin("127.0.0.1:0");
    let engine = engine.sql_limits(limits).start().await.unwrap();
    let admin = engine.admin_addr().unwrap();
    Setup { engine, admin, directory }
}

impl Setup {
    async fn sql(&self, query: &str) -> Response {
        post(self.admin, "/query", &json!({ "query": query }).to_string()).await
    }

    async fn rows(&self, query: &str) -> Value {
        let found = self.sql(query).await;
        assert_eq!(found.status, 200, "{query}: {}", found.text());
        found.json()["rows"].clone()
    }

    async fn refused(&self, query: &str, status: u16, reason: &str) {
        let refused = self.sql(query).await;
        assert_eq!(refused.status, status, "{query}: {}", refused.text());
        let message = refused.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(reason), "{query}: {message}");
    }

    /// Sends a query and does not read the response.
    async fn send(&self, query: &str) -> TcpStream {
        let body = json!({ "query": query }).to_string();
        let request = format!(
            "POST /query HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.admin,
            body.len()
        );
        let mut stream = TcpStream::connect(self.admin).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// The engine runs handlers and stores what they do.
    async fn works(&self) {
        let _: i64 = counter(&self.engine.client(), "k", "add", 1_i64).await.unwrap();
    }
}

/// How many threads of this process run queries.
#[cfg(target_os = "linux")]
fn running() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim_end() == "restate-sql").count()
}

#[tokio::test]
async fn only_reads_and_functions_are_allowed() {
    let setup = start(SqlLimits::new()).await;
    setup.works().await;
    for (query, what) in [
        ("PRAGMA hard_heap_limit=1", "PRAGMA hard_heap_limit"),
        ("PRAGMA soft_heap_limit=1", "PRAGMA soft_heap_limit"),
        ("PRAGMA user_version", "PRAGMA user_version"),
        ("EXPLAIN PRAGMA hard_heap_limit=1", "PRAGMA hard_heap_limit"),
        ("SELECT * FROM pragma_table_list", "PRAGMA table_list"),
        ("SELECT * FROM pragma_hard_heap_limit", "PRAGMA hard_heap_limit"),
        ("ATTACH DATABASE 'other.sqlite' AS other", "ATTACH"),
        ("DETACH main", "DETACH"),
        ("VACUUM INTO 'copy.sqlite'", "VACUUM"),
        ("VACUUM", "not allowed"),
        ("CREATE TEMP TABLE t (x)", "a change of the database"),
        ("CREATE TEMP TABLE t AS SELECT 1", "a change of the database"),
        ("CREATE TEMP VIEW v AS SELECT 1", "a change of the database"),
        (
            "CREATE TEMP TRIGGER t AFTER INSERT ON state BEGIN SELECT 1; END",
            "a change of the database",
        ),
        ("CREATE VIRTUAL TABLE temp.t USING fts5(x)", "a change of the database"),
        ("CREATE TABLE t (x)", "a change of the database"),
        ("CREATE INDEX i ON state (name)", "a change of the database"),
        ("DROP TABLE state", "a change of the database"),
        ("ALTER TABLE state RENAME TO s", "a change of the database"),
        ("REINDEX", "a change of the database"),
        ("ANALYZE", "a change of the database"),
        ("INSERT INTO state SELECT * FROM state", "a change of the database"),
        ("UPDATE state SET value = 1", "a change of the database"),
        ("DELETE FROM state", "a change of the database"),
        ("BEGIN EXCLUSIVE", "a transaction"),
        ("COMMIT", "a transaction"),
        ("SAVEPOINT s", "a transaction"),
        ("SELECT load_extension('x.so')", "load_extension"),
    ] {
        setup.refused(query, 400, what).await;
        setup.refused(query, 400, "only SELECT").await;
    }
    setup.refused("SELECT 1; SELECT 2", 400, "one statement").await;
    setup.refused("SELECT nonsense", 400, "nonsense").await;
    setup.refused("", 400, "query").await;
    assert_eq!(
        setup.rows("SELECT upper(key) AS key FROM main.state").await,
        json!([{ "key": "K" }])
    );
    let nested = "SELECT * FROM json_each('[1]') WHERE value IN (VALUES (1), (2))";
    assert_eq!(setup.rows(nested).await.as_array().unwrap().len(), 1);
    setup.works().await;
}

#[tokio::test]
async fn an_endless_query_ends_at_its_deadline() {
    let setup = start(SqlLimits::new().timeout(Duration::from_millis(100))).await;
    setup.refused(ENDLESS, 400, "longer than 100ms").await;
    let slow_to_prepare = format!(
        "WITH t0 AS (SELECT 1 AS x){} SELECT count(*) FROM t24",
        (0..24)
            .map(|n| format!(", t{} AS (SELECT a.x FROM t{n} a, t{n} b)", n + 1))
            .collect::<String>()
    );
    let refused = setup.sql(&slow_to_prepare).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    setup.works().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_ends_when_its_client_goes_away_or_the_engine_stops() {
    // Other tests of this file run queries, too; theirs end.
    let setup = start(SqlLimits::new().timeout(Duration::from_secs(3600))).await;
    let before = running();
    let clients = [setup.send(ENDLESS).await, setup.send(ENDLESS).await];
    until(|| running() >= before + 2).await;
    drop(clients);
    // The limit is four: more than that would wait for ever if the first ones still ran.
    let clients = [setup.send(ENDLESS).await, setup.send(ENDLESS).await, setup.send(ENDLESS).await];
    assert_eq!(setup.rows("SELECT 1 AS one").await, json!([{ "one": 1 }]));
    let stopped = tokio::time::timeout(Duration::from_secs(4), setup.engine.shutdown());
    stopped.await.expect("connections must not wait for queries").unwrap();
    drop(clients);
}

#[cfg(target_os = "linux")]
async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn queries_beyond_the_limit_are_told_to_come_back_and_do_not_delay_others() {
    let limits = SqlLimits::new().timeout(Duration::from_millis(300)).concurrency(1);
    let setup = start(limits).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(setup.send(ENDLESS).await);
    }
    // At least one of these is neither run nor refused before its turn.
    let refused = setup.sql("SELECT 1").await;
    if refused.status != 200 {
        assert_eq!(refused.status, 503, "{}", refused.text());
        assert!(refused.text().contains("1 at a time"), "{}", refused.text());
        assert!(refused.header("retry-after").is_some());
    }
    assert_eq!(get(setup.admin, "/invocations").await.status, 200);
    setup.works().await;
}

#[tokio::test]
async fn rows_bytes_and_values_are_bounded() {
    let limits = SqlLimits::new().rows(3).bytes(1000).value_bytes(16 * 1024);
    let setup = start(limits).await;
    let counted = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    for (query, rows) in [
        (format!("{counted} SELECT i FROM n"), 3),
        (format!("{counted} SELECT hex(randomblob(200)) AS text FROM n"), 2),
        (format!("{counted} SELECT i AS \"{}\" FROM n", "n".repeat(600)), 1),
    ] {
        let found = setup.sql(&query).await.json();
        assert_eq!(found["rows"].as_array().unwrap().len(), rows, "{query}");
        assert_eq!(found["truncated"], true, "{query}");
    }
    setup.refused("SELECT length(hex(zeroblob(10000)))", 400, "more than 16384 bytes").await;
    setup.refused("SELECT zeroblob(1000000000)", 400, "more than 16384 bytes").await;
    setup.refused(&format!("SELECT '{}'", "x".repeat(20_000)), 400, "at most 16384").await;
}

#[tokio::test]
async fn a_query_that_needs_too_much_of_sqlite_is_refused() {
    let setup = start(SqlLimits::new()).await;
    let columns = vec!["1"; 1000].join(", ");
    for query in [
        format!("SELECT {columns}"),
        format!("SELECT {}1{}", "abs(".repeat(2000), ")".repeat(2000)),
        format!("SELECT {}1", "~".repeat(5000)),
        vec!["SELECT 1"; 400].join(" UNION ALL "),
        format!("SELECT 1 -- {}", "x".repeat(100_000)),
        format!("SELECT 'x' LIKE '{}'", "%_".repeat(5000)),
    ] {
        let refused = setup.sql(&query).await;
        assert_eq!(refused.status, 400, "{}: {}", &query[..40], refused.text());
    }
    setup.works().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_sort_uses_no_disk_and_little_memory() {
    let setup = start(SqlLimits::new().memory(64 * 1024 * 1024)).await;
    let sorted = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) \
                  SELECT hex(randomblob(50000)) AS x FROM n ORDER BY x";
    setup.refused(sorted, 400, "64 MiB of memory").await;
    let small = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) \
                 SELECT count(*) AS n FROM (SELECT hex(randomblob(500)) AS x FROM n ORDER BY x)";
    assert_eq!(setup.rows(small).await, json!([{ "n": 1000 }]));
    drop(setup.directory);
}
