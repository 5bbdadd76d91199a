//! A data directory of schema version 3, whose invocations continue, under the ids that they had.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::{Bytes, BytesMut};
use prost::Message as _;
use restate_core::wire::{
    framing::{Frame, encode, encode_notification},
    protocol::{
        CallCommand, InputCommand, MessageType, Notification, NotificationId, NotificationResult,
        SetStateCommand, Suspension,
    },
};
use restate_embedded::{ClientError, Engine};
use rusqlite::{Connection, params};
use support::actor::{Act, act, actor};

const SCHEMA: &str = include_str!("../src/store/sqlite/versions/3.sql");

/// The halves of ids: the order, of which the upper bits are the time, and the nonce.
const PARENT: (i64, i64) = (1_700_000_000_000 << 15, -5);
const CHILD: (i64, i64) = (PARENT.0 + 1, 6);
const DELAYED: (i64, i64) = (PARENT.0 + 2, i64::MIN);
const COMPLETED: (i64, i64) = (PARENT.0 + 3, 8);

fn old_id((order, nonce): (i64, i64)) -> String {
    format!("inv_1{order:016x}{nonce:016x}")
}

/// The first awakeable of an invocation: its id, and the number of its signal.
fn old_awakeable((order, nonce): (i64, i64)) -> (String, u32) {
    let bytes = [&order.to_be_bytes()[..], &nonce.to_be_bytes(), &17_u32.to_be_bytes()].concat();
    (format!("sign_1{}", URL_SAFE_NO_PAD.encode(bytes)), 17)
}

/// What both versions of the engine run: a handler that depends on its ids.
fn ids<'a>(ctx: restate_core::ObjectContext<'a>, text: String) -> Act<'a> {
    Box::pin(async move {
        match text.as_str() {
            "parent" => Ok(act(&ctx, "child", "child").await?),
            "child" => {
                let awakeable = ctx.awakeable::<String>();
                ctx.set("awakeable", awakeable.id().to_owned());
                ctx.set("invocation", ctx.invocation_id().to_string());
                Ok(awakeable.await?)
            }
            _ => Ok(format!("{text} {}", ctx.invocation_id())),
        }
    })
}

fn json(text: &str) -> Bytes {
    format!("{text:?}").into()
}

fn input(text: &str) -> Vec<u8> {
    let value = Some(json(text).into());
    Frame::new(&InputCommand { value, ..InputCommand::default() }).raw().to_vec()
}

fn journal_of_parent() -> Vec<u8> {
    let mut frames = BytesMut::new();
    let call = CallCommand {
        service_name: "Actor".into(),
        handler_name: "act".into(),
        key: "child".into(),
        parameter: json("child"),
        invocation_id_notification_idx: 1,
        result_completion_id: 2,
        ..CallCommand::default()
    };
    encode(&call, &mut frames);
    let callee = Notification {
        id: Some(NotificationId::CompletionId(1)),
        result: Some(NotificationResult::InvocationId(old_id(CHILD))),
    };
    encode_notification(MessageType::CallInvocationIdCompletion, &callee, &mut frames);
    frames.into()
}

fn journal_of_child() -> Vec<u8> {
    let mut frames = BytesMut::new();
    for (key, value) in [("awakeable", old_awakeable(CHILD).0), ("invocation", old_id(CHILD))] {
        let (key, value) = (Bytes::from(key), Some(json(&value).into()));
        encode(&SetStateCommand { key, value, name: String::new() }, &mut frames);
    }
    frames.into()
}

/// Writes what version 3 of the engine would have left behind.
fn write(directory: &Path) {
    let database = Connection::open(directory.join("restate.sqlite")).unwrap();
    database.execute_batch(SCHEMA).unwrap();
    let insert = "INSERT INTO invocation (id, nonce, service, handler, key, scope, caller, \
                  caller_nonce, caller_entry, retained, phase, arrived, awaiting, input) \
                  VALUES (?1, ?2, 'Actor', 'act', ?3, '', ?4, ?5, ?6, ?7, ?8, ?1, ?9, ?10)";
    let on_child = Suspension { waiting_completions: vec![2], ..Suspension::default() };
    let signal = old_awakeable(CHILD).1;
    let on_awakeable = Suspension { waiting_signals: vec![signal], ..Suspension::default() };
    for (id, key, caller, phase, awaiting) in [
        (PARENT, "parent", None, 2, Some(on_child.encode_to_vec())),
        (CHILD, "child", Some(PARENT), 2, Some(on_awakeable.encode_to_vec())),
        (DELAYED, "delayed", None, 0, None),
    ] {
        let (order, nonce) = caller.unzip();
        let entry = caller.map(|_| 2);
        let retained = caller.is_none();
        let input = input(key);
        database
            .execute(
                insert,
                params![id.0, id.1, key, order, nonce, entry, retained, phase, awaiting, input],
            )
            .unwrap();
    }
    for (id, frames) in [(PARENT, journal_of_parent()), (CHILD, journal_of_child())] {
        database.execute("INSERT INTO journal VALUES (?1, 0, ?2)", params![id.0, frames]).unwrap();
    }
    database
        .execute(
            "INSERT INTO timer (due, invocation, nonce, kind, entry) VALUES (1, ?1, ?2, 0, 0)",
            params![DELAYED.0, DELAYED.1],
        )
        .unwrap();
    database
        .execute(
            "INSERT INTO completed (id, nonce, service, handler, key, scope, output, completed_at) \
             VALUES (?1, ?2, 'Actor', 'act', 'completed', '', CAST('\"kept\"' AS BLOB), 5)",
            params![COMPLETED.0, COMPLETED.1],
        )
        .unwrap();
}

#[tokio::test]
async fn invocations_of_version_3_continue_under_the_ids_they_had() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let builder = Engine::builder().bind(actor(ids)).data_dir(directory.path());
    let engine = builder.start().await.unwrap();
    let client = engine.client();

    let kept = client.invocation(old_id(COMPLETED)).output::<String>().await.unwrap();
    assert_eq!(kept.as_deref(), Some("kept"));
    let delayed = client.invocation(old_id(DELAYED)).attach::<String>().await.unwrap();
    assert_eq!(delayed, format!("delayed {}", old_id(DELAYED)));
    // The replays of both compare what they did with their journals.
    client.awakeable(old_awakeable(CHILD).0).resolve(&"done".to_owned()).await.unwrap();
    let parent = client.invocation(old_id(PARENT)).attach::<String>().await.unwrap();
    assert_eq!(parent, "done");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn invocations_of_version_3_have_ids_that_other_tools_read() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let builder = Engine::builder().bind(actor(ids)).data_dir(directory.path());
    let engine = builder.start().await.unwrap();
    let client = engine.client();
    let database = Connection::open(directory.path().join("restate.sqlite")).unwrap();
    let sql = "SELECT id FROM invocations WHERE key = 'completed'";
    let id: String = database.query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(restate_core::InvocationId::from(&id).parts().is_some(), "{id}");
    let kept = client.invocation(&id).output::<String>().await.unwrap();
    assert_eq!(kept.as_deref(), Some("kept"));

    // Of the same order, with other random bits: nobody has this id.
    let other = old_id((COMPLETED.0, COMPLETED.1 + 1));
    let failed = client.invocation(other).output::<String>().await;
    assert!(matches!(failed, Err(ClientError::Failed(error)) if error.code() == 404));
    engine.shutdown().await.unwrap();
}
