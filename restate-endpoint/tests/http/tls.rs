use std::{net::Ipv4Addr, sync::Arc};

use bytes::Bytes;
use http::{Request, Version};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use restate_endpoint::{
    Endpoint,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    },
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{runtime::soon, services::Waiting};

/// Configurations of a server and of a client that trusts it.
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

/// A connection to an endpoint, with these protocols offered by the client.
async fn connect(protocols: &[&[u8]]) -> TlsStream<TcpStream> {
    let (server, mut client) = configurations();
    let endpoint = Endpoint::builder().bind(Waiting::new().0).tls(server).build().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(endpoint.run_until(listener, std::future::pending::<()>()));
    client.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    soon(TlsConnector::from(Arc::new(client)).connect(name, stream)).await.unwrap()
}

fn discovery() -> Request<Empty<Bytes>> {
    Request::get("https://localhost/discover").header("accept", "*/*").body(Empty::new()).unwrap()
}

async fn expect_manifest(response: http::Response<hyper::body::Incoming>, mode: &str) {
    assert_eq!(response.status(), 200);
    let body = soon(response.into_body().collect()).await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains(mode), "{body}");
}

#[tokio::test]
async fn http2_is_offered_and_served() {
    let stream = connect(&[b"h2", b"http/1.1"]).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let executor = TokioExecutor::new();
    let (mut sender, driver) = http2::handshake(executor, TokioIo::new(stream)).await.unwrap();
    tokio::spawn(driver);
    let response = soon(sender.send_request(discovery())).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    expect_manifest(response, "BIDI_STREAM").await;
}

#[tokio::test]
async fn http1_is_offered_and_served() {
    let stream = connect(&[b"http/1.1"]).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let (mut sender, driver) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(driver);
    let response = soon(sender.send_request(discovery())).await.unwrap();
    expect_manifest(response, "REQUEST_RESPONSE").await;
}
