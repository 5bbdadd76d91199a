//! Spans of invocations, for a collector.

use restate_embedded::EngineBuilder;
use restate_otlp::Otlp;

#[derive(clap::Args)]
#[command(next_help_heading = "Traces")]
pub(crate) struct Traces {
    /// The collector of OpenTelemetry that spans are sent to, over HTTP with protobuf, such as
    /// `http://127.0.0.1:4318`. The variable OTEL_EXPORTER_OTLP_ENDPOINT names one, too.
    #[arg(long, value_name = "URL", env = "RESTATE_EMBEDDED_OTLP")]
    otlp: Option<String>,
    /// The share of traces that are recorded, from 0 to 1, among those that begin here. Requests with a
    /// `traceparent` say it themselves.
    #[arg(
        long,
        value_name = "RATIO",
        env = "RESTATE_EMBEDDED_TRACE_SAMPLING",
        default_value = "1",
        value_parser = ratio
    )]
    trace_sampling: f64,
}

impl Traces {
    /// Starts to send spans, if a collector is named.
    pub(super) fn start(&self) -> Result<Option<Otlp>, String> {
        let variables = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
        let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let url = self.otlp.as_deref().filter(|url| !url.is_empty());
        if url.is_none() && !variables.iter().any(is_set) {
            return Ok(None);
        }
        Otlp::new(url, "restate-embedded").map(Some).map_err(|error| error.to_string())
    }

    pub(super) fn apply(&self, builder: EngineBuilder) -> EngineBuilder {
        builder.trace_sampling(self.trace_sampling)
    }
}

fn ratio(text: &str) -> Result<f64, String> {
    let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| "a number from 0 to 1 is expected".to_owned())
}
