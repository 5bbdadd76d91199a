//! What engine and endpoint show to Prometheus, the list of it, and the dashboard.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics has failed, and that is what it is for"
)]

use std::collections::{BTreeMap, BTreeSet};

use restate_core::{Context, HandlerResult, service};
use restate_embedded::Engine;
use restate_endpoint::Endpoint;
use restate_tests::promtool::{check_metrics, check_queries};
use serde_json::Value;

const LIST: &str = include_str!("../../docs/metrics.md");
const DASHBOARD: &str = include_str!("../../docs/grafana.json");

#[service(name = "Greeter")]
trait Greeter {
    async fn greet(&self, ctx: Context<'_>, name: String) -> HandlerResult<String>;
}

struct Polite;

impl Greeter for Polite {
    async fn greet(&self, _: Context<'_>, name: String) -> HandlerResult<String> {
        Ok(format!("hello {name}"))
    }
}

/// The metrics of an engine that has worked.
async fn of_engine() -> String {
    let directory = tempfile::tempdir().unwrap();
    let builder = Engine::builder().bind(GreeterServer::new(Polite)).data_dir(directory.path());
    let engine = builder.start().await.unwrap();
    let greeter = GreeterClient::new(engine.client());
    assert_eq!(greeter.greet("Pete".to_owned()).await.unwrap(), "hello Pete");
    let text = engine.metrics();
    engine.shutdown().await.unwrap();
    text
}

fn of_endpoint() -> String {
    Endpoint::builder().bind(GreeterServer::new(Polite)).build().unwrap().metrics()
}

/// The metrics in a text with their types and labels.
fn exposed(text: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let mut metrics: BTreeMap<String, (String, BTreeSet<String>)> =
        types.map(|(name, kind)| (name.to_owned(), (kind.to_owned(), BTreeSet::new()))).collect();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((name, labels)) = line.split_once('{') else { continue };
        let labels = labels.split("\",").filter_map(|label| label.split_once("=\""));
        let labels = labels.map(|(label, _)| label.to_owned()).filter(|label| label != "le");
        let (_, known) = metrics.get_mut(name_of(name)).unwrap_or_else(|| panic!("{line}"));
        known.extend(labels);
    }
    metrics
}

/// The name of the metric that a sample belongs to.
fn name_of(sample: &str) -> &str {
    let suffixes = ["_bucket", "_sum", "_count"];
    suffixes.into_iter().find_map(|suffix| sample.strip_suffix(suffix)).unwrap_or(sample)
}

async fn all() -> BTreeMap<String, (String, BTreeSet<String>)> {
    exposed(&(of_engine().await + &of_endpoint()))
}

#[tokio::test]
async fn promtool_finds_nothing_to_improve() {
    assert_eq!(check_metrics(&of_engine().await), "");
    assert_eq!(check_metrics(&of_endpoint()), "");
    // It finds what is wrong.
    let wrong = "# TYPE calls counter\ncalls 1\n";
    assert!(check_metrics(wrong).contains("calls"), "a counter without `_total`");
}

#[tokio::test]
async fn the_list_names_every_metric_with_its_type_and_labels() {
    let rows = LIST.lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: BTreeMap<_, _> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let labels = cells[2].split(", ").filter(|label| !label.is_empty());
            let labels = labels.map(|label| label.trim_matches('`').to_owned()).collect();
            (cells[0].trim_matches('`').to_owned(), (cells[1].to_owned(), labels))
        })
        .collect();
    let mut exposed = all().await;
    if !cfg!(target_os = "linux") {
        exposed.extend(
            listed
                .iter()
                .filter(|(name, _)| name.starts_with("process_"))
                .map(|(name, row)| (name.clone(), row.clone())),
        );
    }
    assert_eq!(listed, exposed);
}

#[tokio::test]
async fn the_dashboard_asks_for_metrics_and_labels_that_exist() {
    let (dashboard, exposed) = (serde_json::from_str(DASHBOARD).unwrap(), all().await);
    let mut queries = Vec::new();
    collect(&dashboard, &mut queries);
    assert!(queries.len() > 30, "{queries:?}");
    let mut asked = BTreeSet::new();
    for query in &queries {
        for word in words(query) {
            match exposed.get(name_of(word)) {
                Some(_) => asked.extend(Some(name_of(word).to_owned())),
                None => assert!(is_known(word, &exposed), "`{word}` of {query}"),
            }
        }
    }
    let shown = |name: &&String| !name.contains("_info") && name.starts_with("restate_");
    let forgotten: Vec<_> =
        exposed.keys().filter(shown).filter(|name| !asked.contains(*name)).collect();
    // The sum of what ends and what runs.
    assert_eq!(forgotten, ["restate_endpoint_attempts_total"]);
    let queries: Vec<String> =
        queries.iter().map(|query| query.replace("$__rate_interval", "5m")).collect();
    assert_eq!(check_queries(&queries), "");
    assert_ne!(check_queries(&["sum by (".to_owned()]), "");
}

/// The queries of all panels.
fn collect(value: &Value, queries: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            queries.extend(fields.get("expr").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| collect(field, queries));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, queries)),
        _ => {}
    }
}

/// The names in a query, without texts, variables and numbers.
fn words(query: &str) -> impl Iterator<Item = &str> {
    let unquoted = query.split('"').step_by(2);
    let words = unquoted
        .flat_map(|part| part.split(|it: char| !(it.is_alphanumeric() || it == '_' || it == '$')));
    words.filter(|word| word.starts_with(|it: char| it.is_alphabetic()))
}

/// Whether it is a function, or a label that some metric has or that Prometheus adds.
fn is_known(word: &str, exposed: &BTreeMap<String, (String, BTreeSet<String>)>) -> bool {
    let functions = ["by", "histogram_quantile", "max", "rate", "sum"];
    let added = ["instance", "job", "le"];
    let has_label = exposed.values().any(|(_, labels)| labels.contains(word));
    functions.contains(&word) || added.contains(&word) || has_label
}
