//! Where log lines go, and spans.

use tracing::{Level, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer, Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use super::options::LogFormat;

/// A layer for spans of invocations, besides that for log lines.
pub(super) type SpanLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Logs to standard error, and passes everything on to `spans` as well.
pub(super) fn start(level: Level, format: LogFormat, spans: Option<SpanLayer>) {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let level = LevelFilter::from_level(level);
    let lines = match format {
        LogFormat::Text => lines.with_filter(level).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(level).boxed(),
    };
    let layers: Vec<_> = spans.into_iter().chain([lines]).collect();
    tracing_subscriber::registry().with(layers).init();
}
