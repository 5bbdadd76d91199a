//! The data directory: who can read it, and which files are accepted in it.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
};

use restate_embedded::{Engine, EngineBuildError};
use rusqlite::Connection;
use support::{World, counter};

async fn start(directory: &Path) -> Result<Engine, EngineBuildError> {
    World::default().engine().data_dir(directory).start().await
}

async fn refused(directory: &Path) -> String {
    start(directory).await.unwrap_err().to_string()
}

async fn add(engine: &Engine, number: i64) -> i64 {
    counter(&engine.client(), "k", "add", number).await.unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn modes_of_files(directory: &Path) -> Vec<(String, u32)> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let mut modes: Vec<_> = entries
        .map(|entry| (entry.file_name().into_string().unwrap(), mode(&entry.path())))
        .collect();
    modes.sort();
    modes
}

/// What a process that is killed leaves behind: all files as they are while the engine runs.
fn copy(from: &Path, to: &Path, files: &[&str]) {
    fs::create_dir_all(to).unwrap();
    for file in files {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
}

const DATABASE: &str = "restate.sqlite";
const LOG: &str = "restate.sqlite-wal";

#[tokio::test]
async fn only_the_user_can_read_the_data() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("new/data");
    let engine = start(&directory).await.unwrap();
    add(&engine, 1).await;
    assert_eq!(mode(&directory), 0o700);
    let expected = ["lock", DATABASE, "restate.sqlite-shm", LOG, "run", "running"];
    assert_eq!(modes_of_files(&directory), expected.map(|file| (file.to_owned(), 0o600)));
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn files_that_others_could_read_are_closed_to_them() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    start(directory).await.unwrap().shutdown().await.unwrap();
    for (file, _) in modes_of_files(directory) {
        fs::set_permissions(directory.join(file), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let engine = start(directory).await.unwrap();
    add(&engine, 1).await;
    assert!(modes_of_files(directory).iter().all(|(_, mode)| *mode == 0o600));
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn links_in_the_directory_are_not_followed() {
    let parent = tempfile::tempdir().unwrap();
    let victim = parent.path().join("victim");
    for (n, file) in ["lock", DATABASE].into_iter().enumerate() {
        let directory = parent.path().join(n.to_string());
        fs::create_dir(&directory).unwrap();
        fs::write(&victim, "precious").unwrap();
        symlink(&victim, directory.join(file)).unwrap();
        let error = refused(&directory).await;
        assert!(error.contains(&format!("{file}` is not a file of its own")), "{error}");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious", "{file}");

        // Also where the link leads nowhere: opening it would create the file.
        fs::remove_file(&victim).unwrap();
        refused(&directory).await;
        assert!(!victim.exists(), "{file}");
    }
    let directory = parent.path().join("run");
    fs::create_dir(&directory).unwrap();
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, directory.join("run.new")).unwrap();
    start(&directory).await.unwrap().shutdown().await.unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_not_changed() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join(DATABASE);
    let connection = Connection::open(&database).unwrap();
    connection.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
    drop(connection);
    let before = fs::read(&database).unwrap();
    let error = refused(directory.path()).await;
    assert!(error.contains("it belongs to another program"), "{error}");
    assert_eq!(fs::read(&database).unwrap(), before);
}

#[tokio::test]
async fn a_copy_without_its_log_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let (original, copied) = (parent.path().join("original"), parent.path().join("copied"));
    let engine = start(&original).await.unwrap();
    add(&engine, 5).await;
    copy(&original, &copied, &[DATABASE]);
    let error = refused(&copied).await;
    assert!(error.contains("without its log `restate.sqlite-wal`"), "{error}");
    // It is as it was: the log can still be added.
    copy(&original, &copied, &[LOG]);
    let second = start(&copied).await.unwrap();
    assert_eq!(add(&second, 0).await, 5);
    second.shutdown().await.unwrap();

    // Put back where it came from, after the engine has folded the log into what is replaced.
    copy(&original, &parent.path().join("saved"), &[DATABASE]);
    add(&engine, 1).await;
    engine.shutdown().await.unwrap();
    copy(&parent.path().join("saved"), &original, &[DATABASE]);
    let error = refused(&original).await;
    assert!(error.contains("without its log `restate.sqlite-wal`"), "{error}");
}

#[tokio::test]
async fn a_log_of_another_run_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let directory = |name: &str| parent.path().join(name);
    let engine = start(&directory("original")).await.unwrap();
    add(&engine, 5).await;
    copy(&directory("original"), &directory("old"), &[DATABASE]);
    engine.shutdown().await.unwrap();
    let engine = start(&directory("original")).await.unwrap();
    add(&engine, 1).await;
    copy(&directory("original"), &directory("killed"), &[LOG, "run"]);
    copy(&directory("old"), &directory("killed"), &[DATABASE]);
    let error = refused(&directory("killed")).await;
    assert!(error.contains("is of another copy of the database"), "{error}");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_a_killed_process_leaves_is_accepted() {
    let parent = tempfile::tempdir().unwrap();
    let original = parent.path().join("original");
    let engine = start(&original).await.unwrap();
    add(&engine, 5).await;
    for (name, files, tool) in [
        ("all", &[DATABASE, LOG, "run"][..], false),
        ("without the run", &[DATABASE, LOG], false),
        // Closing the last connection copies the log into the main file, and removes it.
        ("opened with another tool", &[DATABASE, LOG, "run"], true),
    ] {
        let killed = parent.path().join(name);
        copy(&original, &killed, files);
        if tool {
            let tool = Connection::open(killed.join(DATABASE)).unwrap();
            tool.query_row("SELECT count(*) FROM state", [], |_| Ok(())).unwrap();
            drop(tool);
            assert!(!killed.join(LOG).exists());
        }
        for expected in [6, 7] {
            let engine = start(&killed).await.unwrap();
            assert_eq!(add(&engine, 1).await, expected, "{name}");
            engine.shutdown().await.unwrap();
        }
    }
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_main_file_of_a_stopped_engine_is_complete() {
    let parent = tempfile::tempdir().unwrap();
    for dropped in [false, true] {
        let (original, copied) =
            (parent.path().join(format!("{dropped}")), parent.path().join("copy"));
        let engine = start(&original).await.unwrap();
        add(&engine, 5).await;
        if dropped {
            drop(engine);
        } else {
            engine.shutdown().await.unwrap();
        }
        copy(&original, &copied, &[DATABASE]);
        let engine = start(&copied).await.unwrap();
        assert_eq!(add(&engine, 0).await, 5);
        engine.shutdown().await.unwrap();
        fs::remove_dir_all(&copied).unwrap();
    }
}
