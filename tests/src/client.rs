//! HTTP/1.1 requests, each on its own connection.

use std::{io, net::SocketAddr};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A whole response.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text; invalid UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text; empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// `GET`s `path` from the server at `address`.
///
/// # Errors
///
/// If the server cannot be reached or the response is not HTTP.
pub async fn get(address: SocketAddr, path: &str) -> io::Result<Answer> {
    send(address, Method::GET, path, &[], Bytes::new()).await
}

/// `POST`s JSON to `path` of the server at `address`.
///
/// # Errors
///
/// If the server cannot be reached or the response is not HTTP.
pub async fn post_json(
    address: SocketAddr,
    path: &str,
    json: impl Into<Bytes> + Send,
) -> io::Result<Answer> {
    let headers = [("content-type", "application/json")];
    send(address, Method::POST, path, &headers, json.into()).await
}

/// Sends any request to the server at `address`.
///
/// # Errors
///
/// If the server cannot be reached or the response is not HTTP.
pub async fn send(
    address: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> io::Result<Answer> {
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(stream).await.map_err(io::Error::other)?;
    let connection = tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    request = request.header(header::HOST, address.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(body)).map_err(io::Error::other)?;
    let response = sender.send_request(request).await.map_err(io::Error::other)?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    connection.abort();
    Ok(Answer { status: head.status, headers: head.headers, body })
}
