//! A tonic client, and requests of Connect and of plain HTTP.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{HeaderMap, Method, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use prost::Message;
use restate_rpc_tests::{AddRequest, GreetRequest};
use serde_json::Value;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer};
use tonic::{Request, Response, Status, client::Grpc};
use tonic_prost::ProstCodec;

pub(crate) const GREET: &str = "/shop.v1.Desk/Greet";
pub(crate) const ADD: &str = "/shop.v1.Stock/Add";
pub(crate) const WAIT: &str = "/shop.v1.Desk/Wait";

pub(crate) fn greet(name: &str) -> Request<GreetRequest> {
    Request::new(GreetRequest { name: name.to_owned() })
}

pub(crate) fn add(item: &str) -> Request<AddRequest> {
    Request::new(AddRequest { item: item.to_owned(), pieces: 2 })
}

/// Adds metadata to a request.
pub(crate) fn with<T>(mut request: Request<T>, metadata: &[(&'static str, &str)]) -> Request<T> {
    for (name, value) in metadata {
        request.metadata_mut().insert(*name, value.parse().unwrap());
    }
    request
}

/// A tonic client on a connection pool of hyper.
pub(crate) struct Tonic(Grpc<Client<HttpsConnector<HttpConnector>, tonic::body::Body>>);

impl Tonic {
    pub(crate) fn of(origin: &str) -> Self {
        Self::with_roots(origin, RootCertStore::empty())
    }

    /// A client that trusts this certificate.
    pub(crate) fn trusting(origin: &str, certificate: &CertificateDer<'static>) -> Self {
        Self::with_roots(origin, roots(certificate))
    }

    fn with_roots(origin: &str, roots: RootCertStore) -> Self {
        let https = HttpsConnectorBuilder::new().with_tls_config(tls(roots)).https_or_http();
        let https = https.enable_http2().build();
        let http = Client::builder(TokioExecutor::new()).http2_only(true).build(https);
        Self(Grpc::with_origin(http, origin.parse::<Uri>().unwrap()))
    }

    pub(crate) async fn call<Req, Res>(
        &mut self,
        path: &'static str,
        request: Request<Req>,
    ) -> Result<Response<Res>, Status>
    where
        Req: Message + 'static,
        Res: Message + Default + 'static,
    {
        self.0.ready().await.unwrap();
        let codec = ProstCodec::<Req, Res>::default();
        self.0.unary(request, path.parse().unwrap(), codec).await
    }
}

impl Tonic {
    /// The responses of an rpc that streams them.
    pub(crate) async fn stream<Req, Res>(
        &mut self,
        path: &'static str,
        request: Req,
    ) -> tonic::Streaming<Res>
    where
        Req: Message + 'static,
        Res: Message + Default + 'static,
    {
        self.0.ready().await.unwrap();
        let codec = ProstCodec::<Req, Res>::default();
        let path = path.parse().unwrap();
        self.0.server_streaming(Request::new(request), path, codec).await.unwrap().into_inner()
    }
}

/// The id in the metadata of a response or a failure.
pub(crate) fn id(metadata: &tonic::metadata::MetadataMap) -> String {
    metadata.get("x-restate-id").expect("an invocation is named").to_str().unwrap().to_owned()
}

/// A whole response over HTTP/1.1.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("{self:?}")).to_str().unwrap()
    }
}

/// Sends a request over HTTP/1.1.
pub(crate) async fn send(
    method: Method,
    url: String,
    headers: &[(&str, &str)],
    body: &str,
) -> Received {
    send_over(RootCertStore::empty(), method, url, headers, body).await
}

async fn send_over(
    roots: RootCertStore,
    method: Method,
    url: String,
    headers: &[(&str, &str)],
    body: &str,
) -> Received {
    let https = HttpsConnectorBuilder::new().with_tls_config(tls(roots)).https_or_http();
    let https = https.enable_http1().build();
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(https);
    let mut request = hyper::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap();
    let (head, body) = client.request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Received { status: head.status, headers: head.headers, body }
}

/// Writes a body of this length over HTTP/1.1 before it reads the response, as many clients do.
///
/// # Errors
///
/// When the connection is closed before the body is written.
pub(crate) fn write_whole_body(origin: &str, path: &str, length: usize) -> io::Result<String> {
    let mut stream = TcpStream::connect(origin.trim_start_matches("http://"))?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         connect-protocol-version: 1\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&vec![b' '; length])?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}

/// Calls an rpc over Connect with JSON.
pub(crate) async fn connect(
    origin: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Received {
    let headers = [&CONNECT[..], headers].concat();
    send(Method::POST, format!("{origin}{path}"), &headers, body).await
}

/// The same of a server with this certificate.
pub(crate) async fn connect_trusting(
    origin: &str,
    path: &str,
    certificate: &CertificateDer<'static>,
    body: &str,
) -> Received {
    send_over(roots(certificate), Method::POST, format!("{origin}{path}"), &CONNECT, body).await
}

const CONNECT: [(&str, &str); 2] =
    [("content-type", "application/json"), ("connect-protocol-version", "1")];

fn roots(certificate: &CertificateDer<'static>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    roots
}

fn tls(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}
