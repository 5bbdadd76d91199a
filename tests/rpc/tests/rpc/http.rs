//! Requests as bytes, and the engine that answers them.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{HeaderMap, Request, StatusCode, Version};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use restate_embedded::{Engine, EngineBuilder};
use serde_json::Value;

/// An engine with the services of the shop, and a client of each version of HTTP.
pub(crate) struct Shop {
    pub(crate) engine: Engine,
    one: Client<HttpConnector, Full<Bytes>>,
    two: Client<HttpConnector, Full<Bytes>>,
}

/// A whole response.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) trailers: HeaderMap,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::with(restate_rpc_tests::engine()).await
    }

    pub(crate) async fn with(builder: EngineBuilder) -> Self {
        let engine = builder.start().await.unwrap();
        let one = Client::builder(TokioExecutor::new()).build_http();
        let two = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        Self { engine, one, two }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.engine.ingress_addr().unwrap())
    }

    /// Sends a request with this method and path, over this version of HTTP.
    pub(crate) async fn send(
        &self,
        version: Version,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Received {
        let uri = format!("{}{path}", self.origin());
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::copy_from_slice(body))).unwrap();
        let client = if version == Version::HTTP_2 { &self.two } else { &self.one };
        let (head, body) = client.request(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap();
        let trailers = body.trailers().cloned().unwrap_or_default();
        Received { status: head.status, headers: head.headers, body: body.to_bytes(), trailers }
    }

    /// Calls an rpc over gRPC with a body of frames.
    pub(crate) async fn grpc(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Received {
        let first = [("content-type", "application/grpc"), ("te", "trailers")];
        let headers = [&first[..], headers].concat();
        self.send(Version::HTTP_2, "POST", path, &headers, body).await
    }

    /// Calls an rpc over Connect with JSON.
    pub(crate) async fn connect(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Received {
        let first = [("content-type", "application/json"), ("connect-protocol-version", "1")];
        let headers = [&first[..], headers].concat();
        self.send(Version::HTTP_11, "POST", path, &headers, body.as_bytes()).await
    }
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The status of gRPC: in the trailers, or in the headers if there is nothing else.
    pub(crate) fn grpc_status(&self) -> &str {
        let place = if self.trailers.is_empty() { &self.headers } else { &self.trailers };
        place.get("grpc-status").unwrap_or_else(|| panic!("{self:?}")).to_str().unwrap()
    }

    /// The message of gRPC, in the same place.
    pub(crate) fn grpc_message(&self) -> &str {
        let place = if self.trailers.is_empty() { &self.headers } else { &self.trailers };
        place.get("grpc-message").map_or("", |value| value.to_str().unwrap())
    }
}

/// A message with the prefix of gRPC.
pub(crate) fn frame(flags: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[flags][..], &length, message].concat()
}

/// Compresses with gzip.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Decompresses gzip.
pub(crate) fn gunzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Read as _;

    let mut decompressed = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut decompressed).unwrap();
    decompressed
}
