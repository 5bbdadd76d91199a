//! What the engine logs for people, and shows them of failures.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod support;

use std::{fmt, io, sync::OnceLock, time::Duration};

use restate_core::{
    Call, HandlerResult, ObjectContext, OnMaxAttempts, RetryPolicy, Service, Target, TerminalError,
    attempt::{HandlerFuture, HandlerRequest},
    contract::{HandlerDescriptor, ServiceDescriptor},
};
use restate_embedded::{ClientError, Engine, EngineBuilder};
use serde_json::{Value, json};
use support::{World, http::get, lines::Lines};
use tracing::info;

fn lines() -> &'static Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(Lines::install)
}

/// What a stranger could send to a terminal.
const CONTROLS: &str = "\u{1b}[31mred\n\u{202e}";

/// An error whose cause says what went wrong.
#[derive(Debug)]
struct Asking(io::Error);

impl fmt::Display for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("asking the bank")
    }
}

impl std::error::Error for Asking {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// What the handler was doing when it failed for good.
#[derive(Debug)]
struct Refused(TerminalError);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refunding order 7")
    }
}

impl std::error::Error for Refused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// A service that cannot reach the bank.
struct Payments;

impl Service for Payments {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        const DESCRIPTOR: ServiceDescriptor = ServiceDescriptor::object(
            "Payments",
            &[
                HandlerDescriptor::exclusive::<(), ()>("charge"),
                HandlerDescriptor::exclusive::<(), ()>("refund"),
                HandlerDescriptor::exclusive::<(), ()>("shout"),
                HandlerDescriptor::exclusive::<(), ()>("collapse"),
                HandlerDescriptor::exclusive::<String, ()>("plan"),
                HandlerDescriptor::exclusive::<String, ()>("refuse"),
            ],
        );
        &DESCRIPTOR
    }

    fn handle<'a>(&'a self, handler: &str, incoming: HandlerRequest<'a>) -> HandlerFuture<'a> {
        let ask = || Asking(io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused"));
        match handler {
            "charge" => incoming.handle(move |ctx: ObjectContext<'a>, (): ()| async move {
                ctx.run(|| async { HandlerResult::<()>::Err(ask().into()) }).name("ask").await?;
                HandlerResult::Ok(())
            }),
            "refund" => incoming.handle(move |_: ObjectContext<'a>, (): ()| async move {
                HandlerResult::<()>::Err(ask().into())
            }),
            "refuse" => incoming.handle(move |ctx: ObjectContext<'a>, place: String| async move {
                let refused = || Refused(TerminalError::conflict("the account is closed"));
                if place == "run" {
                    ctx.run(|| async { HandlerResult::<()>::Err(refused().into()) }).await?;
                }
                HandlerResult::<()>::Err(refused().into())
            }),
            "plan" => incoming.handle(move |ctx: ObjectContext<'a>, name: String| async move {
                info!(target: "restate_tests", "{name} begins");
                ctx.sleep(Duration::from_millis(20)).await?;
                info!(target: "restate_tests", "{name} goes on");
                let pay = || async {
                    info!(target: "restate_tests", "{name} pays");
                    Ok(())
                };
                ctx.run(pay).await?;
                ctx.sleep(Duration::from_millis(20)).await?;
                info!(target: "restate_tests", "{name} ends");
                HandlerResult::Ok(())
            }),
            "collapse" => incoming.handle(move |_: ObjectContext<'a>, (): ()| async move {
                let is_there = ask().0.kind() != io::ErrorKind::ConnectionRefused;
                assert!(is_there, "the ledger is gone");
                HandlerResult::Ok(())
            }),
            "shout" => incoming.handle(move |_: ObjectContext<'a>, (): ()| async move {
                HandlerResult::<()>::Err(CONTROLS.into())
            }),
            other => incoming.unknown_handler(other),
        }
    }
}

fn engine(policy: RetryPolicy) -> EngineBuilder {
    Engine::builder().bind(Payments).retry_policy(policy).in_memory()
}

fn two_attempts() -> RetryPolicy {
    RetryPolicy::new().initial_interval(Duration::from_millis(1)).max_attempts(2)
}

#[tokio::test]
async fn an_engine_logs_its_addresses_its_directory_and_its_services() {
    let lines = lines();
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let builder = World::default().engine().data_dir(&data);
    let engine = builder.ingress("127.0.0.1:0").admin("127.0.0.1:0").start().await.unwrap();
    let (ingress, admin) = (engine.ingress_addr().unwrap(), engine.admin_addr().unwrap());
    let data = data.display().to_string();
    let line = lines.with(&["INFO the engine has started", &data]).await;
    assert!(line.contains("services=Counter, Signup, Worker"), "{line}");
    lines.with(&["INFO the ingress listens on", &format!("http://{ingress}")]).await;
    lines.with(&["INFO the admin interface listens on", &format!("http://{admin}")]).await;
    lines.with(&["INFO the web page for operators is", &format!("http://{admin}/ui")]).await;
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn each_retry_is_one_line_with_target_id_attempt_step_cause_and_next_try() {
    let lines = lines();
    let policy = RetryPolicy::new().initial_interval(Duration::from_secs(9));
    let directory = tempfile::tempdir().unwrap();
    let engine =
        engine(policy).data_dir(directory.path()).admin("127.0.0.1:0").start().await.unwrap();
    let client = engine.client();
    let sent =
        Call::<_, _, ()>::new(&client, Target::object("Payments", "Pete", "charge"), ()).one_way();
    let id = sent.await.unwrap().invocation_id().to_string();
    let line = lines.with(&["WARN", &id]).await;
    assert_eq!(
        line,
        format!(
            "WARN attempt failed, next try in 9s: asking the bank: connection refused [run step \
             `ask`, attempt 1] id={id} service=Payments handler=charge key=Pete attempt=1 step=\"run step `ask`\""
        )
    );
    let admin = engine.admin_addr().unwrap();
    let shown: Value = get(admin, &format!("/invocations/{id}")).await.json();
    assert_eq!(
        (&shown["last_failure"], &shown["last_failure_step"], &shown["retry_count"]),
        (
            &json!("asking the bank: connection refused [run step `ask`, attempt 1]"),
            &json!("run step `ask`"),
            &json!(1)
        )
    );
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_panic_is_one_line_with_service_handler_id_attempt_cause_and_next_try() {
    let lines = lines();
    let policy = RetryPolicy::new().initial_interval(Duration::from_secs(9));
    let engine = engine(policy).start().await.unwrap();
    let client = engine.client();
    let target = Target::object("Payments", "Pete", "collapse");
    let sent = Call::<_, _, ()>::new(&client, target, ()).one_way().await.unwrap();
    let id = sent.invocation_id().to_string();
    let line = lines.with(&["WARN", &id]).await;
    assert_eq!(
        line,
        format!(
            "WARN attempt failed, next try in 9s: the handler panicked: the ledger is gone [attempt 1] id={id} \
             service=Payments handler=collapse key=Pete attempt=1"
        )
    );
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_a_handler_logs_is_logged_once_although_it_is_replayed() {
    let lines = lines();
    let builder = engine(two_attempts()).inactivity_timeout(Duration::ZERO);
    let engine = builder.start().await.unwrap();
    let client = engine.client();
    let target = Target::object("Payments", "Zoe", "plan");
    Call::<_, _, ()>::new(&client, target, "the plan".to_owned()).await.unwrap();
    for what in ["begins", "goes on", "pays", "ends"] {
        assert_eq!(lines.count(&format!("INFO the plan {what}")), 1, "{what}");
    }
    let suspensions = "restate_suspensions_total{service=\"Payments\",handler=\"plan\"} ";
    let metrics = engine.metrics();
    let count = metrics.lines().find_map(|line| line.strip_prefix(suspensions)).unwrap();
    let count: u32 = count.parse().unwrap();
    assert!(count >= 2, "{count} attempts have replayed what was done before");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_failed_attempts_of_an_invocation_are_shown() {
    let policy = RetryPolicy::new().initial_interval(Duration::from_millis(1)).max_attempts(12);
    let directory = tempfile::tempdir().unwrap();
    let engine =
        engine(policy).data_dir(directory.path()).admin("127.0.0.1:0").start().await.unwrap();
    let client = engine.client();
    let sent =
        Call::<_, _, ()>::new(&client, Target::object("Payments", "Pete", "charge"), ()).one_way();
    let id = sent.await.unwrap().invocation_id().to_string();
    let admin = engine.admin_addr().unwrap();
    let shown = loop {
        let shown: Value = get(admin, &format!("/invocations/{id}")).await.json();
        if shown["status"] == "paused" {
            break shown;
        }
    };
    let failed = shown["failed_attempts"].as_array().unwrap();
    let attempts: Vec<_> = failed.iter().map(|it| it["attempt"].as_u64().unwrap()).collect();
    assert_eq!(attempts, [3, 4, 5, 6, 7, 8, 9, 10, 11, 12], "the last ten");
    assert_eq!(failed[0]["step"], "run step `ask`");
    assert_eq!(
        failed[0]["error"],
        "asking the bank: connection refused [run step `ask`, attempt 3]"
    );
    let times: Vec<_> = failed.iter().map(|it| it["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_last_failure_is_shown_after_a_restart_and_the_attempts_go_on_counting() {
    let lines = lines();
    let hour = Duration::from_secs(3600);
    let policy = RetryPolicy::new().initial_interval(hour).max_interval(hour);
    let directory = tempfile::tempdir().unwrap();
    let charging = engine(policy).data_dir(directory.path()).start().await.unwrap();
    let client = charging.client();
    let sent =
        Call::<_, _, ()>::new(&client, Target::object("Payments", "Ann", "charge"), ()).one_way();
    let id = sent.await.unwrap().invocation_id().to_string();
    lines.with(&["WARN attempt failed, next try in 3600s", &id]).await;
    // As if the process was killed.
    drop((charging, client));

    // Without the service nothing is tried.
    let idle = Engine::builder().data_dir(directory.path()).admin("127.0.0.1:0");
    let idle = idle.start().await.unwrap();
    let admin = idle.admin_addr().unwrap();
    let shown: Value = get(admin, &format!("/invocations/{id}")).await.json();
    assert_eq!(shown["status"], "unbound", "{shown}");
    assert_eq!(
        (&shown["last_failure"], &shown["last_failure_step"], &shown["retry_count"]),
        (
            &json!("asking the bank: connection refused [run step `ask`, attempt 1]"),
            &json!("run step `ask`"),
            &json!(1)
        )
    );
    let listed: Value = get(admin, "/invocations").await.json();
    assert_eq!(listed["invocations"][0]["last_failure"], shown["last_failure"], "{listed}");
    idle.shutdown().await.unwrap();

    let charging = engine(policy).data_dir(directory.path()).start().await.unwrap();
    let line = lines.with(&["WARN attempt failed, next try in", &id, "attempt=2"]).await;
    assert!(line.contains("connection refused [run step `ask`, attempt 2]"), "{line}");
    charging.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_surrounds_a_terminal_error_is_logged() {
    let lines = lines();
    let engine = engine(two_attempts()).start().await.unwrap();
    let client = engine.client();
    for (key, place, what) in [
        ("Eve", "handler", "INFO the handler failed for good: "),
        ("Bob", "run", "INFO run step 1 of the handler failed for good: "),
    ] {
        let target = Target::object("Payments", key, "refuse");
        let call = Call::<_, _, ()>::new(&client, target, place.to_owned());
        let Err(ClientError::Failed(error)) = call.await else { panic!("it must fail") };
        assert_eq!((error.code(), error.message()), (409, "the account is closed"));
        lines.with(&[&format!("{what}refunding order 7: the account is closed (409)")]).await;
    }
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_caller_learns_the_cause_after_the_last_attempt() {
    let lines = lines();
    let builder = engine(two_attempts()).on_max_attempts(OnMaxAttempts::Kill);
    let engine = builder.start().await.unwrap();
    let client = engine.client();
    for (handler, place) in [("charge", "[run step `ask`, attempt 2]"), ("refund", "[attempt 2]")] {
        let call = Call::<_, _, ()>::new(&client, Target::object("Payments", "Pete", handler), ());
        let Err(ClientError::Failed(error)) = call.await else { panic!("it must fail") };
        let cause = format!("asking the bank: connection refused {place}");
        assert_eq!(error.message(), cause);
        lines.with(&["WARN last attempt failed, the invocation has ended", &cause]).await;
    }
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_paused_invocation_says_why() {
    let lines = lines();
    let engine = engine(two_attempts()).start().await.unwrap();
    let client = engine.client();
    let sent =
        Call::<_, _, ()>::new(&client, Target::object("Payments", "Pete", "refund"), ()).one_way();
    let id = sent.await.unwrap().invocation_id().to_string();
    let line = lines.with(&["WARN attempt failed, invocation paused", &id]).await;
    assert!(line.contains("asking the bank: connection refused [attempt 2]"), "{line}");
    engine.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_log_line_has_no_control_characters() {
    let lines = lines();
    let engine = engine(two_attempts()).start().await.unwrap();
    let client = engine.client();
    let shout = Target::object("Payments", CONTROLS, "shout");
    Call::<_, _, ()>::new(&client, shout, ()).one_way().await.unwrap();
    let line = lines.with(&["attempt failed, next try", "handler=shout"]).await;
    let shown = r"\u{1b}[31mred\n\u{202e}";
    assert!(line.contains(&format!("1ms: {shown} [attempt 1]")), "{line:?}");
    assert!(line.contains(&format!("key={shown}")), "{line:?}");
    engine.shutdown().await.unwrap();
}
