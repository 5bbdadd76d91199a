//! Encryption of what is stored: what the files do not show, rotation, wrong keys, and changed files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::{fs, path::Path, process::Command, time::Duration};

use restate_core::{Context, HandlerResult, ObjectContext, SharedObjectContext, TerminalError};
use restate_embedded::{ClientError, EncryptionKeys, Engine, EngineBuildError, EngineBuilder};
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use support::{
    World, call, counter,
    http::{get, post},
    signup,
};
use tempfile::TempDir;

const SECRET: &str = "secret";

#[restate_core::object]
trait Safe {
    /// Stores a text, after a run step and an answer from outside, and returns it.
    async fn put(&self, ctx: ObjectContext<'_>, text: String) -> HandlerResult<String>;

    #[shared]
    async fn take(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<String>;
}

#[restate_core::service]
trait Refuser {
    async fn refuse(&self, ctx: Context<'_>, text: String) -> HandlerResult<()>;
}

#[derive(Clone)]
struct Vault(World);

impl Safe for Vault {
    async fn put(&self, ctx: ObjectContext<'_>, text: String) -> HandlerResult<String> {
        let step = text.clone();
        let text: String = ctx.run(|| async move { Ok(step) }).await?;
        let answer = ctx.awakeable::<String>();
        self.0.log(format!("awakeable {}", answer.id()));
        let answer = answer.await?;
        ctx.set("text", format!("{text} {answer}"));
        Ok(text)
    }

    async fn take(&self, ctx: SharedObjectContext<'_>) -> HandlerResult<String> {
        Ok(ctx.get("text").await?.unwrap_or_default())
    }
}

impl Refuser for Vault {
    async fn refuse(&self, _: Context<'_>, text: String) -> HandlerResult<()> {
        Err(TerminalError::new(text).into())
    }
}

fn keys(id: &str, byte: u8) -> EncryptionKeys {
    EncryptionKeys::new(id, [byte; 32])
}

fn builder(world: &World, directory: &Path) -> EngineBuilder {
    let vault = Vault(world.clone());
    let builder =
        world.engine().bind(SafeServer::new(vault.clone())).bind(RefuserServer::new(vault));
    // A handler waits at its gate in one of the tests.
    let builder = builder.shutdown_timeout(Duration::from_millis(10));
    builder.data_dir(directory).admin("127.0.0.1:0")
}

async fn start(world: &World, directory: &Path, keys: EncryptionKeys) -> Engine {
    builder(world, directory).encryption(keys).start().await.unwrap()
}

async fn refused(directory: &Path, keys: Option<EncryptionKeys>) -> String {
    let builder = builder(&World::default(), directory);
    let builder = match keys {
        Some(keys) => builder.encryption(keys),
        None => builder,
    };
    let error = builder.start().await.unwrap_err();
    assert!(matches!(error, EngineBuildError::Database { .. }), "{error}");
    error.to_string()
}

async fn add(engine: &Engine, key: &str, number: i64) -> i64 {
    counter(&engine.client(), key, "add", number).await.unwrap()
}

async fn total(engine: &Engine, key: &str) -> Result<i64, ClientError> {
    counter(&engine.client(), key, "get", ()).await
}

/// Calls handlers with secrets, of every kind that is stored. Returns the id of `Safe/put`.
async fn fill(world: &World, engine: &Engine) -> String {
    let client = engine.client();
    let begun = world.lines().len();
    let put = SafeClient::new(client.clone(), "k").put(format!("{SECRET}-put")).one_way();
    let put = put.await.unwrap();
    let id = world.next_line(begun).await.strip_prefix("awakeable ").unwrap().to_owned();
    client.awakeable(id).resolve(&format!("{SECRET}-answer")).await.unwrap();
    let result: String = put.attach().await.unwrap();
    assert_eq!(result, "secret-put");
    let refusal = RefuserClient::new(client.clone()).refuse(format!("{SECRET}-no")).one_way();
    let refusal = refusal.await.unwrap().attach::<()>().await.unwrap_err();
    assert!(refusal.to_string().contains("secret-no"), "{refusal}");
    let run = signup::<_, _, String>(&client, "k", "run", String::new()).one_way().await.unwrap();
    let code = format!("{SECRET}-code");
    client.workflow("Signup", "k").promise("code").resolve(code).await.unwrap();
    drop(run.attach::<String>().await.unwrap());
    put.invocation_id().to_string()
}

/// Whether a text is in the files of a data directory, as they are now.
fn is_stored(directory: &Path, text: &str) -> bool {
    fs::read_dir(directory).unwrap().any(|file| {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

fn command_line(directory: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
    let output = command.args(arguments).arg("--json").arg("--data").arg(directory).output();
    let output = output.unwrap();
    let text = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn the_files_do_not_show_what_a_new_engine_reads() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let directory = directory.path();
    let engine = start(&world, directory, keys("k1", 1)).await;
    let id = fill(&world, &engine).await;
    assert!(!is_stored(directory, SECRET), "in the log");
    assert!(is_stored(directory, "Refuser"), "the files that are searched have the invocations");
    engine.shutdown().await.unwrap();
    assert!(!is_stored(directory, SECRET), "in the database");

    let engine = start(&world, directory, keys("k1", 1)).await;
    let client = SafeClient::new(engine.client(), "k");
    assert_eq!(client.take().await.unwrap(), "secret-put secret-answer");
    let result: String = engine.client().invocation(id.as_str()).attach().await.unwrap();
    assert_eq!(result, "secret-put");
    let admin = engine.admin_addr().unwrap();
    let journal = get(admin, &format!("/invocations/{id}/journal")).await.json();
    assert_eq!(journal["entries"][0]["value"], "secret-put", "{journal}");
    assert_eq!(journal["result"]["value"], "secret-put", "{journal}");
    let other = format!("{}1", &id[..id.len() - 1]);
    assert_eq!(get(admin, &format!("/invocations/{other}/journal")).await.status, 404);
    let query =
        json!({ "query": "SELECT value FROM main.state UNION ALL SELECT output FROM promise" });
    let rows = post(admin, "/query", &query.to_string()).await.json();
    for row in rows["rows"].as_array().unwrap() {
        assert_eq!(row["value"], "[encrypted with key `k1`]", "{rows}");
    }
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_invocation_that_is_under_way_continues_with_its_journal() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = start(&world, directory.path(), keys("k1", 1)).await;
    let put = SafeClient::new(engine.client(), "k").put("text".to_owned()).one_way().await.unwrap();
    let put = put.invocation_id().clone();
    let awakeable = world.next_line(0).await.strip_prefix("awakeable ").unwrap().to_owned();
    drop(engine);
    let engine = loop {
        // The thread of the engine that was dropped lets go of the directory when it has noticed.
        match builder(&world, directory.path()).encryption(keys("k1", 1)).start().await {
            Ok(engine) => break engine,
            Err(EngineBuildError::DirectoryInUse { .. }) => tokio::task::yield_now().await,
            Err(error) => unreachable!("{error}"),
        }
    };
    engine.client().awakeable(awakeable).resolve(&"answer".to_owned()).await.unwrap();
    let result: String = engine.client().invocation(put).attach().await.unwrap();
    assert_eq!(result, "text");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_former_key_is_needed_until_its_values_are_written_again() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let directory = directory.path();
    let engine = start(&world, directory, keys("k1", 1)).await;
    add(&engine, "a", 1).await;
    add(&engine, "b", 2).await;
    engine.shutdown().await.unwrap();

    let rotated = || keys("k2", 2).former("k1", [1; 32]);
    let engine = start(&world, directory, rotated()).await;
    assert_eq!(add(&engine, "a", 1).await, 2);
    assert_eq!(total(&engine, "b").await.unwrap(), 2);
    engine.shutdown().await.unwrap();
    let error = refused(directory, Some(keys("k2", 2))).await;
    assert!(error.contains("with key `k1`, which the engine does not have"), "{error}");
    assert!(error.contains("`.encryption(..)`, as a former one"), "{error}");

    let engine = start(&world, directory, rotated()).await;
    add(&engine, "b", 1).await;
    engine.shutdown().await.unwrap();
    let engine = start(&world, directory, keys("k2", 2)).await;
    assert_eq!((total(&engine, "a").await.unwrap(), total(&engine, "b").await.unwrap()), (2, 3));
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_engine_without_the_right_key_does_not_start() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let directory = directory.path();
    let engine = start(&world, directory, keys("k1", 1)).await;
    add(&engine, "a", 1).await;
    engine.shutdown().await.unwrap();
    let error = refused(directory, None).await;
    assert!(error.contains("encrypted with key `k1`, which the engine does not have"), "{error}");
    let error = refused(directory, Some(keys("k1", 9))).await;
    assert!(error.contains("another key that had the id `k1`"), "{error}");
    let engine = start(&world, directory, keys("k1", 1)).await;
    assert_eq!(total(&engine, "a").await.unwrap(), 1);
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn values_from_before_encryption_are_read_and_encrypted_when_they_are_written() {
    /// What could be taken for a value that is encrypted with key `x`.
    const FORGED: &[u8] = b"\xffrstEnc\x01\x01xforged";

    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let directory = directory.path();
    let engine = builder(&world, directory).start().await.unwrap();
    add(&engine, "a", 1).await;
    let admin = engine.admin_addr().unwrap();
    let path = "PUT /services/Counter/state/forged/value";
    let set = support::http::request(admin, path, &[], FORGED).await;
    assert_eq!(set.status, 200, "{}", set.text());
    engine.shutdown().await.unwrap();

    let engine = start(&world, directory, keys("k1", 1)).await;
    assert_eq!(total(&engine, "a").await.unwrap(), 1);
    let admin = engine.admin_addr().unwrap();
    let state = get(admin, "/services/Counter/state/forged").await;
    // The value itself begins so; it is no value of the engine.
    assert_eq!(state.json()["state"]["value"], "[encrypted with key `x`]", "{}", state.text());
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn all_values_are_encrypted_again_on_request() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let directory = directory.path();
    let engine = builder(&world, directory).start().await.unwrap();
    let id = fill(&world, &engine).await;
    engine.shutdown().await.unwrap();
    assert!(is_stored(directory, SECRET));

    let rotations = [keys("k1", 1), keys("k2", 2).former("k1", [1; 32])];
    for (keys, former) in rotations.into_iter().zip([SECRET, "rstEnc\x01\x02k1"]) {
        let engine = builder(&world, directory).encryption(keys).reencrypt().start().await.unwrap();
        engine.shutdown().await.unwrap();
        assert!(!is_stored(directory, former), "{former}");
    }
    let engine = start(&world, directory, keys("k2", 2)).await;
    let client = SafeClient::new(engine.client(), "k");
    assert_eq!(client.take().await.unwrap(), "secret-put secret-answer");
    let result: String = engine.client().invocation(id.as_str()).attach().await.unwrap();
    assert_eq!(result, "secret-put");
    let journal = format!("/invocations/{id}/journal");
    let journal = get(engine.admin_addr().unwrap(), &journal).await.json();
    assert_eq!(journal["entries"][2]["value"], "secret-put", "{journal}");
    let peeked = engine.client().workflow("Signup", "k").promise::<String>("code").peek();
    assert_eq!(peeked.await.unwrap().unwrap(), "secret-code");
    engine.shutdown().await.unwrap();
}

/// Changes the stored state of two objects, as nobody but an attacker does.
async fn attacked(attack: impl FnOnce(&Connection)) -> (ClientError, String) {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let engine = start(&world, directory.path(), keys("k1", 1)).await;
    add(&engine, "a", 1).await;
    add(&engine, "b", 2).await;
    engine.shutdown().await.unwrap();
    let connection = Connection::open(directory.path().join("restate.sqlite")).unwrap();
    attack(&connection);
    drop(connection);
    let engine = start(&world, directory.path(), keys("k1", 1)).await;
    let failed = total(&engine, "a").await.unwrap_err();
    (failed, engine.shutdown().await.unwrap_err().to_string())
}

#[tokio::test]
async fn a_value_that_was_changed_is_refused() {
    let (_, error) = attacked(|connection| {
        let sql = "SELECT value FROM state WHERE key = 'a'";
        let mut value: Vec<u8> = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        *value.last_mut().unwrap() ^= 1;
        connection.execute("UPDATE state SET value = ?1 WHERE key = 'a'", params![value]).unwrap();
    })
    .await;
    assert!(error.contains("encrypted with key `k1` cannot be decrypted"), "{error}");
    assert!(error.contains("changed or moved in the file: restore a backup"), "{error}");
}

#[tokio::test]
async fn values_that_were_swapped_are_refused() {
    let (_, error) = attacked(|connection| {
        let sql = "UPDATE state SET value = (SELECT value FROM state WHERE key = 'b') \
                   WHERE key = 'a'";
        connection.execute(sql, []).unwrap();
    })
    .await;
    assert!(error.contains("changed or moved in the file"), "{error}");
}

#[tokio::test]
async fn the_command_line_says_which_key_hides_a_value() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let directory = directory.path();
    let engine = start(&world, directory, keys("k1", 1)).await;
    let id = fill(&world, &engine).await;
    let gated = call::<_, _, String>(&engine.client(), "gated", SECRET.to_owned()).one_way();
    let gated = gated.await.unwrap().invocation_id().to_string();
    world.until("waiting secret").await;
    engine.shutdown().await.unwrap();

    let hidden = json!("[encrypted with key `k1`]");
    let parsed = |(success, text): (bool, String)| -> Value {
        assert!(success, "{text}");
        assert!(!text.contains(SECRET), "{text}");
        serde_json::from_str(&text).unwrap()
    };
    let described = parsed(command_line(directory, &["describe", &id]));
    assert_eq!(
        (&described["status"], &described["target"]),
        (&json!("succeeded"), &json!("Safe/k/put"))
    );
    assert_eq!(described["journal"][0]["type"], hidden, "{described}");
    assert_eq!(described["result"]["value"], hidden, "{described}");
    let state = parsed(command_line(directory, &["state", "get", "Safe", "k"]));
    assert_eq!(state, json!({ "text": hidden }));
    let rows = parsed(command_line(
        directory,
        &["sql", "SELECT value FROM main.state WHERE key = 'k' AND service = 'Safe'"],
    ));
    assert_eq!(rows, json!([{ "value": hidden }]));
    parsed(command_line(directory, &["kill", &gated]));
    let (success, error) = command_line(directory, &["restart", &id]);
    assert!(!success && error.contains("its input is [encrypted with key `k1`]"), "{error}");

    let engine = start(&world, directory, keys("k1", 1)).await;
    let client = SafeClient::new(engine.client(), "k");
    assert_eq!(client.take().await.unwrap(), "secret-put secret-answer");
    let killed = engine.client().invocation(gated.as_str()).attach::<String>().await.unwrap_err();
    assert!(killed.to_string().contains("kill"), "{killed}");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_backup_is_encrypted_as_the_database_is() {
    let (world, directory) = (World::default(), tempfile::tempdir().unwrap());
    let copy = TempDir::new().unwrap();
    let engine = start(&world, directory.path(), keys("k1", 1)).await;
    fill(&world, &engine).await;
    let file = copy.path().join("restate.sqlite");
    let (success, error) = command_line(directory.path(), &["backup", file.to_str().unwrap()]);
    assert!(success, "{error}");
    engine.shutdown().await.unwrap();
    assert!(!is_stored(copy.path(), SECRET));
    let engine = start(&world, copy.path(), keys("k1", 1)).await;
    let client = SafeClient::new(engine.client(), "k");
    assert_eq!(client.take().await.unwrap(), "secret-put secret-answer");
    engine.shutdown().await.unwrap();
}
