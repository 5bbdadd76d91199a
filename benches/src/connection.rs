//! A connection that makes one call after the other.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task};

use crate::Failed;

/// An open connection. Must be used within a `LocalSet`.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Failed> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        task::spawn_local(driver);
        Ok(Self { sender })
    }

    /// Waits for the whole response, and returns whether the call succeeded.
    pub(crate) async fn call(&mut self, request: Request<Full<Bytes>>) -> Result<bool, Failed> {
        let response = self.sender.send_request(request).await?;
        let succeeded = response.status().is_success();
        response.into_body().collect().await?;
        Ok(succeeded)
    }
}

/// A `POST` request with a JSON body.
pub(crate) fn post(
    path: String,
    idempotency_key: Option<String>,
    body: &'static str,
) -> Result<Request<Full<Bytes>>, Failed> {
    let mut request = Request::post(path)
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(key) = idempotency_key {
        request = request.header("idempotency-key", key);
    }
    Ok(request.body(Full::from(body))?)
}
