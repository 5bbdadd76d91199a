//! What the engine logs.

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
};

use tokio::sync::Notify;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// Keeps log lines of the engine: level, message and fields.
#[derive(Clone, Default)]
pub(crate) struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    logged: Arc<Notify>,
}

impl Lines {
    /// Keeps the lines of all threads; once in a process.
    pub(crate) fn install() -> Self {
        let lines = Self::default();
        tracing::subscriber::set_global_default(lines.clone()).unwrap();
        lines
    }

    /// How many lines contain this text.
    #[allow(dead_code, reason = "not every test counts")]
    pub(crate) fn count(&self, text: &str) -> usize {
        self.lines.lock().unwrap().iter().filter(|line| line.contains(text)).count()
    }

    /// Waits for a line that contains all of these texts, and returns it.
    pub(crate) async fn with(&self, texts: &[&str]) -> String {
        loop {
            let logged = self.logged.notified();
            let found = self
                .lines
                .lock()
                .unwrap()
                .iter()
                .find(|line| texts.iter().all(|text| line.contains(text)))
                .cloned();
            if let Some(line) = found {
                return line;
            }
            logged.await;
        }
    }
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => write!(self.message, "{value:?}").unwrap(),
            name => write!(self.fields, " {name}={value:?}").unwrap(),
        }
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO && metadata.target().starts_with("restate")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let line = format!("{} {}{}", event.metadata().level(), text.message, text.fields);
        self.lines.lock().unwrap().push(line);
        self.logged.notify_waiters();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
