//! Random numbers and the time, which are the same in every attempt.

use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::{
    clients::handler,
    script::{NOW, Script},
};

#[test]
fn random_numbers_and_uuids_are_the_same_in_every_attempt() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            use rand_xoshiro::rand_core::Rng;
            let (number, uuid) = (ctx.rand().next_u64(), ctx.uuid());
            ctx.set("drawn", format!("{number} {uuid}"));
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(ctx.rand().next_u64().to_string().into())
        })
    });
    let first = script.sent();
    assert_eq!(first.len(), 2, "{first:?}");
    script.crash();
    assert_eq!(script.sent(), [""; 0], "a different number would be a mismatch");
}

#[test]
fn the_sequence_of_a_seed_never_changes() {
    let mut script =
        Script::start("", |ctx, _| handler(async move { Ok(ctx.uuid().to_string().into()) }));
    assert_eq!(script.sent()[0], r#"output "3d91ae2a-001a-4c0e-949e-4efaddc80f2c""#);
}

#[test]
fn f5_g8_no_random_numbers_inside_run() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async {
                let _ = ctx.uuid();
                Ok(())
            })
            .await?;
            Ok(Bytes::new())
        })
    });
    let sent = script.sent();
    assert!(sent[1].starts_with(r#"propose #1 failure 500 "`rand` inside a `run`"#), "{sent:?}");
}

#[test]
fn the_time_is_journaled() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let now = ctx.now().await?.duration_since(SystemTime::UNIX_EPOCH)?;
            Ok(now.as_millis().to_string().into())
        })
    });
    assert_eq!(script.sent(), [r#"run #1 "now""#.to_owned(), format!("propose #1 \"{NOW}\"")]);
    script.acknowledge_run(1);
    assert_eq!(script.sent(), [format!("output \"{NOW}\""), "end".to_owned()]);
}
