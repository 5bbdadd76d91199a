//! Spans of attempts whose engine is elsewhere.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use restate_core::{HandlerError, TerminalError, trace};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::{
    clients::handler,
    script::{NOW, Script},
};

type Fields = BTreeMap<&'static str, String>;

/// Takes the spans, and nothing else.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<Fields>>>);

struct Reader(Fields);

impl Visit for Reader {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == trace::TARGET
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut reader = Reader(Fields::new());
        event.record(&mut reader);
        self.0.lock().unwrap().push(reader.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Listener {
    /// Step, name and error of each span, which are all part of this one.
    fn take(&self, parent: trace::TraceParent) -> Vec<[String; 3]> {
        let spans = std::mem::take(&mut *self.0.lock().unwrap());
        let mut shown = Vec::new();
        for mut span in spans {
            assert_eq!(span["trace"], parent.trace.to_string());
            assert_eq!(span["parent"], parent.span.to_string());
            assert_eq!(span["invocation"], "inv_test");
            shown.push(["step", "name", "error"].map(|name| span.remove(name).unwrap_or_default()));
        }
        shown
    }
}

fn parent() -> trace::TraceParent {
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap()
}

fn span(step: &str, name: &str, error: &str) -> [String; 3] {
    [step, name, error].map(str::to_owned)
}

#[test]
fn each_closure_and_each_attempt_is_a_span_and_a_replay_adds_none() {
    let listener = Listener::default();
    let _listens = tracing::subscriber::set_default(listener.clone());
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async { Ok(1_u32) }).name("first").await?;
            ctx.sleep(Duration::from_secs(1)).await?;
            let fails = || async { Err::<u32, _>(HandlerError::from(TerminalError::new("no"))) };
            let failed = ctx.run(fails).name("second").await;
            Ok(failed.unwrap_err().to_string().into())
        })
    });
    script.sent();
    assert!(listener.0.lock().unwrap().is_empty(), "its engine records nothing");

    let parent = parent();
    script.trace = Some(parent);
    script.crash();
    script.sent();
    assert_eq!(listener.take(parent), [span("run", "first", "")], "executed again");
    script.acknowledge_run(1);
    script.sent();
    script.crash();
    script.sent();
    script.wake_up(2);
    script.sent();
    assert_eq!(listener.take(parent), [span("run", "second", "no (500)")]);
    script.acknowledge_run(3);
    script.sent();
    assert_eq!(listener.take(parent), [span("attempt", "", "")]);
}

#[test]
fn without_spans_of_an_engine_an_attempt_is_part_of_the_span_that_the_client_records() {
    const CLIENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let listener = Listener::default();
    let _listens = tracing::subscriber::set_default(listener.clone());
    let attempt = |client: &str, engine: Option<trace::TraceParent>| {
        let script = Script::start("", |_, _| handler(async { Ok(Bytes::new()) }));
        let mut script = script.with_headers([("TraceParent", client)]);
        (script.trace, script.trace_of_client) = (engine, true);
        script.crash();
        script.sent();
    };
    attempt(CLIENT, None);
    assert_eq!(listener.take(CLIENT.parse().unwrap()), [span("attempt", "", "")]);
    let engine = CLIENT.replace("00f067aa0ba902b7", "1111111111111111").parse().unwrap();
    attempt(CLIENT, Some(engine));
    assert_eq!(listener.take(engine), [span("attempt", "", "")]);
    for unrecorded in [&*CLIENT.replace("-01", "-00"), "unknown"] {
        attempt(unrecorded, None);
        assert!(listener.0.lock().unwrap().is_empty(), "{unrecorded}");
    }
}

#[test]
fn the_span_of_an_attempt_that_fails_has_its_error() {
    let listener = Listener::default();
    let _listens = tracing::subscriber::set_default(listener.clone());
    let mut script = Script::start("", |_, _| {
        handler(async move { Err(std::io::Error::other("disk on fire").into()) })
    });
    script.trace = Some(parent());
    script.crash();
    script.sent();
    assert_eq!(listener.take(parent()), [span("attempt", "", "disk on fire [attempt 1]")]);
}

#[test]
fn a_span_begins_and_ends_with_its_attempt() {
    let listener = Listener::default();
    let _listens = tracing::subscriber::set_default(listener.clone());
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.sleep(Duration::from_secs(1)).await?;
            Ok("slept".into())
        })
    });
    script.sent();
    script.trace = Some(parent());
    script.crash();
    script.sent();
    script.pass(5);
    script.wake_up(1);
    script.sent();
    let spans = listener.0.lock().unwrap();
    let times = ["start", "end"].map(|name| spans[0][name].clone());
    assert_eq!(times, [NOW, NOW + 5].map(|time| time.to_string()));
}

#[test]
fn each_span_has_an_id_of_its_own_and_a_closure_that_is_executed_again_the_same() {
    let listener = Listener::default();
    let _listens = tracing::subscriber::set_default(listener.clone());
    let mut script = Script::start("", |ctx, _| {
        handler(async move {
            ctx.run(|| async { Ok(1_u32) }).await?;
            ctx.run(|| async { Ok(2_u32) }).await?;
            Ok(Bytes::new())
        })
    });
    script.trace = Some(parent());
    for _ in 0..2 {
        script.crash();
        script.sent();
    }
    for run in 1..=2 {
        script.acknowledge_run(run);
        script.sent();
    }
    let spans = listener.0.lock().unwrap();
    let [first, again, second, attempt] = &spans[..] else { panic!("{spans:?}") };
    let [first, again, second, attempt] = [first, again, second, attempt].map(|it| &it["span"]);
    assert_eq!(first, again);
    assert!(first != second && first != attempt && second != attempt);
}
