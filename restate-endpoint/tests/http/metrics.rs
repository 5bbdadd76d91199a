use std::collections::HashMap;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use restate_core::wire::protocol::SleepCommand;
use restate_endpoint::{Endpoint, EndpointBuilder};

use crate::{runtime::Runtime, services::Waiting};

fn builder() -> EndpointBuilder {
    Endpoint::builder().bind(Waiting::new().0)
}

/// The samples, by metric and labels.
fn samples(text: &str) -> HashMap<String, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let samples = lines.map(|line| line.rsplit_once(' ').unwrap());
    samples.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The response to a GET of `path` with this `authorization`.
async fn get(endpoint: &Endpoint, path: &str, authorization: Option<&str>) -> (u16, String) {
    let mut request = Request::get(path);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let response = endpoint.handle(request.body(Full::<Bytes>::default()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn attempts_are_counted_by_handler_and_outcome() {
    let mut runtime = Runtime::http2().await;
    runtime.attempt("Echo", "hi").await.expect_output("hi").await;
    let mut sleeping = runtime.attempt("Sleep", "hi").await;
    sleeping.expect::<SleepCommand>().await;
    let scraped = runtime.metrics().await;
    let now = samples(&scraped);
    let of = |metric: &str, handler: &str, more: &str| {
        let labels = format!("service=\"test.Waiting\",handler=\"{handler}\"{more}");
        now[&format!("restate_endpoint_{metric}{{{labels}}}")].parse::<u64>().unwrap()
    };
    assert_eq!(of("attempts_total", "Echo", ""), 1);
    assert_eq!(of("attempts_ended_total", "Echo", ",outcome=\"completed\""), 1);
    assert_eq!(of("attempt_duration_seconds_count", "Echo", ""), 1);
    assert_eq!(of("attempts_running", "Sleep", ""), 1);
    assert_eq!(of("attempts_ended_total", "Sleep", ",outcome=\"suspended\""), 0);
}

#[tokio::test]
async fn refused_requests_are_counted_by_code_and_not_by_name() {
    let endpoint = builder().build().unwrap();
    let request = Request::post("/invoke/Nobody/home").body(Full::<Bytes>::default()).unwrap();
    assert_eq!(endpoint.handle(request).await.unwrap().status(), 404);
    assert_eq!(get(&endpoint, "/nowhere", None).await.0, 404);
    let (status, text) = get(&endpoint, "/mounted/metrics", None).await;
    assert_eq!(status, 200);
    assert!(!text.contains("Nobody"), "{text}");
    let refused = "restate_endpoint_requests_refused_total{code=\"404\"}";
    assert_eq!(samples(&text)[refused], "2");
}

#[tokio::test]
async fn a_token_protects_metrics_in_place_of_a_signature() {
    let with_token = builder().metrics_token("reader-0123456789");
    #[cfg(feature = "request-identity")]
    let with_token = with_token.identity_key(KEY);
    let endpoint = with_token.build().unwrap();
    let (status, text) = get(&endpoint, "/metrics", None).await;
    assert_eq!(status, 401, "{text}");
    assert!(text.contains("EndpointBuilder::metrics_token"), "{text}");
    for wrong in ["Bearer reader-012345678", "Bearer reader-0123456780", "Basic x", "Bearer "] {
        assert_eq!(get(&endpoint, "/metrics", Some(wrong)).await.0, 401, "{wrong}");
    }
    assert_eq!(get(&endpoint, "/metrics", Some("Bearer reader-0123456789")).await.0, 200);
    #[cfg(feature = "request-identity")]
    {
        // It permits nothing else, and without one, metrics need a signature.
        let token = Some("Bearer reader-0123456789");
        assert_eq!(get(&endpoint, "/discover", token).await.0, 401);
        let endpoint = builder().identity_key(KEY).build().unwrap();
        assert_eq!(get(&endpoint, "/metrics", None).await.0, 401);
    }
}

#[cfg(feature = "request-identity")]
const KEY: &str = "publickeyv1_ChjENKeMvCtRnqG2mrBK1HmPKufgFUc98K8B3ononQvp";
