//! Sends the spans of invocations to a collector of OpenTelemetry, over OTLP with HTTP and protobuf.
//!
//! The engine and the endpoint pass spans on as events of `tracing`
//! ([`restate_core::trace`]). [`Otlp::layer`] takes them; install it before the engine is started:
//!
//! ```no_run
//! use restate_otlp::Otlp;
//! use tracing_subscriber::{layer::SubscriberExt as _, util::SubscriberInitExt as _};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let otlp = Otlp::new(Some("http://127.0.0.1:4318"), "orders")?;
//! tracing_subscriber::registry().with(otlp.layer()).init();
//! // .. run the engine, and when it has shut down:
//! otlp.shutdown();
//! # Ok(())
//! # }
//! ```

mod client;
mod span;

use std::{fmt, sync::Arc, time::Duration};

use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SpanProcessor as _},
};
use restate_core::trace::TARGET;
use tracing::{Event, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, layer::Context, registry::LookupSpan};

use self::{client::Client, span::SpanFields};

/// How long spans wait for others, to be sent together. A process that is killed loses those that wait.
const DELAY: Duration = Duration::from_millis(500);

/// Sends spans to a collector, on a thread of its own.
#[derive(Clone)]
pub struct Otlp {
    processor: Arc<BatchSpanProcessor>,
}

impl Otlp {
    /// Sends spans to `endpoint`, such as `http://127.0.0.1:4318`, as those of this service.
    ///
    /// Without an endpoint, the variables `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` and
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` name it. `OTEL_SERVICE_NAME` has precedence over `service`;
    /// `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_EXPORTER_OTLP_HEADERS` count as well. Spans are dropped while the
    /// collector cannot be reached and more than 2048 wait.
    ///
    /// # Errors
    ///
    /// When the endpoint is not a URL.
    pub fn new(endpoint: Option<&str>, service: &str) -> Result<Self, OtlpError> {
        let mut builder = SpanExporter::builder()
            .with_http()
            .with_http_client(Client::default())
            .with_protocol(Protocol::HttpBinary);
        if let Some(endpoint) = endpoint {
            builder = builder.with_endpoint(traces_url(endpoint));
        }
        let exporter = builder.build().map_err(|error| OtlpError(error.to_string()))?;
        let config = BatchConfigBuilder::default().with_scheduled_delay(DELAY).build();
        let mut processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
        let mut resource = Resource::builder();
        if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
            resource = resource.with_service_name(service.to_owned());
        }
        processor.set_resource(&resource.build());
        Ok(Self { processor: Arc::new(processor) })
    }

    /// The layer of a subscriber that takes the spans, and nothing else.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let spans = Targets::new().with_target(TARGET, LevelFilter::TRACE);
        SpanLayer(self.clone()).with_filter(spans)
    }

    /// Sends what waits; returns when the collector has it, or cannot be reached.
    pub fn flush(&self) {
        // The processor logs why it fails.
        let _ = self.processor.force_flush();
    }

    /// Sends what waits, and ends the thread: for the end of the process.
    pub fn shutdown(&self) {
        let _ = self.processor.shutdown();
    }
}

/// The path of OTLP for spans, below the URL of a collector.
fn traces_url(endpoint: &str) -> String {
    const PATH: &str = "/v1/traces";
    match endpoint.trim_end_matches('/') {
        url if url.ends_with(PATH) => url.to_owned(),
        url => format!("{url}{PATH}"),
    }
}

struct SpanLayer(Otlp);

impl<S: Subscriber> Layer<S> for SpanLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = SpanFields::default();
        event.record(&mut fields);
        self.0.processor.on_end(fields.into_data());
    }
}

impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Otlp").finish_non_exhaustive()
    }
}

/// Spans cannot be sent to an endpoint.
#[derive(Clone, Debug)]
pub struct OtlpError(String);

impl fmt::Display for OtlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spans cannot be sent to the collector: {}", self.0)
    }
}

impl std::error::Error for OtlpError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_collector_may_have_the_path_or_not() {
        let url = "http://127.0.0.1:4318/v1/traces";
        let forms = ["http://127.0.0.1:4318", "http://127.0.0.1:4318/", url];
        assert_eq!(forms.map(traces_url), [url; 3]);
    }

    #[test]
    fn an_endpoint_that_is_no_url_is_refused() {
        let error = Otlp::new(Some("not a url"), "test").unwrap_err().to_string();
        assert!(error.starts_with("spans cannot be sent"), "{error}");
    }
}
