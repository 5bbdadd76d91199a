//! An HTTP server that answers as it is told, and shows what it was asked.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Method, Request, Response, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use restate_ingress::{IngressClient, IngressClientBuilder, RetryPolicy};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

pub const ID: &str = "inv_1aDcgkwRzurf074vyWlLIXG6KQLWm4DpHp";

/// What the server does with one request.
pub enum Reply {
    Answer(Response<Full<Bytes>>),
    /// Never answers.
    Hang,
    /// Closes the connection without an answer.
    Close,
}

/// A request as the server has read it.
#[derive(Debug)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Each request takes the next reply of the script; behind its end the server hangs.
pub struct Server {
    pub url: String,
    seen: UnboundedReceiver<Seen>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let (told, seen) = unbounded_channel();
        let script = Arc::new(Mutex::new(script.into_iter().collect()));
        tokio::spawn(accept(listener, script, told, Arc::clone(&connections)));
        Self { url, seen, connections }
    }

    /// Settings of a client that repeats without noticeable delay.
    pub fn builder(&self) -> IngressClientBuilder {
        let at_once = RetryPolicy::new().initial_delay(std::time::Duration::from_micros(1));
        IngressClient::builder(&self.url).retry_policy(at_once.factor(1.0))
    }

    pub fn client(&self) -> IngressClient {
        self.builder().build().unwrap()
    }

    /// The next request, waited for.
    pub async fn seen(&mut self) -> Seen {
        self.seen.recv().await.expect("the server goes on")
    }

    /// How many requests have come that [`seen`](Self::seen) did not return.
    pub fn unseen(&self) -> usize {
        self.seen.len()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

type Script = Arc<Mutex<VecDeque<Reply>>>;

async fn accept(
    listener: TcpListener,
    script: Script,
    told: UnboundedSender<Seen>,
    connections: Arc<AtomicUsize>,
) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.fetch_add(1, Ordering::Relaxed);
        let (script, told) = (Arc::clone(&script), told.clone());
        let serve = service_fn(move |request| answer(request, Arc::clone(&script), told.clone()));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), serve);
        tokio::spawn(async move {
            // It ends with an error where the script says so.
            drop(connection.await);
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    script: Script,
    told: UnboundedSender<Seen>,
) -> Result<Response<Full<Bytes>>, &'static str> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path = head.uri.path_and_query().unwrap().to_string();
    drop(told.send(Seen { method: head.method, path, headers: head.headers, body }));
    let reply = script.lock().unwrap().pop_front();
    match reply.unwrap_or(Reply::Hang) {
        Reply::Answer(response) => Ok(response),
        Reply::Hang => {
            std::future::pending::<Result<_, Infallible>>().await.map_err(|it| match it {})
        }
        Reply::Close => Err("as the script says"),
    }
}

/// An answer with this status and body, and any headers.
pub fn answers(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Reply::Answer(response.body(Full::new(body.into())).unwrap())
}

/// The JSON result of a handler.
pub fn result(body: &'static str) -> Reply {
    answers(200, &[("x-restate-id", ID), ("content-type", "application/json")], body)
}

/// That a call was stored.
pub fn receipt(status: &str) -> Reply {
    let body = format!(r#"{{"invocationId":"{ID}","status":"{status}"}}"#);
    answers(202, &[("x-restate-id", ID), ("content-type", "application/json")], body)
}

/// The terminal failure of a handler.
pub fn failure(status: u16) -> Reply {
    let body = format!(
        r#"{{"code":{status},"message":"no","metadata":{{"a":"b"}},"source":"invocation"}}"#
    );
    answers(status, &[("x-restate-id", ID), ("x-restate-error-source", "invocation")], body)
}

/// An error of the ingress itself.
pub fn refusal(status: u16) -> Reply {
    let body = format!(r#"{{"code":{status},"message":"no","source":"ingress"}}"#);
    answers(status, &[("x-restate-error-source", "ingress")], body)
}
