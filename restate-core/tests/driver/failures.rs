use std::time::Duration;

use restate_core::{HandlerError, TerminalError, attempt::Outcome};

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
    assert_eq!(script.sent(), [r#"error 500 "disk on fire""#]);
    assert_eq!(script.journal(), [r#"input """#]);
}

#[test]
fn a_delay_that_an_error_asks_for_is_at_most_a_year() {
    let mut script = Script::start("", |_, _| {
        handler(async move { Err(HandlerError::from("later").retry_after(Duration::MAX)) })
    });
    assert_eq!(script.sent(), [r#"error 500 "later" after 31536000000 ms"#]);
}

#[test]
fn an_error_can_ask_for_its_own_delay() {
    let mut script = Script::start("", |_, _| {
        handler(
            async move { Err(HandlerError::from("busy").retry_after(Duration::from_millis(250))) },
        )
    });
    assert_eq!(script.sent(), [r#"error 500 "busy" after 250 ms"#]);
}

#[test]
fn an_error_can_ask_for_a_pause() {
    let mut script = Script::start("", |_, _| {
        handler(async move { Err(HandlerError::from("look at this").pause()) })
    });
    assert_eq!(script.sent(), [r#"error 500 "look at this" and pause"#]);
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
    assert_eq!(script.sent(), [r#"error 500 "the handler panicked: no input""#]);
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
