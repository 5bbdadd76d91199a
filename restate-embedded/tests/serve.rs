//! `restate-embedded serve`, as a process.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

#[path = "support/served.rs"]
mod served;

use std::{process::Command, sync::Arc};

use restate_embedded::rustls::{
    ClientConfig, RootCertStore, ServerConfig, pki_types::PrivateKeyDer,
};
use served::Served;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

async fn status(url: String) -> u16 {
    let (address, path) = url.split_once('/').unwrap();
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut requests, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::get(format!("/{path}")).header("host", address);
    let request = request.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
    requests.send_request(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn flags_and_variables_say_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let nobody = "http://127.0.0.1:1";
    let contracts = directory.path().join("contracts.binpb");
    std::fs::write(&contracts, descriptor_set()).unwrap();
    let by_flags = Served::start(|command| {
        command
            .args(["--admin", "127.0.0.1:0", "--data"])
            .arg(directory.path().join("flags"))
            .args(["serve", "--ingress", "127.0.0.1:0", "--deployment", nobody, "--descriptor-set"])
            .arg(&contracts)
    });
    let by_variables = Served::start(|command| {
        command
            .arg("serve")
            .env("RESTATE_EMBEDDED_ADMIN", "http://127.0.0.1:0")
            .env("RESTATE_EMBEDDED_DATA", directory.path().join("variables"))
            .env("RESTATE_EMBEDDED_INGRESS", "127.0.0.1:0")
            .env("RESTATE_EMBEDDED_DEPLOYMENT", nobody)
            .env("RESTATE_EMBEDDED_DESCRIPTOR_SET", &contracts)
    });
    for served in [&by_flags, &by_variables] {
        assert_eq!(status(format!("{}/restate/health", served.ingress)).await, 200);
        assert_eq!(status(format!("{}/deployments", served.admin)).await, 200);
        // It may be in the deployment, which does not answer.
        assert_eq!(status(format!("{}/Nobody/greet", served.ingress)).await, 503);
    }
    for name in ["flags", "variables"] {
        assert!(directory.path().join(name).join("restate.sqlite").exists(), "{name}");
    }
}

/// A service with one rpc, as protoc writes it.
fn descriptor_set() -> Vec<u8> {
    let field = |number: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).unwrap();
        [&[number << 3 | 2, length][..], content].concat()
    };
    let method = [field(1, b"Go"), field(2, b".a.M"), field(3, b".a.M")].concat();
    let service = [field(1, b"S"), field(2, &method)].concat();
    let (message, file) = (field(1, b"M"), [field(1, b"a.proto"), field(2, b"a")].concat());
    let file = [file, field(4, &message), field(6, &service), field(12, b"proto3")].concat();
    field(1, &file)
}

#[test]
fn what_makes_no_sense_is_refused() {
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
        let directory = tempfile::tempdir().unwrap();
        command.args(["--admin", "127.0.0.1:0", "--data"]).arg(directory.path());
        let output = command.arg("serve").args(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let ingress = ["--ingress", "127.0.0.1:0"];
    let refused = run(&[&ingress[..], &["--deployment", "localhost:9080"]].concat());
    assert!(refused.contains("is not the URL of a deployment"), "{refused}");
    let refused = run(&["--ingress", "0.0.0.0:0"]);
    assert!(refused.contains("0.0.0.0"), "{refused}");
    for (option, value, reason) in [
        ("--inactivity-timeout", "60", "`60` is not a duration; write numbers with the units"),
        ("--retention", "forever", "`forever` is not a duration"),
        ("--retry-factor", "0.5", "`0.5` is not a number of at least 1"),
        ("--retry-max-attempts", "0", "0 is not in 1.."),
        ("--on-max-attempts", "wait", "[possible values: pause, kill]"),
        ("--deployment-header", "secret", "a header has a name and a value"),
        ("--tls-cert", "cert.pem", "--tls-key <FILE>"),
        ("--token-file", "token", "are for commands that ask an engine"),
        (
            "--deployment-ca",
            "/nowhere.pem",
            "no certificate authority can be read from `/nowhere.pem`",
        ),
        (
            "--descriptor-set",
            "/nowhere.binpb",
            "no contracts can be read from `/nowhere.binpb`: No such file",
        ),
        (
            "--descriptor-set",
            "Cargo.toml",
            "no contracts can be read from `Cargo.toml`: the descriptor set",
        ),
        (
            "--request-identity-key",
            "/nowhere.pem",
            "no private key can be read from `/nowhere.pem`",
        ),
    ] {
        let refused = run(&[&ingress[..], &[option, value]].concat());
        assert!(refused.contains(reason), "{option} {value}: {refused}");
    }
    let header = ["--deployment", "http://localhost:1", "--deployment-header", "no good: x"];
    let refused = run(&[&ingress[..], &header].concat());
    assert!(refused.contains("`no good` is not a header that can be sent"), "{refused}");
}

#[test]
fn the_help_is_about_an_engine_and_names_a_variable_for_each_option() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restate-embedded"));
    let output = command.args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for other in ["backup", "--ca <", "--json", "--token-file", "engine that is stopped"] {
        assert!(!help.contains(other), "{other}: {help}");
    }
    let options = help.split("\n      --").skip(1);
    let mut count = 0;
    for option in options {
        assert!(option.contains("[env: RESTATE_EMBEDDED_"), "{option}");
        count += 1;
    }
    assert!(count > 20, "{help}");
}

/// Certificates, a signature, a header, a retry policy and retention: a deployment with TLS that answers
/// attempts with an error.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_is_protected_and_shows_itself_to_its_deployments() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name);
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(file("cert.pem"), pem("CERTIFICATE", issued.cert.der())).unwrap();
    std::fs::write(
        file("key.pem"),
        pem("PRIVATE KEY", issued.signing_key.serialize_der().as_ref()),
    )
    .unwrap();
    std::fs::write(file("identity.pem"), IDENTITY).unwrap();
    let (deployment, mut requests) = deployment(&issued).await;
    let served = Served::start(|command| {
        command
            .args(["serve", "--ingress", "127.0.0.1:0", "--admin", "https://127.0.0.1:0"])
            .arg("--data")
            .arg(file("data"))
            .arg("--tls-cert")
            .arg(file("cert.pem"))
            .arg("--tls-key")
            .arg(file("key.pem"))
            .args(["--deployment", &deployment])
            .env("RESTATE_EMBEDDED_DEPLOYMENT_CA", file("cert.pem"))
            .env("RESTATE_EMBEDDED_REQUEST_IDENTITY_KEY", file("identity.pem"))
            .env("RESTATE_EMBEDDED_DEPLOYMENT_HEADER", "x-team: a\nauthorization: Bearer b:c")
            .env("RESTATE_EMBEDDED_RETRY_INITIAL_INTERVAL", "1ms")
            .env("RESTATE_EMBEDDED_RETRY_MAX_ATTEMPTS", "2")
            .env("RESTATE_EMBEDDED_ON_MAX_ATTEMPTS", "kill")
            .env("RESTATE_EMBEDDED_RETENTION", "0s")
            .args(["--log-format", "json"])
    });
    let discovery = requests.recv().await.unwrap();
    assert_eq!(discovery.uri().path(), "/discover");
    let headers = discovery.headers();
    assert_eq!(
        (&headers["x-team"], &headers["authorization"]),
        (&"a".parse().unwrap(), &"Bearer b:c".parse().unwrap())
    );
    assert_eq!(headers["x-restate-signature-scheme"], "v1");
    assert!(headers.contains_key("x-restate-jwt-v1"));

    let client = client_trusting(&issued);
    // It is bound when the engine has taken in what the discovery has answered.
    while request(&client, &served.admin, hyper::Method::GET, "/services/Failing").await.0 == 404 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let answer = request(&client, &served.ingress, hyper::Method::POST, "/Failing/fail").await;
    assert_eq!(answer.0, 500, "{}", answer.1);
    assert!(
        answer.1.contains("it answered 503") && answer.1.contains("attempt 2]"),
        "{}",
        answer.1
    );
    let sent = request(&client, &served.ingress, hyper::Method::POST, "/Failing/fail/send").await;
    let sent: serde_json::Value = serde_json::from_str(&sent.1).unwrap();
    let id = sent["invocationId"].as_str().unwrap();
    let line = log_line(&served, |line| line["id"] == id && line["attempt"] == 1);
    let message = line["message"].as_str().unwrap();
    assert!(message.starts_with("attempt failed, next try in "), "{message}");
    assert!(message.contains("it answered 503"), "{message}");
    assert_eq!(
        (&line["level"], &line["service"], &line["handler"]),
        (&"WARN".into(), &"Failing".into(), &"fail".into()),
        "{line}"
    );
    let attach = format!("/restate/invocation/{id}/attach");
    request(&client, &served.ingress, hyper::Method::GET, &attach).await;
    // What is not retained expires with the next step of the engine.
    loop {
        let path = format!("/invocations/{id}");
        let (status, text) = request(&client, &served.admin, hyper::Method::GET, &path).await;
        if status == 404 {
            break;
        }
        assert_eq!(status, 200, "{text}");
    }
    let plain = tokio::net::TcpStream::connect(&served.ingress).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(plain);
    let (mut requests, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let health = hyper::Request::get("/restate/health").header("host", "localhost");
    let health = health.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
    requests.send_request(health).await.unwrap_err();
}

/// The first line of the log that is meant. All of them are JSON objects.
fn log_line(served: &Served, is_meant: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    let lines = served.log.iter().map(|line| serde_json::from_str(&line).expect(&line));
    let mut lines = lines.inspect(|line: &serde_json::Value| assert!(line.is_object(), "{line}"));
    lines.find(is_meant).expect("the process lives")
}

/// A suite of test keys has made it public.
const IDENTITY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIHsQRVQ+AZX9/Yy1b0Zw+OA+bb7xDxGsAd5kB45jZhoc
-----END PRIVATE KEY-----
";

fn pem(kind: &str, bytes: &[u8]) -> String {
    let text = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
    format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n")
}

type Issued = rcgen::CertifiedKey<rcgen::KeyPair>;

/// A deployment of the service `Failing` whose attempts get status 503, and the requests to it.
async fn deployment(issued: &Issued) -> (String, UnboundedReceiver<hyper::Request<()>>) {
    let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (seen, requests) = unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let stream = acceptor.accept(stream).await.unwrap();
            tokio::spawn(answer(stream, seen.clone()));
        }
    });
    (url, requests)
}

async fn answer(
    stream: tokio_rustls::server::TlsStream<tokio::net::TcpStream>,
    seen: UnboundedSender<hyper::Request<()>>,
) {
    let manifest = serde_json::json!({
        "protocolMode": "BIDI_STREAM",
        "minProtocolVersion": 5,
        "maxProtocolVersion": 7,
        "services": [{ "name": "Failing", "ty": "SERVICE", "handlers": [{ "name": "fail" }] }],
    });
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let is_discovery = request.uri().path() == "/discover";
        let _ = seen.send(request.map(drop));
        let status = if is_discovery { 200 } else { 503 };
        let response = hyper::Response::builder().status(status).body(()).unwrap();
        let mut body = respond.send_response(response, !is_discovery).unwrap();
        if is_discovery {
            body.send_data(manifest.to_string().into(), true).unwrap();
        }
    }
}

fn provider() -> Arc<tokio_rustls::rustls::crypto::CryptoProvider> {
    Arc::new(tokio_rustls::rustls::crypto::ring::default_provider())
}

fn client_trusting(issued: &Issued) -> tokio_rustls::TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(issued.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config).into()
}

async fn request(
    client: &tokio_rustls::TlsConnector,
    address: &str,
    method: hyper::Method,
    path: &str,
) -> (u16, String) {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let stream = client.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    let io = hyper_util::rt::TokioIo::new(stream);
    let (mut requests, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::builder().method(method).uri(path).header("host", "localhost");
    let request = request.body(http_body_util::Empty::<bytes::Bytes>::new()).unwrap();
    let answer = requests.send_request(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}
