//! Log events and their spans.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    info,
    span::{Attributes, Id, Record},
};

use crate::{
    clients::{GreeterClient, handler},
    script::Script,
};

/// Writes events down, each after the spans around it.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    spans: Vec<String>,
    entered: Vec<usize>,
    lines: Vec<String>,
}

#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "message" => self.0 += &format!("{value:?}"),
            name => self.0 += &format!(" {name}={value:?}"),
        }
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::INFO
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = Text(span.metadata().name().to_owned());
        span.record(&mut text);
        let mut written = self.0.lock().unwrap();
        written.spans.push(text.0);
        Id::from_u64(written.spans.len() as u64)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let mut written = self.0.lock().unwrap();
        let spans = written.entered.iter().map(|at| format!("{}: ", written.spans[*at - 1]));
        let line = spans.collect::<String>() + &text.0;
        written.lines.push(line);
    }

    fn enter(&self, span: &Id) {
        self.0.lock().unwrap().entered.push(usize::try_from(span.into_u64()).unwrap());
    }

    fn exit(&self, _: &Id) {
        self.0.lock().unwrap().entered.pop();
    }
}

const INVOCATION: &str = r#"invocation id="inv_test" service="Test" handler="test": "#;

#[test]
fn each_line_is_logged_once_in_the_span_of_its_invocation() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        // Tests in other threads may have registered the spans while nobody listened.
        tracing::callsite::rebuild_interest_cache();
        let mut script = Script::start("", |ctx, _| {
            handler(async move {
                let greeter = GreeterClient::new(ctx);
                info!("before");
                let first = greeter.greet("first").await?;
                info!(?first, "between");
                let second = greeter.greet("second").await?;
                info!(?second, "after");
                Ok(second)
            })
        });
        script.sent();
        script.crash();
        script.sent();
        script.respond(2, "1");
        script.sent();
        script.crash();
        script.sent();
        script.respond(4, "2");
        assert_eq!(script.sent().last().unwrap(), "end");
    });
    let lines = ["before", r#"between first=b"1""#, r#"after second=b"2""#];
    let expected = lines.map(|line| format!("{INVOCATION}{line}"));
    assert_eq!(log.0.lock().unwrap().lines, expected);
}

#[test]
fn a_closure_is_in_a_span_of_its_own() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        // Tests in other threads may have registered the spans while nobody listened.
        tracing::callsite::rebuild_interest_cache();
        let mut script = Script::start("", |ctx, _| {
            handler(async move {
                let charge = || async {
                    info!("charging");
                    Ok(7)
                };
                ctx.run(charge).name("charge").await?;
                info!("charged");
                Ok(Bytes::new())
            })
        });
        script.sent();
        script.acknowledge_run(1);
        assert_eq!(script.sent().last().unwrap(), "end");
    });
    let lines = [r#"run name="charge": charging"#, "charged"];
    let expected = lines.map(|line| format!("{INVOCATION}{line}"));
    assert_eq!(log.0.lock().unwrap().lines, expected);
}

#[test]
fn what_follows_the_journal_is_logged_and_what_is_replayed_is_not() {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), || {
        // Tests in other threads may have registered the spans while nobody listened.
        tracing::callsite::rebuild_interest_cache();
        let mut script = Script::start("", |ctx, _| {
            handler(async move {
                ctx.set("first", 1_u64);
                ctx.set("second", 2_u64);
                Err("no".into())
            })
        });
        script.sent();
        script.deploy(|ctx, _| {
            handler(async move {
                ctx.set("first", 1_u64);
                info!("replayed");
                ctx.set("second", 2_u64);
                ctx.set("third", 3_u64);
                info!("new");
                Ok(Bytes::new())
            })
        });
        assert_eq!(script.sent().last().unwrap(), "end");
    });
    assert_eq!(log.0.lock().unwrap().lines, [format!("{INVOCATION}new")]);
}
