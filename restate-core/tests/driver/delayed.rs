use std::time::{Duration, SystemTime};

use bytes::Bytes;

use crate::{
    clients::{GreeterClient, handler},
    script::{NOW, Script},
};

fn delayed_by(delay: Duration) -> Script {
    Script::start("", move |ctx, _| {
        handler(async move {
            let sent = GreeterClient::new(ctx).greet("Pete").delayed(delay).await;
            Ok(Bytes::from(sent.map_or_else(|error| error.to_string(), |_| "sent".to_owned())))
        })
    })
}

fn sent_at(time: u64) -> [String; 3] {
    [
        format!("send #1 greeter.v1.Greeter/Greet \"Pete\" at {time}"),
        "output \"sent\"".to_owned(),
        "end".to_owned(),
    ]
}

#[test]
fn d1_the_time_is_now_plus_the_delay() {
    assert_eq!(delayed_by(Duration::from_secs(5)).sent(), sent_at(NOW + 5000));
}

#[test]
fn d3_a_delay_of_zero_is_a_one_way_call_without_a_time() {
    assert_eq!(
        delayed_by(Duration::ZERO).sent(),
        [r#"send #1 greeter.v1.Greeter/Greet "Pete""#, r#"output "sent""#, "end"]
    );
}

#[test]
fn d5_another_delay_in_new_code_is_not_a_mismatch() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Pete").one_way().await?;
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(Bytes::from("done"))
        })
    });
    script.sent();
    script.wake_up(2);
    script.deploy(|ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Pete").delayed(Duration::from_secs(60)).await?;
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok(Bytes::from("done"))
        })
    });
    assert_eq!(script.sent(), [r#"output "done""#, "end"]);
}

#[test]
fn d6_a_recorded_call_where_a_send_is_made_now_is_a_mismatch() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move { Ok(GreeterClient::new(ctx).greet("Pete").await?) })
    });
    script.sent();
    script.deploy(|ctx, _| {
        handler(async move {
            GreeterClient::new(ctx).greet("Pete").delayed(Duration::from_secs(5)).await?;
            Ok(Bytes::new())
        })
    });
    let sent = script.sent();
    assert!(sent[0].starts_with("error 570 ") && sent.len() == 1, "{sent:?}");
}

#[test]
fn d7_the_time_is_taken_again_if_the_first_attempt_was_lost_but_not_once_it_is_recorded() {
    let mut script = delayed_by(Duration::from_secs(5));
    script.crash_unheard();
    script.pass(70);
    assert_eq!(script.sent(), sent_at(NOW + 5070));
    script.pass(70);
    script.crash();
    assert_eq!(script.sent(), ["end"]);
    assert!(script.journal().contains(&sent_at(NOW + 5070)[0]), "{:?}", script.journal());
}

#[test]
fn d7_a_deadline_from_the_journaled_time_is_the_same_in_every_attempt() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let deadline = ctx.now().await? + Duration::from_secs(5);
            GreeterClient::new(ctx).greet("Pete").at(deadline).await?;
            Ok(Bytes::from("sent"))
        })
    });
    script.sent();
    script.acknowledge_run(1);
    script.pass(70);
    script.crash_unheard();
    script.pass(70);
    let at = NOW + 5000;
    let send = format!("send #2 greeter.v1.Greeter/Greet \"Pete\" at {at}");
    assert_eq!(script.sent(), [&send, r#"output "sent""#, "end"]);
}

#[test]
fn d7_d8_a_time_is_rounded_up_and_must_be_representable() {
    let sent = |time: SystemTime| {
        Script::start("", move |ctx, _| {
            handler(async move {
                let sent = GreeterClient::new(ctx).greet("Pete").at(time).await;
                Ok(sent.map_or_else(|error| error.to_string(), |_| "sent".to_owned()).into())
            })
        })
        .sent()
    };
    let epoch = SystemTime::UNIX_EPOCH;
    assert_eq!(sent(epoch + Duration::from_micros(1_500)), sent_at(2));
    let at_once = [r#"send #1 greeter.v1.Greeter/Greet "Pete""#, r#"output "sent""#, "end"];
    assert_eq!(sent(epoch), at_once);
    assert_eq!(sent(epoch - Duration::from_secs(1)), at_once);
    let too_late = sent(epoch + Duration::from_millis(1 << 62) * 4);
    let message = "18446744073709551 seconds after 1970 is after the last representable time (400)";
    assert_eq!(too_late, [format!("output {message:?}"), "end".to_owned()]);
}

#[test]
fn d8_a_delay_that_does_not_fit_is_an_error_and_nothing_is_recorded() {
    assert_eq!(
        delayed_by(Duration::MAX).sent(),
        [
            "output \"a delay of 18446744073709551615 seconds ends after the last representable \
             time (400)\"",
            "end"
        ]
    );
}

#[test]
fn d8_a_long_delay_is_accepted_by_its_length_whatever_the_time_is() {
    // 2^63 - 1 milliseconds are accepted, and end at the last representable time.
    let last = u64::try_from(i64::MAX).unwrap();
    let longest = Duration::from_millis(last);
    assert_eq!(delayed_by(longest).sent(), sent_at(last));
    assert_ne!(delayed_by(longest + Duration::from_nanos(1)).sent()[0], sent_at(last)[0]);
}

#[test]
fn d9_parts_of_a_millisecond_round_up() {
    assert_eq!(delayed_by(Duration::from_micros(1)).sent(), sent_at(NOW + 1));
}

#[test]
fn d14_a_delayed_call_has_an_id_and_can_be_cancelled() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let later = GreeterClient::new(ctx).greet("Pete").delayed(Duration::from_secs(5));
            let later = later.await?;
            later.cancel().await?;
            Ok(later.invocation_id().await?.to_string().into())
        })
    });
    script.sent();
    script.started(1, "inv_later");
    assert_eq!(script.sent(), ["signal inv_later Idx(1)", r#"output "inv_later""#, "end"]);
}

#[test]
fn e1_delayed_then_one_way_keep_their_order() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let client = GreeterClient::new(ctx);
            client.greet("later").delayed(Duration::from_secs(5)).await?;
            client.greet("now").one_way().await?;
            Ok(Bytes::new())
        })
    });
    assert_eq!(
        script.sent(),
        [
            r#"send #1 greeter.v1.Greeter/Greet "later" at 1005000"#,
            r#"send #2 greeter.v1.Greeter/Greet "now""#,
            r#"output """#,
            "end",
        ]
    );
}
