//! HTTP/1.1 requests over one connection.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpStream, task::AbortHandle};

pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    task: AbortHandle,
}

/// The process at the other end is gone.
#[derive(Debug)]
pub struct Gone;

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self, Gone> {
        let stream = TcpStream::connect(address).await.map_err(|_| Gone)?;
        stream.set_nodelay(true).map_err(|_| Gone)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|_| Gone)?;
        let task = tokio::spawn(async move {
            // A pending request then fails.
            let _ = connection.await;
        });
        Ok(Self { sender, task: task.abort_handle() })
    }

    pub async fn get(&mut self, path: &str) -> Result<(u16, Value), Gone> {
        self.send(Method::GET, path, "", Bytes::new()).await
    }

    /// Posts JSON, with an idempotency key unless it is empty.
    pub async fn post(
        &mut self,
        path: &str,
        idempotency_key: &str,
        body: String,
    ) -> Result<(u16, Value), Gone> {
        self.send(Method::POST, path, idempotency_key, body.into()).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        idempotency_key: &str,
        body: Bytes,
    ) -> Result<(u16, Value), Gone> {
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if !idempotency_key.is_empty() {
            request = request.header("idempotency-key", idempotency_key);
        }
        let request = request.body(Full::new(body)).unwrap();
        let response = self.sender.send_request(request).await.map_err(|_| Gone)?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|_| Gone)?.to_bytes();
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}
