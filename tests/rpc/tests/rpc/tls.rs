//! TLS, where ALPN decides on the version of HTTP.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Uri, Version};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use restate_embedded::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
use restate_rpc_tests::{
    Greeting,
    certificate::{Issued, issue},
};
use tonic::client::Grpc;
use tonic_prost::ProstCodec;

use crate::grpc::{GREET, greet};

fn configurations() -> (ServerConfig, ClientConfig) {
    let Issued { server, certificate, .. } = issue();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (server, client)
}

/// A client that offers both versions of HTTP, so that the server chooses.
fn https<B>(config: ClientConfig) -> Client<HttpsConnector<HttpConnector>, B>
where
    B: hyper::body::Body<Data: Send> + Send + 'static,
{
    let https = HttpsConnectorBuilder::new().with_tls_config(config).https_only();
    Client::builder(TokioExecutor::new()).build(https.enable_all_versions().build())
}

#[tokio::test]
async fn grpc_is_served_over_tls_and_alpn_offers_http_2_first() {
    let (server, client) = configurations();
    let engine = restate_rpc_tests::engine().tls(server).start().await.unwrap();
    let origin = format!("https://localhost:{}", engine.ingress_addr().unwrap().port());

    let mut tonic = Grpc::with_origin(https(client.clone()), origin.parse::<Uri>().unwrap());
    tonic.ready().await.unwrap();
    let request = tonic::Request::new(greet("Pete"));
    let codec = ProstCodec::<_, Greeting>::default();
    let greeted = tonic.unary(request, GREET.parse().unwrap(), codec).await.unwrap();
    assert_eq!(greeted.get_ref().text, "Good day, Pete");

    let connect = async |client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>| {
        let request = Request::post(format!("{origin}{GREET}"))
            .header("content-type", "application/json")
            .header("connect-protocol-version", "1")
            .body(Full::new(Bytes::from_static(br#"{"name":"Ann"}"#)));
        let response = client.request(request.unwrap()).await.unwrap();
        let version = response.version();
        (version, response.into_body().collect().await.unwrap().to_bytes())
    };
    let expected = Bytes::from_static(br#"{"text":"Good day, Ann"}"#);
    assert_eq!(connect(https(client.clone())).await, (Version::HTTP_2, expected.clone()));
    let only_1 = HttpsConnectorBuilder::new().with_tls_config(client).https_only().enable_http1();
    let only_1 = Client::builder(TokioExecutor::new()).build(only_1.build());
    assert_eq!(connect(only_1).await, (Version::HTTP_11, expected));
}
