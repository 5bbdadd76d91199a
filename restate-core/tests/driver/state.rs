use bytes::Bytes;
use restate_core::{Json, StateKey};

use crate::{clients::handler, script::Script};

#[test]
fn a_key_that_is_not_set_reads_as_nothing() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let count = ctx.get::<u64>("count").await?;
            Ok(format!("{count:?}").into())
        })
    });
    assert_eq!(script.sent(), [r#"get "count" nothing"#, r#"output "None""#, "end"]);
}

#[test]
fn a_value_is_read_back_in_the_same_and_in_the_next_attempt() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let before = ctx.get::<u64>("count").await?.unwrap_or_default();
            ctx.set("count", before + 1);
            let after = ctx.get::<u64>("count").await?.unwrap_or_default();
            ctx.sleep(std::time::Duration::from_secs(1)).await?;
            Ok(format!("{before} {after}").into())
        })
    })
    .with_state("count", "7");
    assert_eq!(
        script.sent(),
        [
            r#"get "count" "7""#,
            r#"set "count" "8""#,
            r#"get "count" "8""#,
            "sleep #3 until 1001000"
        ]
    );
    script.wake_up(3);
    script.crash();
    assert_eq!(script.sent(), [r#"output "7 8""#, "end"]);
}

#[test]
fn a_typed_key_reads_writes_and_removes() {
    const COUNT: StateKey<u64> = StateKey::new("count");

    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let count = COUNT.get(ctx).await?.unwrap_or_default();
            COUNT.set(ctx, count + 1);
            COUNT.clear(ctx);
            Ok(count.to_string().into())
        })
    })
    .with_state("count", "7");
    assert_eq!(
        script.sent(),
        [r#"get "count" "7""#, r#"set "count" "8""#, r#"clear "count""#, r#"output "7""#, "end"]
    );
}

#[test]
fn clearing_removes_one_key_or_all() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.clear("a");
            let a = ctx.get::<String>("a").await?;
            ctx.clear_all();
            let b = ctx.get::<String>("b").await?;
            Ok(format!("{a:?} {b:?}").into())
        })
    })
    .with_state("a", r#""x""#)
    .with_state("b", r#""y""#);
    assert_eq!(
        script.sent(),
        [
            r#"clear "a""#,
            r#"get "a" nothing"#,
            "clear all",
            r#"get "b" nothing"#,
            r#"output "None None""#,
            "end"
        ]
    );
}

#[test]
fn state_that_cannot_be_decoded_is_a_terminal_failure() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.get::<u64>("count").await?;
            Ok(Bytes::new())
        })
    })
    .with_state("count", "seven");
    let sent = script.sent();
    assert!(sent[1].starts_with(r#"output failure 500 "cannot read what is stored: "#), "{sent:?}");
}

#[test]
fn a_value_that_cannot_be_encoded_ends_the_invocation() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let not_json = std::collections::BTreeMap::from([((1, 2), 3)]);
            ctx.set("map", Json(not_json));
            Ok(Bytes::from("looks fine"))
        })
    });
    let sent = script.sent();
    assert!(
        sent[0].starts_with(r#"output failure 500 "cannot encode the value of state `map`: "#),
        "{sent:?}"
    );
}

#[test]
fn l1_another_value_in_new_code_is_a_mismatch() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.set("count", 1_u64);
            ctx.sleep(std::time::Duration::from_secs(1)).await?;
            Ok(Bytes::new())
        })
    });
    script.sent();
    script.deploy(|ctx, _| {
        handler(async move {
            ctx.set("count", 2_u64);
            ctx.sleep(std::time::Duration::from_secs(1)).await?;
            Ok(Bytes::new())
        })
    });
    let sent = script.sent();
    assert!(sent[0].starts_with("error 570 ") && sent.len() == 1, "{sent:?}");
}

#[test]
fn names_that_were_cleared_are_not_among_the_keys() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.set("b", 2_u64);
            ctx.set("c", 3_u64);
            ctx.clear("a");
            ctx.clear("b");
            ctx.clear("never set");
            ctx.set("b", 4_u64);
            let some = ctx.state_keys();
            // Cleared after `some` was recorded, so it is still one of those keys.
            ctx.clear("c");
            ctx.sleep(std::time::Duration::from_secs(1)).await?;
            let some = some.await?;
            ctx.clear_all();
            ctx.clear("a");
            let none = ctx.state_keys().await?;
            Ok(format!("{some:?} {none:?}").into())
        })
    })
    .with_state("a", "1");
    script.sent();
    script.wake_up(2);
    script.crash();
    let sent = script.sent();
    assert_eq!(sent[sent.len() - 2], r#"output "[\"b\", \"c\"] []""#);
}
