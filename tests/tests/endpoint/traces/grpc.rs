//! OTLP over gRPC, by which a Restate server sends its spans.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use h2::{RecvStream, server::SendResponse};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use tokio::net::{TcpListener, TcpStream};

use super::collector::Received;

/// Takes spans until the runtime ends. Returns the URL to send them to.
pub async fn listen(received: Arc<Received>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(serve(connection, Arc::clone(&received)));
        }
    });
    format!("http://{address}")
}

async fn serve(connection: TcpStream, received: Arc<Received>) {
    let mut connection = h2::server::handshake(connection).await.unwrap();
    // The server closes it by ending.
    while let Some(Ok((request, response))) = connection.accept().await {
        tokio::spawn(receive(request, response, Arc::clone(&received)));
    }
}

async fn receive(
    request: Request<RecvStream>,
    mut response: SendResponse<Bytes>,
    received: Arc<Received>,
) {
    let (mut body, mut message) = (request.into_body(), BytesMut::new());
    while let Some(chunk) = body.data().await {
        let chunk = chunk.unwrap();
        body.flow_control().release_capacity(chunk.len()).unwrap();
        message.extend_from_slice(&chunk);
    }
    // gRPC puts five bytes in front of a message: whether it is compressed, and its length.
    received.add(&message[5..]);
    let head = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let mut answer = response.send_response(head, false).unwrap();
    answer.send_data(Bytes::from_static(&[0; 5]), false).unwrap();
    let succeeded = (HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"));
    answer.send_trailers(HeaderMap::from_iter([succeeded])).unwrap();
}
