//! Certificates of deployments, and signatures for them.

use restate_embedded::rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use restate_endpoint::Endpoint;
use restate_tests::{endpoint::RunningEndpoint, port::free_address};
use serde_json::json;

use crate::{
    misbehaving::hasty,
    revisions::{DESK, resume},
    setup::{Platform, Stage, eventually, json_of},
};

/// A suite of test keys has made these public.
const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIHsQRVQ+AZX9/Yy1b0Zw+OA+bb7xDxGsAd5kB45jZhoc
-----END PRIVATE KEY-----
";
const PUBLIC_KEY: &str = "publickeyv1_ChjENKeMvCtRnqG2mrBK1HmPKufgFUc98K8B3ononQvp";

/// Configurations of a server, and of a client that trusts it.
fn configurations() -> (ServerConfig, ClientConfig) {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = CertificateDer::from(issued.cert);
    let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
    let mut trusted = RootCertStore::empty();
    trusted.add(certificate.clone()).unwrap();
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let client = ClientConfig::builder().with_root_certificates(trusted).with_no_client_auth();
    (server, client)
}

async fn call(platform: &Platform, awakeables: &mut tokio::sync::mpsc::UnboundedReceiver<String>) {
    let called = platform.call("/Desk/wait");
    let awakeable = awakeables.recv().await.unwrap();
    resume(platform, &awakeable).await;
    assert_eq!(called.await.unwrap().text(), r#""resumed in safety""#);
}

#[tokio::test]
async fn a_deployment_has_to_show_a_certificate_that_is_trusted() {
    let (server, client) = configurations();
    let (stage, mut awakeables) = Stage::new("safety", &DESK);
    let builder = Endpoint::builder().bind(stage).tls(server);
    let endpoint = RunningEndpoint::start(builder, free_address()).await;
    let body = |use_http_11| {
        let uri = format!("https://localhost:{}", endpoint.address().port());
        json!({ "uri": uri, "use_http_11": use_http_11 })
    };
    let stranger = Platform::start().await;
    let refused = stranger.ask(http::Method::POST, "/deployments", &body(false)).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("invalid peer certificate"), "{}", refused.text());

    let platform = Platform::start_with(|builder| builder.deployment_tls(client)).await;
    for use_http_11 in [false, true] {
        let answer = platform.ask(http::Method::POST, "/deployments", &body(use_http_11)).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        let version = if use_http_11 { "HTTP/1.1" } else { "HTTP/2.0" };
        assert_eq!(json_of(&answer)["http_version"], version);
        call(&platform, &mut awakeables).await;
    }
}

/// A certificate may also change after the registration.
#[tokio::test]
async fn an_attempt_fails_at_a_certificate_that_is_not_trusted() {
    let ((server, client), (strange, _)) = (configurations(), configurations());
    let (stage, mut awakeables) = Stage::new("safety", &DESK);
    let serve = async |stage, config, address| {
        RunningEndpoint::start(Endpoint::builder().bind(stage).tls(config), address).await
    };
    let first = serve(Stage::silent(&DESK), server.clone(), free_address()).await;
    let address = first.address();
    let platform = Platform::start_with(|builder| hasty(builder).deployment_tls(client)).await;
    let uri = format!("https://localhost:{}", address.port());
    let body = json!({ "uri": uri });
    let added = platform.ask(http::Method::POST, "/deployments", &body).await;
    let id = json_of(&added)["id"].as_str().unwrap().to_owned();
    first.stop().await;

    let stranger = serve(Stage::silent(&DESK), strange, address).await;
    let sent = json_of(&platform.post("/Desk/wait/send", "").await);
    // A connection that is open may be noticed to be gone first.
    let refused = eventually("the certificate is refused", async || {
        let path = format!("/invocations/{}", sent["invocationId"].as_str()?);
        let shown = restate_tests::client::get(platform.admin(), &path).await.unwrap();
        let failure = json_of(&shown)["last_failure"].as_str()?.to_owned();
        failure.contains("invalid peer certificate").then_some(failure)
    });
    let refused = refused.await;
    assert!(refused.starts_with(&format!("deployment {id} at {uri}")), "{refused}");
    stranger.stop().await;

    let _trusted = serve(stage, server, address).await;
    let awakeable = awakeables.recv().await.unwrap();
    resume(&platform, &awakeable).await;
    let path = format!("/restate/invocation/{}/attach", sent["invocationId"].as_str().unwrap());
    let ended = restate_tests::client::get(platform.ingress(), &path).await.unwrap();
    assert_eq!(ended.text(), r#""resumed in safety""#);
}

#[tokio::test]
async fn requests_are_signed() {
    let (stage, mut awakeables) = Stage::new("safety", &DESK);
    let builder = Endpoint::builder().bind(stage).identity_key(PUBLIC_KEY);
    let endpoint = RunningEndpoint::start(builder, free_address()).await;
    let stranger = Platform::start().await;
    let refused = stranger.register(endpoint.address(), &json!({})).await;
    assert!(refused.text().contains("it answered 401"), "{}", refused.text());
    let signing =
        |builder: restate_embedded::EngineBuilder| builder.request_identity(PRIVATE_KEY).unwrap();
    let platform = Platform::start_with(signing).await;
    platform.registered(endpoint.address()).await;
    call(&platform, &mut awakeables).await;
    let error = restate_embedded::Engine::builder().request_identity("a key").unwrap_err();
    assert!(error.to_string().contains("`BEGIN PRIVATE KEY`"), "{error}");
}
