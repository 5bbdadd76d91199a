//! The text format of Prometheus, version 0.0.4.

use std::fmt::{Display, Write as _};

use super::Histogram;

/// The `content-type` of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What kind of number a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, and starts at 0 with the process. Its name ends with `_total`.
    Counter,
    /// It grows and shrinks.
    Gauge,
    /// Counts of values by their size.
    Histogram,
}

/// Metrics as text. Each [`family`](Self::family) is followed by its samples.
#[derive(Debug, Default)]
pub struct Exposition {
    text: String,
    name: &'static str,
}

impl Exposition {
    /// Begins a metric. The help is one sentence without line breaks.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &str) -> &mut Self {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.name = name;
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
        self
    }

    /// A number of the metric that was begun last.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        let (name, labels) = (self.name, braced(labels, None));
        self.line(format_args!("{name}{labels} {value}"));
        self
    }

    /// The buckets, the sum and the count of a histogram.
    pub fn histogram(&mut self, labels: &[(&str, &str)], histogram: &Histogram) -> &mut Self {
        let name = self.name;
        let mut count = 0;
        for (bound, total) in histogram.buckets() {
            let bound = bound.map_or_else(|| "+Inf".to_owned(), |bound| bound.to_string());
            let labels = braced(labels, Some(&bound));
            self.line(format_args!("{name}_bucket{labels} {total}"));
            count = total;
        }
        let labels = braced(labels, None);
        self.line(format_args!("{name}_sum{labels} {}", histogram.sum()));
        // That of the last bucket, so that the two agree while others count.
        self.line(format_args!("{name}_count{labels} {count}"));
        self
    }

    /// The text.
    pub fn finish(self) -> String {
        self.text
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}

fn braced(labels: &[(&str, &str)], bound: Option<&str>) -> String {
    let all = labels.iter().copied().chain(bound.map(|bound| ("le", bound)));
    let all: Vec<_> = all.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    if all.is_empty() { String::new() } else { format!("{{{}}}", all.join(",")) }
}

fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Bounds;

    #[test]
    fn metrics_are_text_with_labels_that_are_escaped() {
        static BOUNDS: Bounds = Bounds { values: &[500], per_unit: 1000.0 };
        let mut exposition = Exposition::default();
        let name = [("name", "a\\\"b\n")];
        exposition.family("calls_total", Kind::Counter, "Calls.").sample(&name, 7);
        let histogram = Histogram::new(&BOUNDS);
        histogram.observe(250);
        exposition.family("size", Kind::Histogram, "Sizes.").histogram(&[], &histogram);
        let expected = [
            "# HELP calls_total Calls.",
            "# TYPE calls_total counter",
            r#"calls_total{name="a\\\"b\n"} 7"#,
            "# HELP size Sizes.",
            "# TYPE size histogram",
            r#"size_bucket{le="0.5"} 1"#,
            r#"size_bucket{le="+Inf"} 1"#,
            "size_sum 0.25",
            "size_count 1",
            "",
        ];
        assert_eq!(exposition.finish(), expected.join("\n"));
    }
}
