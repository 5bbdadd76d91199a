use std::time::Duration;

use bytes::Bytes;
use restate_core::{HandlerError, RetryPolicy, TerminalError, attempt::Outcome};

use crate::{clients::handler, script::Script};

#[test]
fn b3_a_terminal_error_is_the_output_with_code_message_and_metadata() {
    let mut script = Script::start("", |_, _| {
        handler(async move {
            Err(TerminalError::with_code(409, "taken").with_metadata("by", "Pete").into())
        })
    });
    assert_eq!(script.sent(), [r#"output failure 409 "taken" by=Pete"#, "end"]);
    assert_eq!(script.outcome(), Some(&Outcome::Completed));
}

#[test]
fn h3_any_other_error_fails_the_attempt_only() {
    let mut script = Script::start("", |_, _| {
        handler(async move { Err(std::io::Error::other("disk on fire").into()) })
    });
    assert_eq!(script.sent(), [r#"error 500 "disk on fire [attempt 1]""#]);
    assert_eq!(script.journal(), [r#"input """#]);
}

/// An error whose cause says what went wrong.
#[derive(Debug)]
struct Asking(std::io::Error);

impl std::fmt::Display for Asking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("asking the bank")
    }
}

impl std::error::Error for Asking {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn refused() -> Asking {
    Asking(std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused"))
}

#[test]
fn an_error_is_reported_with_its_causes_and_the_number_of_the_attempt() {
    let mut script =
        Script::start("", |_, _| handler(async move { Err(HandlerError::from(refused())) }));
    let reported = "asking the bank: connection refused";
    assert_eq!(script.sent(), [format!(r#"error 500 "{reported} [attempt 1]""#)]);
    script.retry(2);
    assert_eq!(script.sent(), [format!(r#"error 500 "{reported} [attempt 3]""#)]);
    let Some(Outcome::Failed { message, invocation_id, .. }) = script.outcome() else {
        panic!("the attempt must have failed");
    };
    assert_eq!((&**message, &**invocation_id), (&*format!("{reported} [attempt 3]"), "inv_test"));
}

#[test]
fn an_error_of_a_run_step_is_reported_with_its_causes_the_step_and_the_number_of_the_attempt() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            let charge = ctx.run(|| async { Err::<(), _>(refused().into()) }).name("charge");
            charge.retry_policy(RetryPolicy::new().max_attempts(2)).await?;
            Ok(Bytes::new())
        })
    });
    let reported = "asking the bank: connection refused [run step `charge`, attempt";
    let first = format!(r#"error 500 "{reported} 1]" after 50 ms"#);
    assert_eq!(script.sent(), [r#"run #1 "charge""#.to_owned(), first]);
    script.retry(1);
    let last = format!(r#"propose #1 failure 500 "{reported} 2]""#);
    assert_eq!(script.sent(), [last], "the handler and its caller learn the same");
}

#[test]
fn a_run_step_without_a_name_is_reported_by_its_place_among_the_steps() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async { Ok(1_u32) }).await?;
            ctx.run(|| async { Err::<(), _>("no".into()) }).await?;
            Ok(Bytes::new())
        })
    });
    script.sent();
    script.acknowledge_run(1);
    let failed = r#"error 500 "no [run step 2 of the handler, attempt 1]""#;
    assert_eq!(script.sent(), [r#"run #2 """#, failed]);
}

#[test]
fn attempts_are_counted_anew_once_the_journal_has_grown() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.set("seen", true);
            Err("no".into())
        })
    });
    let failed = r#"error 500 "no [attempt 1]""#;
    assert_eq!(script.sent(), [r#"set "seen" "true""#, failed]);
    script.retry(1);
    assert_eq!(script.sent(), [r#"error 500 "no [attempt 2]""#]);
    script.deploy(|ctx, _| {
        handler(async move {
            ctx.set("seen", true);
            ctx.set("more", true);
            Err("no".into())
        })
    });
    assert_eq!(script.sent(), [r#"set "more" "true""#, failed]);
}

#[test]
fn a_cause_that_its_error_repeats_is_reported_once() {
    let mut script = Script::start("", |_, _| {
        handler(async move { Err(HandlerError::from(std::io::Error::other(refused()))) })
    });
    assert_eq!(script.sent(), [r#"error 500 "asking the bank: connection refused [attempt 1]""#]);
}

#[test]
fn a_delay_that_an_error_asks_for_is_at_most_a_year() {
    let mut script = Script::start("", |_, _| {
        handler(async move { Err(HandlerError::from("later").retry_after(Duration::MAX)) })
    });
    assert_eq!(script.sent(), [r#"error 500 "later [attempt 1]" after 31536000000 ms"#]);
}

#[test]
fn an_error_can_ask_for_its_own_delay() {
    let mut script = Script::start("", |_, _| {
        handler(
            async move { Err(HandlerError::from("busy").retry_after(Duration::from_millis(250))) },
        )
    });
    assert_eq!(script.sent(), [r#"error 500 "busy [attempt 1]" after 250 ms"#]);
}

#[test]
fn an_error_can_ask_for_a_pause() {
    let mut script = Script::start("", |_, _| {
        handler(async move { Err(HandlerError::from("look at this").pause()) })
    });
    assert_eq!(script.sent(), [r#"error 500 "look at this [attempt 1]" and pause"#]);
}

#[test]
fn h4_state_written_before_a_terminal_failure_is_kept() {
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.set("seen", true);
            Err(TerminalError::new("no").into())
        })
    });
    assert_eq!(script.sent(), [r#"set "seen" "true""#, r#"output failure 500 "no""#, "end"]);
}

#[test]
fn a_panic_fails_the_attempt_and_is_reported_to_the_engine() {
    let mut script = Script::start("", |_, input| {
        handler(async move {
            assert!(!input.is_empty(), "no input");
            Ok(input)
        })
    });
    assert_eq!(script.sent(), [r#"error 500 "the handler panicked: no input [attempt 1]""#]);
}

#[test]
fn what_a_panic_says_is_reported_whatever_it_was_made_of() {
    let reported = |panic: fn()| {
        let mut script = Script::start("", move |_, input| {
            handler(async move {
                panic();
                Ok(input)
            })
        });
        script.sent()
    };
    let formatted = || panic!("no {}", std::hint::black_box("input"));
    assert_eq!(reported(formatted), [r#"error 500 "the handler panicked: no input [attempt 1]""#]);
    assert_eq!(
        reported(|| std::panic::panic_any(7)),
        [r#"error 500 "the handler panicked: no message [attempt 1]""#]
    );
}

#[test]
fn h6_a_request_that_cannot_be_decoded_is_a_terminal_failure() {
    use restate_core::{
        ObjectContext, Service,
        attempt::{HandlerFuture, HandlerRequest},
        contract::ServiceDescriptor,
    };

    struct TakesNumbers;
    impl Service for TakesNumbers {
        fn descriptor(&self) -> &'static ServiceDescriptor {
            static DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object("Numbers", &[]);
            &DESCRIPTOR
        }
        fn handle<'a>(&'a self, _: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
            incoming.handle(async |_: ObjectContext<'a>, number: i64| Ok(number))
        }
    }

    let mut script = Script::start_service("seven", TakesNumbers);
    assert_eq!(
        script.sent(),
        ["output failure 400 \"not a valid i64: expected value at line 1 column 1\"", "end"]
    );
}
